"""What both processes are made of: extensions, manifest and settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from shelfhook import manifest
from shelfhook.actions import registry as actions
from shelfhook.app.counting import Counting
from shelfhook.errors import ConfigurationError
from shelfhook.files import HostFiles, PathMap
from shelfhook.hosts import registry as hosts
from shelfhook.manifest import Manifest
from shelfhook.ports import Action, ActionType, Clock, Connect, Files, Host
from shelfhook.scheduling import check_cron
from shelfhook.settings import RoutineSettings, Settings, load


@dataclass(frozen=True, slots=True)
class Parts:
    """Settings with what they refer to. `faults` names extensions that were left out."""

    settings: Settings
    manifest: Manifest
    actions: Mapping[str, ActionType]
    kinds: Mapping[str, Connect]
    faults: tuple[str, ...]

    def make_actions(self, routine: RoutineSettings) -> list[Action]:
        """A routine's actions with their parameters, in order.

        Raises:
            Unknown: an extension has gone since the settings were read.
        """
        return [actions.make(self.actions, a.name, a.parameters) for a in routine.actions]

    def connect(self, clock: Clock, counting: Counting | None = None) -> dict[str, Host]:
        """An adapter for each host; calls none of them.

        Args:
            clock: tells the time and does the waiting.
            counting: counts every call that is made.
        """
        return {
            name: self.kinds[host.kind](
                replace(host.options(), observe=counting.observer(name) if counting else None),
                clock,
            )
            for name, host in self.settings.hosts.items()
        }

    def files(self, hosts: Mapping[str, Host]) -> dict[str, Files]:
        """The files behind each host's items."""
        return {
            name: HostFiles(name, self._path_map(name), host, self.scratch)
            for name, host in hosts.items()
        }

    @property
    def scratch(self) -> Path:
        """Folder for downloads."""
        return self.settings.paths.data / "downloads"

    def _path_map(self, host: str) -> PathMap:
        """Where a host's folders lie.

        Raises:
            ConfigurationError: what we keep would lie in a library, and be scanned as books.
        """
        found = PathMap(self._paths(host), host)
        kept = self.settings.paths.backups_folder
        for folder in (kept, self.scratch):
            for root in found.roots:
                if folder.resolve().is_relative_to(root.resolve()):
                    raise ConfigurationError(
                        [
                            f"paths: {folder} lies in {root}, which hosts.{host}.paths maps: the"
                            " host would take old files for books; choose a folder outside"
                        ]
                    )
        return found

    def _paths(self, host: str) -> Mapping[str, Path]:
        found = self.settings.hosts.get(host)
        return found.paths if found else {}


def read(path: Path | None, env: Mapping[str, str]) -> Parts:
    """Discover extensions, then read and check the settings once.

    Raises:
        ConfigurationError: one fault per line.
    """
    found, action_faults = actions.discover()
    kinds, host_faults = hosts.discover()
    document = manifest.load()
    settings = load(
        path,
        env,
        defaults=document.routines,
        check_action=lambda name, parameters: actions.check(found, name, parameters),
        check_cron=check_cron,
        kinds=tuple(kinds),
    )
    return Parts(settings, document, found, kinds, (*action_faults, *host_faults))
