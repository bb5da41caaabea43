"""Files of books: what they are, whether they are sound, and how new ones are made.

Functions over paths, without the engine: they run in worker processes.
"""
