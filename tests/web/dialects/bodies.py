"""Bodies as the senders make them, written by hand after their sources."""

from __future__ import annotations

from typing import Any

SONARR_IMPORT: dict[str, Any] = {
    "eventType": "Download",
    "instanceName": "Sonarr",
    "applicationUrl": "",
    "series": {"id": 7, "title": "Saga", "path": "/books/comics/Saga", "tags": ["x"]},
    "episodes": [{"id": 1, "episodeNumber": 1, "seasonNumber": 1, "title": "One"}],
    "episodeFile": {
        "id": 3,
        "relativePath": "Season 1/1.cbz",
        "path": "/books/comics/Saga/Season 1/1.cbz",
        "sourcePath": "/downloads/saga/1.cbz",
        "size": 4711,
    },
    "isUpgrade": False,
    "deletedFiles": [{"path": "/elsewhere/old.cbz"}],
    "downloadClient": "qBittorrent",
}
SONARR_COMPLETE = {
    **{key: value for key, value in SONARR_IMPORT.items() if key != "episodeFile"},
    "episodeFiles": [{"path": "/books/comics/Saga/1.cbz"}, {"path": "/books/manga/2.cbz"}],
    "fileCount": 2,
    "sourcePath": "/downloads/saga",
    "destinationPath": "/books/comics/Saga",
}
SONARR_OLD = {"eventType": "Download", "series": {"path": "/books/comics/Saga"}, "episodeFile": {}}
SONARR_RENAME = {
    "eventType": "Rename",
    "series": {"path": "/books/comics/Saga"},
    "renamedEpisodeFiles": [{"path": "/books/comics/Saga/b.cbz", "previousPath": "/x/a.cbz"}],
}
SONARR_TEST = {
    "eventType": "Test",
    "series": {"id": 1, "title": "Test Title", "path": "C:\\testpath"},
    "episodes": [],
}
RADARR_IMPORT = {
    "eventType": "Download",
    "movie": {"id": 1, "title": "Persepolis", "folderPath": "/books/comics/Persepolis"},
    "remoteMovie": {"tmdbId": 1},
    "movieFile": {"path": "/books/comics/Persepolis/p.cbz", "relativePath": "p.cbz"},
}
READARR_IMPORT = {
    "eventType": "Download",
    "author": {"id": 1, "name": "Brian K. Vaughan", "path": "/books/novels/Vaughan"},
    "book": {"id": 2, "title": "Saga"},
    "bookFiles": [{"id": 3, "path": "/books/novels/Vaughan/1.epub", "size": 1}],
    "isUpgrade": True,
}
READARR_RETAG = {
    "eventType": "Retag",
    "author": {"path": "/books/novels/Vaughan"},
    "bookFile": {"path": "/books/novels/Vaughan/1.epub"},
}
KAPOWARR_DOWNLOAD = {
    "eventType": "Download",
    "instanceName": "Kapowarr",
    "applicationUrl": "http://localhost:5656",
    "volume": {"id": 1, "title": "Saga", "year": 2012, "path": "/books/comics/Saga"},
    "issue": {"id": 2, "number": "1", "title": ""},
    "file": {"path": "/books/comics/Saga/1.cbz"},
    "downloadSource": "GetComics",
    "isUpgrade": False,
}
JELLYFIN_ADDED = {
    "ServerId": "s",
    "ServerName": "jelly",
    "ServerVersion": "10.10.0",
    "NotificationType": "ItemAdded",
    "Name": "Saga 1",
    "ItemId": "f1",
    "ItemType": "Book",
    "Path": "/books/comics/Saga/1.cbz",
}
MYLAR_DONE = {"text": "Mylar has downloaded and post-processed: Saga (2012) - issue #1"}
MYLAR_GOTIFY = {"title": "Download and Postprocessing completed", "message": MYLAR_DONE["text"]}
MYLAR_DISCORD = {"username": "Mylar", "avatar_url": "http://x", "content": MYLAR_DONE["text"]}
