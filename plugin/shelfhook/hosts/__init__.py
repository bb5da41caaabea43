"""Adapters for media servers, and the HTTP layer that they share."""
