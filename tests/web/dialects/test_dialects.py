"""What is heard of each sender's bodies; pure functions, no server."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shelfhook.model import EventKind
from shelfhook.web.dialects import letters
from shelfhook.web.dialects.heard import Heard
from shelfhook.web.dialects.servarr import FILES, FOLDERS
from tests.web.dialects import bodies as b

SCANNED = EventKind.LIBRARY_SCANNED


def hear(document: Any) -> tuple[str, list[Heard]]:
    dialect = letters.dialect_of(document, "")
    assert dialect is not None
    return dialect.name, list(dialect.read(document))


def paths(document: Any) -> list[tuple[str, str]]:
    return [(one.field, one.path) for one in hear(document)[1]]


@pytest.mark.parametrize(
    ("document", "heard"),
    [
        (b.SONARR_IMPORT, [("episodeFile.path", "/books/comics/Saga/Season 1/1.cbz")]),
        (
            b.SONARR_COMPLETE,
            [
                ("episodeFiles.path", "/books/comics/Saga/1.cbz"),
                ("episodeFiles.path", "/books/manga/2.cbz"),
            ],
        ),
        (b.SONARR_OLD, [("series.path", "/books/comics/Saga")]),
        (b.SONARR_RENAME, [("renamedEpisodeFiles.path", "/books/comics/Saga/b.cbz")]),
        (b.RADARR_IMPORT, [("movieFile.path", "/books/comics/Persepolis/p.cbz")]),
        (b.RADARR_IMPORT | {"movieFile": None}, [("movie.folderPath", "/books/comics/Persepolis")]),
        (b.READARR_IMPORT, [("bookFiles.path", "/books/novels/Vaughan/1.epub")]),
        (b.READARR_RETAG, [("bookFile.path", "/books/novels/Vaughan/1.epub")]),
        (
            b.SONARR_RENAME | {"eventType": "rename"},
            [("renamedEpisodeFiles.path", "/books/comics/Saga/b.cbz")],
        ),
        (
            b.SONARR_OLD | {"eventType": "SeriesDelete", "deletedFiles": True},
            [("series.path", "/books/comics/Saga")],
        ),
        (b.SONARR_OLD | {"eventType": "SeriesDelete", "deletedFiles": False}, []),
        (
            b.SONARR_OLD | {"eventType": "EpisodeFileDelete"},
            [("series.path", "/books/comics/Saga")],
        ),
        ({"eventType": "SomethingNew", "series": {"path": "/a"}}, [("series.path", "/a")]),
        ({"eventType": "SomethingNew"}, []),
        ({"eventType": "Download"}, [("series.path", "")]),
        (b.KAPOWARR_DOWNLOAD, [("file.path", "/books/comics/Saga/1.cbz")]),
        (b.KAPOWARR_DOWNLOAD | {"file": {"path": ""}}, [("volume.path", "/books/comics/Saga")]),
        (b.KAPOWARR_DOWNLOAD | {"file": None, "volume": None}, [("volume.path", "")]),
        (b.JELLYFIN_ADDED, [("Path", "/books/comics/Saga/1.cbz")]),
        (
            b.JELLYFIN_ADDED | {"NotificationType": "ItemDeleted"},
            [("Path", "/books/comics/Saga/1.cbz")],
        ),
        ({"notificationtype": "itemadded", "path": "/x"}, [("Path", "/x")]),
        ({"path": "/books/a.cbz"}, [("path", "/books/a.cbz")]),
    ],
)
def test_a_body_tells_where_the_files_are(document: Any, heard: list[tuple[str, str]]) -> None:
    assert paths(document) == heard


@pytest.mark.parametrize(
    "document",
    [
        b.SONARR_TEST,
        *(
            b.SONARR_IMPORT | {"eventType": event}
            for event in ("Grab", "Health", "HealthRestored", "ApplicationUpdate", "SeriesAdd")
        ),
        {"eventType": "Test", "instanceName": "Kapowarr"},
        b.KAPOWARR_DOWNLOAD | {"eventType": "VolumeAdd"},
        {"eventType": "ApplicationUpdate", "instanceName": "Kapowarr"},
        b.JELLYFIN_ADDED | {"NotificationType": "PlaybackStart"},
        b.JELLYFIN_ADDED | {"NotificationType": "UserCreated"},
        {"text": "Release the Ninjas!"},
        {"text": "Mylar has snatched: Saga #1 from nzb.su and sent to SABnzbd"},
        {"username": "Mylar", "content": "Release the Ninjas!"},
    ],
)
def test_a_test_and_what_changes_no_file_is_no_news(document: Any) -> None:
    assert hear(document)[1] == []


@pytest.mark.parametrize("document", [b.MYLAR_DONE, b.MYLAR_GOTIFY, b.MYLAR_DISCORD])
def test_a_message_of_mylars_means_some_library(document: Any) -> None:
    assert hear(document) == ("Mylar3", [Heard()])


@pytest.mark.parametrize(
    ("document", "heard"),
    [
        ({"library": "Comics"}, Heard(SCANNED, "Comics")),
        ({"library": 7}, Heard(SCANNED, "7")),
        ({"library": {"id": "L1", "name": "x"}}, Heard(SCANNED, "L1")),
        ({"library": {"name": "Comics"}}, Heard(SCANNED, "Comics")),
        ({"library": True}, Heard(SCANNED)),
        ({"libraryId": 3, "seriesId": 9}, Heard(SCANNED, "3", field="libraryId")),
        (
            {"libraryId": "L1", "bookId": "B1", "seriesId": "S1"},
            Heard(EventKind.ITEM_CHANGED, "L1", item="B1", field="libraryId"),
        ),
        ({"library": "", "path": "/x"}, Heard(SCANNED, path="/x", field="path")),
        ({"path": 5}, Heard(SCANNED, field="path")),
    ],
)
def test_a_script_says_it_in_a_word(document: Any, heard: Heard) -> None:
    assert hear(document) == ("a script", [heard])


@pytest.mark.parametrize(
    ("document", "name"),
    [
        (b.SONARR_IMPORT, "Sonarr, Radarr, Lidarr or Readarr"),
        (b.KAPOWARR_DOWNLOAD, "Kapowarr"),
        ({"eventType": "Test", "instanceName": "Kapowarr"}, "Kapowarr"),
        (b.JELLYFIN_ADDED, "Jellyfin's webhook plugin"),
        (b.JELLYFIN_ADDED | {"library": "Comics"}, "Jellyfin's webhook plugin"),
    ],
)
def test_the_sender_is_told_by_its_words(document: Any, name: str) -> None:
    assert hear(document)[0] == name


@pytest.mark.parametrize("document", [{}, {"hello": 1}, {"text": "hello"}, [], 5, None, "x"])
def test_nobodys_words_are_somebodys_only_if_the_url_names_the_library(document: Any) -> None:
    assert letters.dialect_of(document, "") is None
    assert letters.dialect_of(document, "Comics") is letters.SOMEBODY


def test_jellyfins_own_field_names_the_library() -> None:
    assert hear(b.JELLYFIN_ADDED | {"LibraryName": "Comics"})[1] == [
        Heard(SCANNED, "Comics", "/books/comics/Saga/1.cbz", field="LibraryName")
    ]


NAMES = [
    "eventType", "instanceName", "volume", "file", "NotificationType", "Path", "LibraryName",
    "text", "content", "message", "library", "libraryId", "path", "item", "bookId", "deletedFiles",
    *FILES, *FOLDERS,
]  # fmt: skip
WORDS = ["Download", "Rename", "SeriesDelete", "ItemAdded", "Mylar post-processed", "Kapowarr"]
LEAVES = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.sampled_from(WORDS)
)
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(["path", "folderPath", "id", "name"]) | st.text(), inner, max_size=3
        ),
    ),
    max_leaves=8,
)
DOCUMENTS = st.dictionaries(st.sampled_from(NAMES) | st.text(), VALUES, max_size=6)


@given(DOCUMENTS)
def test_no_document_breaks_a_dialect(document: dict[str, Any]) -> None:
    for dialect in letters.DIALECTS:
        if dialect.fits(document):
            for one in dialect.read(document):
                assert isinstance(one, Heard)
                assert all(isinstance(part, str) for part in one)
                assert one.field
