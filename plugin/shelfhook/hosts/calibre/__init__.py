"""Calibre's content server (https://calibre-ebook.com), as measured on version 6.13."""

from __future__ import annotations

from shelfhook.hosts.calibre.adapter import CalibreHost, connect

__all__ = ["CalibreHost", "connect"]
