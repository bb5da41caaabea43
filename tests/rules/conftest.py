"""Properties here are cheap, but the machine may be busy: no time limit on a single example."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("busy machine", deadline=None)
settings.load_profile("busy machine")
