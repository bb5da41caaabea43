"""Sonarr, Radarr, Lidarr, Readarr and their kin: one `eventType` and what it happened to.

The bodies are those of `WebhookBase.cs` and its payloads in each project (Sonarr v3 and v4, Radarr
v5, Readarr): a folder in `series.path`, `movie.folderPath`, `author.path` or `artist.path`, and
files with a whole `path` each.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from shelfhook.web.dialects.heard import Dialect, Document, Heard, objects, text

NOTHING_DONE = frozenset(
    {
        "test",
        "grab",
        "health",
        "healthrestored",
        "healthissue",
        "applicationupdate",
        "manualinteractionrequired",
        "downloadfailure",
        "importfailure",
        "seriesadd",
        "movieadded",
        "authoradded",
        "artistadd",
    }
)
"""Events that change no file, in lower case: versions differ in how they write them."""

FOLDERS = {"series": "path", "movie": "folderPath", "author": "path", "artist": "path"}
FILES = (
    "episodeFile",
    "episodeFiles",
    "renamedEpisodeFiles",
    "movieFile",
    "renamedMovieFiles",
    "bookFile",
    "bookFiles",
    "renamedBookFiles",
    "trackFile",
    "trackFiles",
    "renamedTrackFiles",
)


def fits(document: Document) -> bool:
    """Whether it is of this family."""
    return bool(text(document, "eventType"))


def read(document: Document) -> Sequence[Heard]:
    """A scan of the library in which the files lie.

    An event that we do not know counts if it names a folder: a job too many finds nothing to do.
    """
    event = text(document, "eventType").lower()
    if event in NOTHING_DONE or _nothing_deleted(event, document):
        return []
    found = list(dict.fromkeys(_files(document))) or list(_folders(document))
    if not found and event in ("download", "rename", "retag", "upgrade"):
        return [Heard(field="series.path")]
    return [Heard(path=path, field=field) for field, path in found]


def _nothing_deleted(event: str, document: Document) -> bool:
    """A series taken out of the program's list, with its files left alone."""
    return event.endswith("delete") and document.get("deletedFiles") is False


def _files(document: Document) -> Iterator[tuple[str, str]]:
    for name in FILES:
        for file in objects(document.get(name)):
            if path := text(file, "path"):
                yield f"{name}.path", path


def _folders(document: Document) -> Iterator[tuple[str, str]]:
    for name, key in FOLDERS.items():
        if path := text(document.get(name), key, "path"):
            yield f"{name}.{key}", path


SERVARR = Dialect("Sonarr, Radarr, Lidarr or Readarr", fits, read)
