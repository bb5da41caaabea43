"""Komga (https://komga.org), written against its OpenAPI document of version 1.26.3."""

from __future__ import annotations

from shelfhook.hosts.komga.adapter import KomgaHost, connect

__all__ = ["KomgaHost", "connect"]
