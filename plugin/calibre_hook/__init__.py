# SPDX-License-Identifier: GPL-3.0-or-later
"""A calibre plugin that tells Shelfhook of every new book.

Everything but this file and `dialog` works without calibre; they alone import it.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

try:
    from calibre.customize import FileTypePlugin
except ImportError:  # outside calibre, where only the other modules are of use
    FileTypePlugin = object

from .names import added, library_id
from .poster import Poster
from .settings import Settings, from_environment, resolve
from .spool import Spool

LONG_LIVED = ("calibre", "calibre-server")
"""Programs that may deliver as soon as they start what others have left in the spool."""
NAME = "Shelfhook hook"


class ShelfhookHook(FileTypePlugin):  # type: ignore[misc] # calibre ships no type information
    """What calibre calls."""

    name = NAME
    description = "Tells Shelfhook of every new book, also when Shelfhook is down for a while."
    author = "Shelfhook"
    version = (1, 0, 0)
    supported_platforms = ("windows", "osx", "linux")
    minimum_calibre_version = (6, 0, 0)
    file_types = frozenset({"*"})
    on_postimport = True  # calibre has no `on_postadd`; this stands for both

    _poster: Poster | None = None

    def initialize(self) -> None:
        """Called in every calibre process, workers too: most must do nothing here."""
        program = os.path.basename(sys.argv[0]).removesuffix(".exe")  # noqa: PTH119 - may be ""
        if program in LONG_LIVED and self._spool().holds_any():
            self.poster().look()

    def postadd(self, book_id: int, fmt_map: object, db: Any) -> None:  # noqa: ARG002 - calibre's
        """A book is there. calibre waits for us, so this only puts the event on the disk."""
        cache = getattr(db, "new_api", db)
        # Only a server's libraries have the first; it tells equal folder names apart.
        library = getattr(cache, "server_library_id", None) or library_id(
            cache.backend.library_path
        )
        self.poster().tell(added(library, int(book_id)))

    def poster(self) -> Poster:
        """The one of this process."""
        if self._poster is None:
            self._poster = Poster(self._spool(), self.settings)
        return self._poster

    def _spool(self) -> Spool:
        from calibre.utils.config import config_dir

        return Spool(Path(config_dir) / "plugins" / "shelfhook_hook_spool")

    def settings(self) -> Settings:
        """What counts now: the environment, then the dialog, the command line's, the zip's."""
        line = {"url": self.site_customization or ""}
        return resolve(from_environment(os.environ), self.stored(), line, self._baked())

    def stored(self) -> Any:
        """What the dialog has saved, or an administrator has written, as a dictionary."""
        from calibre.utils.config import JSONConfig

        return JSONConfig(f"plugins/{NAME}")

    def _baked(self) -> dict[str, str]:
        """What `shelfhook calibre-plugin` was told to put into the zip."""
        raw = self.load_resources(["defaults.json"]).get("defaults.json")
        return json.loads(raw) if raw else {}

    # -- settings by hand --

    def customization_help(self, gui: bool = False) -> str:  # noqa: ARG002 - calibre's signature
        """What the customisation string of `calibre-customize` is."""
        return "Shelfhook's URL, such as http://shelfhook.local:8790"

    def config_widget(self) -> Any:
        """The dialog's widget."""
        from .dialog import Form

        return Form(self.stored(), from_environment(os.environ), self._baked())

    def save_settings(self, config_widget: Any) -> None:
        """Keep what the dialog says."""
        stored = self.stored()
        stored.update(config_widget.values())
        stored.commit()
        self.poster().look()

    def cli_main(self, args: list[str]) -> None:
        """`calibre-debug -r "Shelfhook hook" -- test` tries the settings; `flush` delivers."""
        from .command import run

        # A server's environment, not this one's, may hold the settings: they are told here.
        raise SystemExit(run(args[1:], self.settings, self.poster()))
