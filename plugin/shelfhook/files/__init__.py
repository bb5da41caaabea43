"""What happens to real files: how they are found, kept, and replaced without losing one."""

from shelfhook.files.backups import Backups
from shelfhook.files.disk import RESERVE, DiskUsage
from shelfhook.files.host_files import HostFiles, clear_scratch
from shelfhook.files.mapping import PathMap
from shelfhook.files.names import leftovers, remove_leftovers, remove_second_names
from shelfhook.files.prepared import Prepared
from shelfhook.files.replacing import prepare, restore
from shelfhook.files.standing import Standing, standing

__all__ = [
    "RESERVE",
    "Backups",
    "DiskUsage",
    "HostFiles",
    "PathMap",
    "Prepared",
    "Standing",
    "clear_scratch",
    "leftovers",
    "prepare",
    "remove_leftovers",
    "remove_second_names",
    "restore",
    "standing",
]
