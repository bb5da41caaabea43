"""Kavita (https://www.kavitareader.com), written against version 0.8.3."""

from __future__ import annotations

from shelfhook.hosts.kavita.adapter import KavitaHost, connect

__all__ = ["KavitaHost", "connect"]
