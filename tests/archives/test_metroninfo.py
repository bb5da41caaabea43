"""MetronInfo.xml is what comicbox makes of a ComicInfo.xml, and tells whether it still is that."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from xml.etree import ElementTree

import pytest

from shelfhook.archives import comicinfo, metroninfo
from shelfhook.archives.metroninfo import State
from shelfhook.errors import Permanent
from tests.support.comicbox import need_comicbox
from tests.support.service import PACKAGES

SAID = {
    "Title": "Low Water & more",
    "Series": "Iron Harbor",
    "Number": "12",
    "Count": "24",
    "Summary": "It ebbs --> and <flows>.\n日本",
    "Year": "2014",
    "Month": "5",
    "Day": "17",
    "Writer": "Ann Lee, Bo Ek",
    "CoverArtist": "Cy Roe",
    "Publisher": "Quay Press",
    "Genre": "crime",
    "Tags": "harbour, noir",
    "LanguageISO": "en-GB",
    "AgeRating": "Teen",
    "GTIN": "9780000000002",
}
INFO = comicinfo.merge(None, SAID)


def ours(body: bytes = b"<MetronInfo/>", source: bytes = INFO) -> bytes:
    """A document with our mark, which nothing was translated for."""
    told = b"from ComicInfo.xml " + metroninfo._digest(source)
    unedited = b"; unedited " + metroninfo._digest(body)
    return body + b"\n<!-- Made by Shelfhook " + told + unedited + b" -->\n"


@pytest.mark.parametrize(
    ("document", "info", "state"),
    [
        (None, INFO, State.MISSING),
        (b"", INFO, State.MISSING),
        (ours(), INFO, State.CURRENT),
        (ours(), INFO + b" ", State.OUTDATED),
        (ours(source=b"<ComicInfo/>"), b"<ComicInfo/>", State.CURRENT),
        (b"<MetronInfo/>", INFO, State.FOREIGN),
        (ours() + b"<!-- mine -->", INFO, State.FOREIGN),
        (ours().replace(b"<MetronInfo/>", b"<MetronInfo></MetronInfo>"), INFO, State.FOREIGN),
        (ours() + ours(), INFO, State.FOREIGN),
        (None, b"<ComicInfo/>", State.IMPOSSIBLE),
        (None, comicinfo.merge(None, {"Title": "alone"}), State.IMPOSSIBLE),
        (b"<MetronInfo/>", b"<ComicInfo/>", State.FOREIGN),
    ],
)
def test_a_document_tells_how_it_stands_to_its_source(
    document: bytes | None, info: bytes, state: State
) -> None:
    assert metroninfo.state(document, info) is state


def test_without_comicbox_its_installation_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metroninfo, "MODULE", "no_such_module")
    with pytest.raises(Permanent, match=r"pip install 'shelfhook\[comicbox\]'"):
        metroninfo.check_ready()
    with pytest.raises(Permanent, match=r"pip install 'shelfhook\[comicbox\]'"):
        metroninfo.translated(INFO)


def texts(document: bytes) -> dict[str, list[str]]:
    """All texts of a document, by element."""
    found: dict[str, list[str]] = {}
    for element in ElementTree.fromstring(document).iter():
        if element.text and element.text.strip():
            found.setdefault(element.tag, []).append(element.text)
    return found


def test_it_says_what_comicinfo_says() -> None:
    need_comicbox()
    document = metroninfo.translated(INFO)
    said = texts(document)
    del said["URL"]  # comicbox adds the page of a database for the ISBN
    assert said == {
        "AgeRating": ["Teen"],
        "CoverDate": ["2014-05-17"],
        "Creator": ["Ann Lee", "Bo Ek", "Cy Roe"],
        "Genre": ["crime"],
        "ISBN": ["9780000000002"],
        "IssueCount": ["24"],
        "Name": ["Quay Press", "Iron Harbor"],
        "Number": ["12"],
        "Role": ["Writer", "Writer", "Cover"],
        "Story": ["Low Water & more"],
        "Summary": [SAID["Summary"]],
        "Tag": ["harbour", "noir"],
    }
    series = ElementTree.fromstring(document).find("Series")
    assert series is not None and series.attrib == {"lang": "en"}
    assert metroninfo.state(document, INFO) is State.CURRENT


@pytest.mark.parametrize(
    "changes",
    [
        {"Count": "0"},
        {"Count": "", "LanguageISO": ""},
        {"LanguageISO": "zh-Hant"},
        {"Number": "½"},
        {"AgeRating": "X18+"},
        {"Year": "", "Month": "", "Day": ""},
        {"Genre": "a, A, a"},
        {name: "" for name in SAID if name != "Series"},
    ],
)
def test_it_fits_the_published_schema(changes: Mapping[str, str]) -> None:
    need_comicbox()
    from importlib.resources import files

    import xmlschema  # comes with comicbox, as the schema does

    schema = xmlschema.XMLSchema11(str(files("comicbox") / "schemas" / "MetronInfo-v1.1.xsd"))
    document = metroninfo.translated(comicinfo.merge(None, {**SAID, **changes}))
    assert [str(error) for error in schema.iter_errors(document.decode())] == []


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig", "latin-1"])
def test_comicinfo_in_another_encoding_is_translated(encoding: str) -> None:
    need_comicbox()
    text = "<ComicInfo><Series>Élan</Series></ComicInfo>"
    if encoding == "latin-1":
        text = '<?xml version="1.0" encoding="iso-8859-1"?>' + text
    assert texts(metroninfo.translated(text.encode(encoding))) == {"Name": ["Élan"]}


def test_what_says_nothing_at_all_is_an_error_and_no_empty_document() -> None:
    need_comicbox()
    with pytest.raises(Permanent, match="comicbox cannot make MetronInfo"):
        metroninfo.translated(b"<ComicInfo/>")


def test_every_process_makes_the_same_of_it_whatever_its_user_has_set_up(
    tmp_path: Path,
) -> None:
    need_comicbox()
    setup = tmp_path / ".config" / "comicbox"
    setup.mkdir(parents=True)
    (setup / "config.yaml").write_text(
        "comicbox:\n  general:\n    metadata: {comicbox: {publisher: {Wrong: {}}}}\n"
        "    delete_keys: [series]\n  read:\n    except: [comicinfo]\n  write:\n    stamp: true\n"
    )
    program = (
        "import sys; from shelfhook.archives import metroninfo;"
        " sys.stdout.buffer.write(metroninfo.translated(sys.stdin.buffer.read()))"
    )
    for seed in ("1", "2"):
        environment = {
            "PYTHONPATH": str(PACKAGES),
            "PYTHONHASHSEED": seed,
            "HOME": str(tmp_path),
            "COMICBOX_WRITE__STAMP": "true",
        }
        done = subprocess.run(
            [sys.executable, "-c", program], input=INFO, env=environment, capture_output=True
        )
        assert done.stdout == metroninfo.translated(INFO), done.stderr.decode()
        assert done.stderr == b""
