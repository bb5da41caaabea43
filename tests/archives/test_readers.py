"""RAR, 7-Zip and TAR archives are read whole, or not at all."""

from __future__ import annotations

import io
import shutil
import tarfile
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import py7zr
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shelfhook.archives import readers
from shelfhook.archives.limits import MIB, Limits
from shelfhook.archives.members import Member
from shelfhook.errors import Gone, Permanent
from tests.support.naming import named
from tests.support.rars import TOOLS, Stored, link_to, need_tool, rar4, rar5

FILES = {
    "Book/2.jpg": b"\xff\xd8\xff" + b"two" * 30_000,
    "Book/1.jpg": b"\xff\xd8\xff" + b"one" * 5,
    "ComicInfo.xml": b"<ComicInfo/>",
    "empty.txt": b"",
}
STORED = [Stored(name, content) for name, content in FILES.items()]


def tar(
    files: Mapping[str, bytes], *extra: tarfile.TarInfo, format_: int = tarfile.PAX_FORMAT
) -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w", format=format_) as archive:
        folder = tarfile.TarInfo("Book")
        folder.type = tarfile.DIRTYPE
        archive.addfile(folder)
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size, info.mtime = len(content), 1_400_330_096
            archive.addfile(info, io.BytesIO(content))
        for info in extra:
            archive.addfile(info)
    return made.getvalue()


def seven(files: Mapping[str, bytes], password: str | None = None) -> bytes:
    with tempfile.SpooledTemporaryFile() as made:
        with py7zr.SevenZipFile(made, "w", password=password) as archive:
            for name, content in files.items():
                archive.writestr(content, name)
        made.seek(0)
        return made.read()


def read(path: Path, kind: str, way: int = 0, limits: Limits | None = None) -> dict[str, bytes]:
    got: dict[str, bytes] = {}
    source = readers.sources(path, kind, limits or Limits())[way]
    source.pour(lambda member, content: got.__setitem__(member.name, content))
    assert set(got) == {member.name for member in source.members}
    return got


@pytest.fixture
def book(tmp_path: Path) -> Callable[[bytes], Path]:
    def write(content: bytes) -> Path:
        path = tmp_path / "Book [1*] 'x'.cbr"
        path.write_bytes(content)
        return path

    return write


@pytest.mark.parametrize("tool", TOOLS)
@pytest.mark.parametrize("content", [rar4(STORED), rar5(STORED)], ids=["RAR 4", "RAR 5"])
def test_every_tool_gives_the_entries_of_a_rar_file(
    book: Callable[[bytes], Path], content: bytes, tool: str
) -> None:
    if shutil.which(tool) is None:
        need_tool()
        pytest.skip(f"{tool} is not on the PATH; another one is")
    path = book(content)
    found = readers.sources(path, "rar", Limits())
    way = [source.by for source in found].index(tool)

    assert read(path, "rar", way) == FILES
    assert [member.name for member in found[way].members] == list(FILES)
    assert {member.time for member in found[way].members} == {(2014, 5, 17, 12, 34, 56)}


@pytest.mark.parametrize("format_", [tarfile.PAX_FORMAT, tarfile.GNU_FORMAT, tarfile.USTAR_FORMAT])
def test_a_tar_file_is_read_in_its_own_order(book: Callable[[bytes], Path], format_: int) -> None:
    long = {("é" * 40 + "/") * 2 + "1.jpg": b"one"} if format_ != tarfile.USTAR_FORMAT else {}
    path = book(tar({**FILES, **long}, format_=format_))

    assert read(path, "tar") == {**FILES, **long}
    members = readers.sources(path, "tar", Limits())[0].members
    assert [member.name for member in members] == [*FILES, *long]
    assert members[0] == Member("Book/2.jpg", 90_003, (2014, 5, 17, 12, 34, 56))


def test_a_7z_file_is_read(book: Callable[[bytes], Path]) -> None:
    path = book(seven(FILES))

    assert read(path, "7z") == FILES


