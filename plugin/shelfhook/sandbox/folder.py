"""Makes a folder of real CBZ files: small pages, telling names, and a few broken ones."""

import io
import zipfile
from dataclasses import dataclass
from pathlib import Path
from random import Random
from xml.sax.saxutils import escape

from PIL import Image, ImageDraw

from shelfhook.sandbox import names

_SIZE = (120, 180)
_DRAWN_PAGES = 24  # drawn once each; the books share them
BROKEN = ("truncated", "not a zip", "undecodable page", "no pages")


@dataclass(frozen=True)
class MadeBook:
    """One file that was made; `broken` says how, if it is."""

    path: Path
    series: str
    number: int
    comic_info: bool
    broken: str | None = None


def make(folder: Path, books: int = 200, seed: int = 1) -> list[MadeBook]:
    """Fill a folder: the same arguments make the same books. One in 25 is broken."""
    random = Random(seed)  # noqa: S311 - repeatable, not secret
    pages = _draw_pages(random)
    made: list[MadeBook] = []
    first_series = random.randrange(2000)
    while len(made) < books:
        series = names.series_name(first_series + len({book.series for book in made}) * 7)
        length = min(random.randint(4, 16), books - len(made))
        made += _make_series(folder / series, length, len(made), random, pages)
    return made


def _make_series(
    folder: Path, length: int, already: int, random: Random, pages: list[tuple[str, bytes]]
) -> list[MadeBook]:
    folder.mkdir(parents=True, exist_ok=True)
    year = random.randint(1985, 2024)
    with_info = random.random() < 0.4
    made = []
    for number in range(1, length + 1):
        path = folder / f"{names.file_name(folder.name, number, year, random)}.cbz"
        info = _comic_info(folder.name, number, year, random) if with_info else None
        place = already + number
        broken = BROKEN[place // 25 % len(BROKEN)] if place % 25 == 12 else None
        path.write_bytes(_archive(random.choices(pages, k=random.randint(2, 4)), info, broken))
        made.append(MadeBook(path, folder.name, number, info is not None, broken))
    return made


def _archive(pages: list[tuple[str, bytes]], info: str | None, broken: str | None) -> bytes:
    if broken == "not a zip":
        return b"This was an archive once.\n" * 20
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for number, (suffix, content) in enumerate(pages, start=1):
            if broken != "no pages":
                _add(archive, f"page{number:03}{suffix}", content)
        if info is not None or broken == "no pages":
            _add(archive, "ComicInfo.xml", (info or "<ComicInfo/>").encode())
    content = buffer.getvalue()
    if broken == "truncated":
        return content[: len(content) * 2 // 3]
    if broken == "undecodable page":
        return _spoil_first_page(content)
    return content


def _add(archive: zipfile.ZipFile, name: str, content: bytes) -> None:
    """Add an entry with a fixed time, so that the same seed makes the same bytes."""
    archive.writestr(zipfile.ZipInfo(name, (2020, 1, 1, 0, 0, 0)), content)


def _spoil_first_page(content: bytes) -> bytes:
    """Overwrite the middle of the first page: its checksum fails and no reader decodes it."""
    spoilt = bytearray(content)
    spoilt[200:400] = bytes(200)
    return bytes(spoilt)


def _draw_pages(random: Random) -> list[tuple[str, bytes]]:
    pages = []
    for number in range(_DRAWN_PAGES):
        page = Image.new("RGB", _SIZE, _colour(random))
        draw = ImageDraw.Draw(page)
        for _ in range(6):
            left, top = random.randrange(_SIZE[0] - 30), random.randrange(_SIZE[1] - 30)
            box = (left, top, left + random.randint(10, 60), top + random.randint(10, 80))
            draw.rectangle(box, fill=_colour(random), outline="black")
        buffer = io.BytesIO()
        if number % 3 == 0:
            page.save(buffer, "PNG")
        else:
            page.save(buffer, "JPEG", quality=70)
        pages.append((".png" if number % 3 == 0 else ".jpg", buffer.getvalue()))
    return pages


def _colour(random: Random) -> tuple[int, int, int]:
    return random.randrange(256), random.randrange(256), random.randrange(256)


def _comic_info(series: str, number: int, year: int, random: Random) -> str:
    """Write what a tidy collector would: some fields are left out now and then."""
    told = {
        "Title": random.choice(names.STORIES) if random.random() < 0.8 else "",
        "Series": series,
        "Number": str(number),
        "Summary": f"In which {random.choice(names.STORIES).lower()} changes everything.",
        "Year": str(year),
        "Month": str((number - 1) % 12 + 1),
        "Writer": ", ".join(random.sample(names.PEOPLE, random.randint(1, 2))),
        "Penciller": random.choice(names.PEOPLE),
        "Publisher": names.PUBLISHERS[len(series) % len(names.PUBLISHERS)],
        "Genre": ", ".join(random.sample(names.GENRES, 2)),
        "Tags": ",".join(random.sample(names.TAGS, random.randint(0, 3))),
        "LanguageISO": "en",
        "Web": f"https://comics.example.org/{number}" if random.random() < 0.3 else "",
    }
    rows = [f"  <{tag}>{escape(text)}</{tag}>" for tag, text in told.items() if text]
    return "\n".join(
        ['<?xml version="1.0" encoding="utf-8"?>', "<ComicInfo>", *rows, "</ComicInfo>"]
    )
