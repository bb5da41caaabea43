"""Kavita's JSON, complete as its contract has it."""

from __future__ import annotations

from typing import Any

Doc = dict[str, Any]
NEVER = "0001-01-01T00:00:00"
PEOPLE = {
    "writers": "writerLocked",
    "coverArtists": "coverArtistLocked",
    "publishers": "publisherLocked",
    "characters": "characterLocked",
    "pencillers": "pencillerLocked",
    "inkers": "inkerLocked",
    "imprints": "imprintLocked",
    "colorists": "coloristLocked",
    "letterers": "lettererLocked",
    "editors": "editorLocked",
    "translators": "translatorLocked",
    "teams": "teamLocked",
    "locations": "locationLocked",
}
SHARED_LOCKS = (
    *PEOPLE.values(),
    "languageLocked",
    "summaryLocked",
    "ageRatingLocked",
    "publicationStatusLocked",
    "genresLocked",
    "tagsLocked",
    "releaseYearLocked",
)
_HOURS = {"minHoursToRead": 0, "maxHoursToRead": 1, "avgHoursToRead": 0.5}
_LOOKS = {"coverImage": None, "primaryColor": "", "secondaryColor": ""}


def library(number: int, name: str, folder: str) -> Doc:
    return {
        "id": number,
        "name": name,
        "lastScanned": "2024-01-01T00:00:00",
        "type": 1,
        "coverImage": None,
        "folderWatching": True,
        "includeInDashboard": True,
        "includeInRecommended": True,
        "manageCollections": True,
        "manageReadingLists": True,
        "includeInSearch": True,
        "allowScrobbling": False,
        "folders": [folder],
        "collapseSeriesRelationships": False,
        "libraryFileTypes": [1],
        "excludePatterns": [],
    }


def series(number: int, library_id: int, name: str, now: str, **changes: Any) -> Doc:
    values: Doc = {
        "id": number,
        "name": name,
        "originalName": name,
        "localizedName": "",
        "sortName": name,
        "pages": 0,
        "coverImageLocked": False,
        "pagesRead": 0,
        "latestReadDate": NEVER,
        "lastChapterAdded": now,
        "userRating": 0.0,
        "hasUserRated": False,
        "format": 1,
        "created": now,
        "nameLocked": False,
        "sortNameLocked": False,
        "localizedNameLocked": False,
        "wordCount": 0,
        "libraryId": library_id,
        "libraryName": None,
        **_HOURS,
        "folderPath": f"/books/{name}",
        "lowestFolderPath": f"/books/{name}",
        "lastFolderScanned": now,
        **_LOOKS,
    }
    return {**values, **changes}


def metadata(number: int, **changes: Any) -> Doc:
    values: Doc = {
        "id": number + 5000,
        "seriesId": number,
        "summary": "",
        "genres": [],
        "tags": [],
        **{role: [] for role in PEOPLE},
        "ageRating": 0,
        "releaseYear": 0,
        "language": "",
        "maxCount": 0,
        "totalCount": 0,
        "publicationStatus": 0,
        "webLinks": "",
        **dict.fromkeys(SHARED_LOCKS, False),
    }
    return {**values, **changes}


def volume(number: int, series_id: int, now: str) -> Doc:
    return {
        "id": number,
        "minNumber": 1.0,
        "maxNumber": 1.0,
        "name": "1",
        "number": 1,
        "pages": 0,
        "pagesRead": 0,
        "lastModifiedUtc": now,
        "createdUtc": now,
        "created": now,
        "lastModified": now,
        "seriesId": series_id,
        "chapters": [],
        **_HOURS,
        "wordCount": 0,
        **_LOOKS,
    }


def chapter(number: int, volume_id: int, issue: int, path: str, now: str) -> Doc:
    """A chapter with all its locks; those that Kavita hides are taken out where it answers."""
    return {
        "id": number,
        "range": str(issue),
        "number": str(issue),
        "minNumber": float(issue),
        "maxNumber": float(issue),
        "sortOrder": float(issue),
        "pages": 20,
        "isSpecial": False,
        "title": str(issue),
        "files": [mangafile(number, path, now)],
        "pagesRead": 0,
        "lastReadingProgressUtc": NEVER,
        "lastReadingProgress": NEVER,
        "coverImageLocked": False,
        "volumeId": volume_id,
        "createdUtc": now,
        "lastModifiedUtc": now,
        "created": now,
        "releaseDate": NEVER,
        "titleName": "",
        "summary": "",
        "ageRating": 0,
        "wordCount": 0,
        "volumeTitle": "",
        **_HOURS,
        "webLinks": "",
        "isbn": "",
        **{role: [] for role in PEOPLE},
        "genres": [],
        "tags": [],
        "publicationStatus": 0,
        "language": "",
        "count": 0,
        "totalCount": 0,
        **dict.fromkeys(SHARED_LOCKS, False),
        "titleNameLocked": False,
        "releaseDateLocked": False,
        "isbnLocked": False,
        "sortOrderLocked": False,
        **_LOOKS,
    }


def mangafile(number: int, path: str, now: str, size: int = 1000) -> Doc:
    return {
        "id": number,
        "filePath": path,
        "pages": 20,
        "bytes": size,
        "format": 1,
        "created": now,
        "extension": ".cbz",
    }


def user(name: str, token: str, key: str, version: str) -> Doc:
    return {
        "username": name,
        "email": f"{name}@example.org",
        "token": token,
        "refreshToken": "r",
        "apiKey": key,
        "kavitaVersion": version,
    }


def info(version: str) -> Doc:
    return {
        "installId": "abc",
        "os": "Linux",
        "isDocker": True,
        "dotnetVersion": "9.0",
        "kavitaVersion": version,
        "numOfCores": 2,
        "mangaReaderBackgroundColors": [],
        "mangaReaderPageSplittingModes": [],
        "mangaReaderLayoutModes": [],
        "fileFormats": [],
    }


def reading_list(number: int, title: str) -> Doc:
    return {
        "id": number,
        "title": title,
        "summary": "",
        "promoted": False,
        "coverImageLocked": False,
        **_LOOKS,
        "startingYear": 0,
        "startingMonth": 0,
        "endingYear": 0,
        "endingMonth": 0,
    }


def list_item(number: int, list_id: int, order: int, chapter: Doc, of: Doc) -> Doc:
    return {
        "id": number,
        "order": order,
        "chapterId": chapter["id"],
        "seriesId": of["id"],
        "seriesName": of["name"],
        "seriesFormat": 1,
        "pagesRead": 0,
        "pagesTotal": chapter["pages"],
        "chapterNumber": chapter["range"],
        "volumeNumber": "1",
        "chapterTitleName": chapter["titleName"],
        "volumeId": chapter["volumeId"],
        "libraryId": of["libraryId"],
        "title": chapter["range"],
        "libraryType": 1,
        "libraryName": "Comics",
        "releaseDate": chapter["releaseDate"],
        "readingListId": list_id,
        "lastReadingProgressUtc": NEVER,
        "fileSize": 1000,
        "summary": chapter["summary"],
    }
