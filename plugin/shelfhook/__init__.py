"""Shelfhook: work over a media server's library after each scan and every night."""
