"""Where a command works: the settings file that was named, and the environment."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from shelfhook.cli.terminal import complain

if TYPE_CHECKING:  # imported when needed: it takes half a second
    from shelfhook.app.parts import Parts


@dataclass(frozen=True, slots=True)
class Place:
    """What `--config` said, and the environment. Nothing is read before it is asked for."""

    config: Path | None = None
    env: Mapping[str, str] = field(default_factory=lambda: os.environ)

    def parts(self) -> Parts:
        """Read the settings; names extensions that had to be left out.

        Raises:
            ConfigurationError: one message per fault.
        """
        from shelfhook.app import parts

        made = parts.read(self.config, self.env)
        complain(*made.faults)
        return made