def test_a_7z_file_of_several_blocks_is_read(tmp_path: Path) -> None:
    path = tmp_path / "book.cb7"
    for name, content in FILES.items():
        with py7zr.SevenZipFile(path, "a") as archive:
            archive.writestr(content, name)

    assert read(path, "7z") == FILES


def test_what_a_file_is_its_first_bytes_tell(book: Callable[[bytes], Path]) -> None:
    kinds = [readers.kind(book(made)) for made in (rar4([]), rar5([]), seven({}), tar({}), b"")]

    assert kinds == ["rar", "rar", "7z", "tar", "empty"]
    with pytest.raises(Gone):
        readers.kind(Path("/nowhere/book.cbr"))


SEVEN, TAR = seven(FILES), tar(FILES)  # the first holds the time at which it was made
ENCRYPTED = 0x4
SPLIT = 0x2
LINK = tarfile.TarInfo("link.jpg")
LINK.type, LINK.linkname = tarfile.SYMTYPE, "/etc/passwd"
DEVICE = tarfile.TarInfo("device")
DEVICE.type = tarfile.CHRTYPE
CUT_RAR = rar5(STORED)[: rar5(STORED).index(b"ComicInfo") - 60]


@pytest.mark.parametrize(
    ("kind", "content", "reason"),
    [
        ("rar", rar4(STORED, flags=ENCRYPTED), "encrypted"),
        ("rar", rar4(STORED, flags=SPLIT), "damaged|volumes"),
        ("rar", rar4(STORED, end=False), "breaks off before its end mark"),
        ("rar", rar5(STORED, end=False), "damaged: Unexpected EOF"),
        ("rar", CUT_RAR, "damaged"),
        (
            "rar",
            rar5([Stored("link.jpg", b"", extra=link_to("/etc/passwd"))]),
            "link.jpg is a link",
        ),
        ("rar", b"Rar!\x1a\x07\x00" + b"\x00" * 99, "damaged"),
        ("7z", seven(FILES, password="secret"), "encrypted"),
        ("7z", SEVEN[:-9], "damaged"),
        ("7z", SEVEN[:40] + b"\x00" + SEVEN[41:], "damaged"),
        ("7z", b"7z\xbc\xaf\x27\x1c" + b"\xff" * 99, "damaged"),
        ("tar", tar(FILES, LINK), "link.jpg is a link"),
        ("tar", tar(FILES, DEVICE), "device is a link, a device"),
        ("tar", TAR[: 512 * 3], "damaged"),
        ("tar", TAR[: TAR.index(b"ComicInfo.xml")], "before its end mark"),
        ("tar", TAR.replace(b"ComicInfo.xml\x00", b"ComicInfo.xmm\x00"), "before its end"),
    ],
    ids=named,
)
def test_an_archive_that_is_not_whole_or_not_plain_is_refused(
    book: Callable[[bytes], Path], kind: str, content: bytes, reason: str
) -> None:
    if kind == "rar":
        need_tool()

    with pytest.raises(Permanent, match=reason):
        read(book(content), kind)


def test_a_wrong_checksum_in_a_rar_file_is_found(book: Callable[[bytes], Path]) -> None:
    need_tool()
    path = book(rar5([*STORED, Stored("3.jpg", b"three", crc=7)]))

    for way, source in enumerate(readers.sources(path, "rar", Limits())):
        if source.by not in TOOLS:
            continue  # Debian's 7-Zip cannot read RAR at all
        with pytest.raises(Permanent, match=r"3\.jpg (has a wrong checksum|breaks off)"):
            read(path, "rar", way)


