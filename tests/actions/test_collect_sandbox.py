"""`collect` and `cover` with the real adapter on a Komga-compatible server."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from shelfhook.actions.collect import Collect
from shelfhook.actions.collect_parameters import CollectParameters
from shelfhook.actions.cover import Cover, CoverParameters
from shelfhook.clock import SystemClock
from shelfhook.hosts.komga import KomgaHost, connect
from shelfhook.model import Change, Item
from shelfhook.ports import HostOptions, PlanContext, Planned
from shelfhook.runner.proposals import list_change
from shelfhook.sandbox.options import Options
from shelfhook.sandbox.server import SandboxServer
from tests.actions.test_cover import BLANK, GOOD, WIDE
from tests.support.contexts import FolderFiles, context

INFO = """<ComicInfo><Title>T</Title><Publisher>Image</Publisher><Genre>Drama</Genre>
<StoryArc>Siege</StoryArc><StoryArcNumber>{place}</StoryArcNumber></ComicInfo>"""


def comic(path: Path, *pages: bytes, place: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w") as archive:
        for number, page in enumerate(pages):
            archive.writestr(f"{number}.png", page)
        archive.writestr("ComicInfo.xml", INFO.format(place=place))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxServer]:
    folder = tmp_path_factory.mktemp("shelf") / "Comics"
    for series in ("Alpha", "Beta"):
        for number in (1, 2, 10):
            first = {1: GOOD, 2: BLANK, 10: WIDE}[number]
            path = folder / series / f"{series} {number}.cbz"
            comic(path, first, GOOD, place=20 - number)
    with SandboxServer(Options(folders=(folder,))) as running:
        yield running


@pytest.fixture
def komga(server: SandboxServer) -> Iterator[KomgaHost]:
    options = HostOptions("mine", "komga", server.url, api_key=server.admin_key)
    host = connect(options, SystemClock())
    yield host
    host.close()


def books(host: KomgaHost) -> list[Item]:
    (library,) = host.libraries()
    refs = [ref for page in host.pages(library.id, size=50) for ref in page.refs]
    return [host.item(ref.id) for ref in refs]


def gathered(action: Collect, host: KomgaHost, asked: PlanContext) -> list[Change]:
    """What the engine makes of all wishes: one change for each list."""
    items = books(host)
    series = [host.series(one) for one in dict.fromkeys(item.series for item in items)]
    planned: list[Planned] = [one for item in items for one in action.plan(item, asked)]
    planned += [one for item in series for one in action.plan_series(item, asked)]
    wanted: dict[tuple[str, str], dict[str, str]] = {}
    ordered = False
    for one in planned:
        assert isinstance(one, Change)
        wishes = wanted.setdefault((one.entity, one.entity_id), {})
        wishes[str(one.after["member"])] = str(one.after["sort"])
        ordered = ordered or bool(one.after["ordered"])
    found = [list_change(host, *key, wishes, ordered=ordered) for key, wishes in wanted.items()]
    return [change for change in found if change is not None]


def write(host: KomgaHost, changes: Sequence[Change]) -> None:
    for change in changes:
        members = change.after["members"]
        assert isinstance(members, list)
        there = host.find_list(change.entity, change.entity_id)
        host.write_list(
            change.entity,
            change.entity_id,
            members,
            ordered=bool(change.after["ordered"]),
            list_id=there.id if there else "",
        )


def names(host: KomgaHost, kind: str, name: str) -> list[str]:
    found = host.find_list(kind, name)
    assert found is not None
    read = host.series if kind == "collection" else host.item
    return [read(member).name for member in found.members]


def test_lists_are_made_in_order_and_a_second_run_finds_nothing_to_do(
    server: SandboxServer, komga: KomgaHost
) -> None:
    rules = [
        {"name": "All of {publisher}"},
        {"kind": "read-list", "name": "Arc: {story_arc}"},
        {"kind": "read-list", "name": "{series}", "sort": "series-number"},
    ]
    action = Collect(CollectParameters.model_validate({"lists": rules}))
    asked = context(komga, files=FolderFiles())
    write(komga, gathered(action, komga, asked))
    assert sorted(names(komga, "collection", "All of Image")) == ["Alpha", "Beta"]
    assert names(komga, "read-list", "Arc: Siege") == [
        f"{series} {number}.cbz" for number in (10, 2, 1) for series in ("Alpha", "Beta")
    ]
    assert names(komga, "read-list", "Beta") == ["Beta 1.cbz", "Beta 2.cbz", "Beta 10.cbz"]
    assert gathered(action, komga, asked) == []


def test_a_book_that_a_person_put_on_a_list_stays_there(
    server: SandboxServer, komga: KomgaHost
) -> None:
    by_name = {item.name: item.id for item in books(komga)}
    mine = by_name["Beta 10.cbz"]
    made = komga.write_list("read-list", "Mine", [mine], ordered=True)
    rule = {"kind": "read-list", "name": "Mine", "where": {"series": "Alpha"}, "sort": "name"}
    action = Collect(CollectParameters.model_validate({"lists": [rule]}))
    write(komga, gathered(action, komga, context(komga)))
    assert names(komga, "read-list", "mine")[0] == "Beta 10.cbz"
    assert len(names(komga, "read-list", "mine")) == 4
    komga.remove_list("read-list", made)


def test_poor_first_pages_get_a_cover_and_a_second_run_finds_nothing_to_do(
    server: SandboxServer, komga: KomgaHost
) -> None:
    action = Cover(CoverParameters())
    asked = context(komga)
    covered = {}
    for item in books(komga):
        for change in action.plan(item, asked):
            assert isinstance(change, Change)
            covered[item.name] = change.after["page"]
            komga.add_cover("book", item.id, komga.page(item.id, 2))
    assert covered == {
        f"{series} {number}.cbz": 2 for series in ("Alpha", "Beta") for number in (2, 10)
    }
    assert [change for item in books(komga) for change in action.plan(item, asked)] == []
