"""The server's side of the application: one asyncio loop that answers, or hands over to threads.

granian calls `Entry` for each request. Deliveries and live streams are answered on the loop, so
that they hold no thread while they wait; everything else is a WSGI call in a pool of threads.
"""