@given(st.data())
def test_a_damaged_byte_never_gives_another_content(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    kind, whole = data.draw(st.sampled_from([("7z", SEVEN), ("tar", TAR)]))
    at = data.draw(st.integers(0, len(whole) - 1))
    path = tmp_path_factory.mktemp("damaged") / "book"
    path.write_bytes(
        whole[:at] + bytes([whole[at] ^ data.draw(st.integers(1, 255))]) + whole[at + 1 :]
    )

    try:
        got = read(path, kind)
    except Permanent:
        return
    if kind == "7z":  # a TAR file has no checksums of its contents
        assert all(FILES.get(name, content) == content for name, content in got.items())
    assert len(got) == len(FILES)


def _limits(**some: int) -> Limits:
    return Limits(**{"harmless": 0, **some})


@pytest.mark.parametrize(
    ("limits", "files", "reason"),
    [
        (_limits(entries=3), FILES, "4 entries, 3 are allowed"),
        (_limits(entry=MIB), {"1.jpg": bytes(2 * MIB)}, "an entry has 2 MiB, 1 are allowed"),
        (_limits(unpacked=MIB), {"1": bytes(MIB), "2": bytes(MIB)}, "unpacks to 2 MiB, 1 are"),
        (_limits(), {"1.jpg": bytes(9 * MIB)}, r"unpacks to \d+ times its size"),
    ],
)
def test_an_archive_that_asks_for_too_much_is_not_unpacked(
    book: Callable[[bytes], Path], limits: Limits, files: Mapping[str, bytes], reason: str
) -> None:
    with pytest.raises(Permanent, match=f"not unpacked: .*{reason}"):
        readers.sources(book(seven(files)), "7z", limits)


def test_without_a_tool_the_message_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(Permanent, match=r"unar, bsdtar, 7z, 7zz, and none .* apt install unar"):
        readers.check_ready("rar")


@pytest.mark.parametrize(("kind", "module"), [("rar", "rarfile"), ("7z", "py7zr")])
def test_without_the_extra_the_message_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, kind: str, module: str
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)

    with pytest.raises(Permanent, match=rf"{module}; .*pip install 'shelfhook\[archives\]'"):
        readers.check_ready(kind)


def _script(folder: Path, name: str, lines: Sequence[str]) -> None:
    path = folder / name
    path.write_text("\n".join(["#!/bin/sh", *lines]) + "\n")
    path.chmod(0o755)


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        (["echo 'cannot do it' >&2", "exit 1"], "breaks off .unar: cannot do it"),
        (["printf 1"], "breaks off .unar: no reason given"),
        (["head -c 90100 /dev/zero"], "wrong checksum"),
        (["yes"], "wrong checksum"),
    ],
)
def test_a_tool_that_fails_is_named(
    book: Callable[[bytes], Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    lines: Sequence[str],
    reason: str,
) -> None:
    tools = tmp_path / "tools"
    tools.mkdir()
    _script(tools, "unar", lines)
    monkeypatch.setenv("PATH", f"{tools}:/usr/bin:/bin")

    with pytest.raises(Permanent, match=reason):
        read(book(rar5(STORED)), "rar")


def test_a_tool_that_says_more_than_the_directory_is_not_believed(
    book: Callable[[bytes], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tools = tmp_path / "tools"
    tools.mkdir()
    _script(tools, "unar", ["printf one", "yes"])
    monkeypatch.setenv("PATH", f"{tools}:/usr/bin:/bin")

    with pytest.raises(Permanent, match="more in it than its directory lists"):
        read(book(rar5([Stored("1.jpg", b"one")])), "rar")


def test_no_file_and_no_process_stays(book: Callable[[bytes], Path]) -> None:
    need_tool()
    for content, kind in ((rar5(STORED), "rar"), (seven(FILES), "7z"), (tar(FILES), "tar")):
        read(book(content), kind)
        before = len(list(Path("/proc/self/fd").iterdir()))
        read(book(content), kind)
        with pytest.raises(Permanent):
            read(book(content[: len(content) // 2]), kind)
        assert len(list(Path("/proc/self/fd").iterdir())) == before
