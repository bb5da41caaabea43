"""Runs inside Calibre's own Python (`calibre-debug -e`): builds libraries and users in one process.

Arguments: a folder of CBZ files, the folder of the library to build, the folder of a large library,
how many books that gets, and the file of the users. Its imports exist nowhere else.
"""

import sys
from pathlib import Path

from calibre.db.legacy import LibraryDatabase
from calibre.ebooks.metadata.book.base import Metadata
from calibre.srv.users import UserManager

COLUMNS = (
    ("text", "text", False, {}),
    ("words", "text", True, {}),
    ("names", "text", True, {"is_names": True}),
    ("number", "int", False, {}),
    ("real", "float", False, {}),
    ("flag", "bool", False, {}),
    ("when", "datetime", False, {}),
    ("stars", "rating", False, {}),
    ("choice", "enumeration", False, {"enum_values": ["Read", "To read"]}),
    ("saga", "series", False, {}),
    ("notes", "comments", False, {}),
    ("made", "composite", False, {"composite_template": "{title} by {authors}"}),
)
USERS = (("admin", False, {}), ("reader", True, {}), ("limited", False, {"comics": "tags:x"}))


def build(files: Path, library: Path) -> None:
    legacy = LibraryDatabase(str(library))
    for label, kind, several, display in COLUMNS:
        legacy.create_custom_column(label, label.title(), kind, several, display=display)
    legacy.close()
    db = LibraryDatabase(str(library)).new_api
    for file in sorted(files.iterdir()):
        book = Metadata(file.stem, ["Unknown"])
        db.add_books([(book, {file.suffix[1:].upper(): str(file)})], run_hooks=False)
    db.close()


def fill(library: Path, count: int) -> None:
    db = LibraryDatabase(str(library)).new_api
    with db.backend.conn:
        for number in range(count):
            db.create_book_entry(Metadata(f"Book {number:05}", [f"Author {number % 50}"]))
    db.close()


def add_users(file: Path, password: str) -> None:
    users = UserManager(str(file))
    for name, readonly, limits in USERS:
        users.add_user(
            name, password, readonly=readonly, restriction={"library_restrictions": limits}
        )


if __name__ == "__main__":
    files, library, large, count, users, password = sys.argv[-6:]
    build(Path(files), Path(library))
    fill(Path(large), int(count))
    add_users(Path(users), password)
