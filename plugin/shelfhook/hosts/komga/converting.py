"""What a Komga server itself makes of files that are no CBZ, or only by their names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from shelfhook.hosts.client import Client
from shelfhook.hosts.komga import routes
from shelfhook.hosts.komga.documents import Dto, of_komga, the_list
from shelfhook.hosts.komga.memory import Memory
from shelfhook.model import Converter, Item

SWITCHES: Mapping[str, tuple[str, str]] = {
    "rar": (
        "convertToCbz",
        "edit the library in Komga, and under Options choose to convert to CBZ automatically",
    ),
    "zip": (
        "repairExtensions",
        "edit the library in Komga, and under Options choose to repair file extensions",
    ),
}
"""By format: the library's setting, and where a person finds it. Komga converts RAR alone, and
gives a ZIP archive that is named otherwise its right name."""
READY = "READY"


class KomgaConverter:
    """Satisfies [`Converts`][shelfhook.ports.Converts].

    Komga converts after a scan, when it has nothing else to do, and keeps the book's id.
    """

    _client: Client
    _settings: Memory[Mapping[str, frozenset[str]]]
    """Under "": of each library the formats whose switch is on."""

    def converter(self, item: Item, form: str) -> Converter | None:
        """What Komga does about a book whose file is of this format; None if it cannot.

        What it cannot read, such as an archive that is encrypted, it cannot convert.
        """
        if form not in SWITCHES or item.status != READY:
            return None
        on = self._settings.get("", self._ask)
        return Converter(on=form in on.get(item.library, frozenset()), switch=SWITCHES[form][1])

    def _ask(self) -> Mapping[str, frozenset[str]]:
        return _switched_on(the_list(self._client.ask(routes.libraries())))


def _switched_on(libraries: Sequence[Dto]) -> Mapping[str, frozenset[str]]:
    return {
        _id(one): frozenset(f for f, (name, _) in SWITCHES.items() if one.get(name))
        for one in libraries
    }


@of_komga
def _id(library: Dto) -> str:
    return str(library["id"])
