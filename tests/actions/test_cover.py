"""`cover`: when which page becomes the cover."""

from __future__ import annotations

import io
import tomllib
from collections.abc import Callable, Sequence
from random import Random
from typing import cast

import pytest
from PIL import Image, ImageDraw
from pydantic import ValidationError

from shelfhook.actions import cover_pages, registry
from shelfhook.actions.cover import Cover, CoverParameters
from shelfhook.actions.cover_pages import look
from shelfhook.errors import Gone, Permanent, Refused
from shelfhook.model import Change, ChangeKind, Finding, Item
from shelfhook.ports import ActionType, Covers, Planned
from tests.actions.hosts import ShelfHost
from tests.support.contexts import context

Picture = Callable[[], Image.Image]


def drawn(width: int = 400, height: int = 600) -> Image.Image:
    page = Image.new("RGB", (width, height), "white")
    draw = ImageDraw.Draw(page)
    for place in range(8):
        draw.rectangle((place * 20, place * 40, place * 20 + 120, place * 40 + 90), outline="black")
        draw.ellipse((90, place * 30, 200, place * 30 + 60), fill=(200, place * 20, 30))
    return page


def plain(colour: str = "white") -> Image.Image:
    return Image.new("RGB", (400, 600), colour)


def noisy_scan() -> Image.Image:
    """A blank sheet as a scanner sees it."""
    random = Random(2)
    levels = bytes(min(255, max(0, round(random.gauss(236, 5)))) for _ in range(400 * 600))
    return Image.frombytes("L", (400, 600), levels)


def small_print() -> Image.Image:
    page = plain()
    draw = ImageDraw.Draw(page)
    for line in range(25):
        draw.text(
            (40, 40 + line * 20), "Story: A. Writer    Art: B. Penciller    " * 2, fill="black"
        )
    return page


def encoded(page: Image.Image, kind: str = "PNG") -> bytes:
    out = io.BytesIO()
    page.save(out, kind)
    return out.getvalue()


GOOD, BLANK, WIDE = encoded(drawn()), encoded(plain()), encoded(drawn(900, 600))
STRIP = encoded(drawn(300, 2400))


class Gallery(ShelfHost):
    """A host with covers. Keeps what was asked of it."""

    capabilities = frozenset({"covers", "analyze"})

    def __init__(self, *pages: bytes, cover: str = "", error: Exception | None = None) -> None:
        super().__init__()
        self._pages = pages
        self._cover = cover
        self._error = error
        self.asked: list[int] = []

    def cover(self, entity: str, entity_id: str) -> str:
        return self._cover

    def page(self, book_id: str, number: int) -> bytes:
        self.asked.append(number)
        if self._error is not None:
            raise self._error
        return self._pages[number - 1]

    def add_cover(self, entity: str, entity_id: str, image: bytes) -> str:
        self._cover = f"uploaded {len(image)}"
        return self._cover

    def choose_cover(self, entity: str, entity_id: str, cover: str) -> None:
        self._cover = cover

    def remove_cover(self, entity: str, entity_id: str, cover: str) -> None:
        self._cover = ""

    def book(self) -> Item:
        return Item("B1", "B1.cbz", pages=len(self._pages), status="READY")


def plan(host: Gallery, item: Item | None = None, **chosen: object) -> Sequence[Planned]:
    action = Cover(CoverParameters.model_validate(chosen))
    return action.plan(item or host.book(), context(host))


def page_of(planned: Sequence[Planned]) -> object:
    """The page that becomes the cover; None where nothing is planned."""
    if not planned:
        return None
    (change,) = planned
    assert isinstance(change, Change)
    assert (change.kind, change.entity, change.entity_id) == (ChangeKind.COVER, "book", "B1")
    assert change.before == {"cover": ""}
    return change.after["page"]


def test_the_fake_host_has_covers() -> None:
    covers: Covers = Gallery()
    assert covers.cover("book", "B1") == ""


@pytest.mark.parametrize(
    ("pages", "page"),
    [
        ([GOOD], None),
        ([GOOD, BLANK], None),
        ([BLANK, GOOD], 2),
        ([WIDE, GOOD, GOOD], 2),
        ([WIDE, BLANK, b"no image", GOOD], 4),
        ([STRIP, GOOD], None),
    ],
)
def test_the_first_page_that_makes_a_good_cover_is_taken_where_the_first_of_all_does_not(
    pages: list[bytes], page: int | None
) -> None:
    assert page_of(plan(Gallery(*pages))) == page


@pytest.mark.parametrize(
    ("avoid", "page"),
    [([], None), (["strip"], None), (["landscape"], 2), (["landscape", "blank"], 3)],
)
def test_what_is_avoided_is_chosen(avoid: list[str], page: int | None) -> None:
    assert page_of(plan(Gallery(WIDE, BLANK, STRIP, GOOD), avoid=avoid)) == page


def test_the_strips_of_a_webtoon_are_avoided_on_wish() -> None:
    assert page_of(plan(Gallery(STRIP, GOOD), avoid=["strip"])) == 2


def test_no_more_pages_are_looked_at_than_needed() -> None:
    host = Gallery(BLANK, GOOD, GOOD)
    plan(host)
    assert host.asked == [1, 2]


def test_no_more_pages_are_looked_at_than_allowed() -> None:
    host = Gallery(BLANK, BLANK, BLANK, GOOD)
    (finding,) = plan(host, look_at=3)
    assert isinstance(finding, Finding)
    assert finding.code == "cover.none-fits"
    assert "first 3 pages" in finding.message
    assert host.asked == [1, 2, 3]


@pytest.mark.parametrize("chosen", [{}, {"page": 2}])
def test_a_cover_that_was_uploaded_is_never_replaced(chosen: dict[str, int]) -> None:
    host = Gallery(BLANK, GOOD, cover="0UP")
    assert list(plan(host, **chosen)) == []
    assert host.asked == []


ANALYZE = Change(ChangeKind.COMMAND, "book", "B1", command="analyze")


@pytest.mark.parametrize(
    ("pages", "chosen"),
    [([GOOD, GOOD], {}), ([BLANK, GOOD], {"page": 1}), ([GOOD], {"page": 2})],
)
def test_the_hosts_own_cover_is_made_anew_where_it_is_the_one_to_be_shown(
    pages: list[bytes], chosen: dict[str, int]
) -> None:
    assert plan(Gallery(*pages), regenerate=True, **chosen) == [ANALYZE]


def test_where_no_page_is_good_the_hosts_own_cover_is_made_anew() -> None:
    finding, command = plan(Gallery(BLANK, WIDE), regenerate=True)
    assert isinstance(finding, Finding)
    assert command == ANALYZE


@pytest.mark.parametrize("chosen", [{}, {"page": 2}])
def test_where_a_page_becomes_the_cover_nothing_is_made_anew(chosen: dict[str, int]) -> None:
    assert page_of(plan(Gallery(BLANK, GOOD), regenerate=True, **chosen)) == 2


@pytest.mark.parametrize("pages", [[GOOD], [BLANK, GOOD]])
def test_a_book_with_a_cover_that_somebody_chose_is_not_analyzed(pages: list[bytes]) -> None:
    assert list(plan(Gallery(*pages, cover="0UP"), regenerate=True)) == []


def test_only_who_wants_covers_made_anew_needs_a_host_that_can() -> None:
    assert Cover(CoverParameters()).needs == {"covers"}
    assert Cover(CoverParameters(regenerate=True)).needs == {"covers", "analyze"}


@pytest.mark.parametrize(("page", "chosen"), [(1, None), (2, 2), (3, 3), (4, None)])
def test_a_fixed_page_is_taken_without_a_look_if_the_book_has_it(
    page: int, chosen: int | None
) -> None:
    host = Gallery(GOOD, GOOD, BLANK)
    assert page_of(plan(host, page=page)) == chosen
    assert host.asked == []


@pytest.mark.parametrize("pages", [None, 0])
def test_a_book_without_pages_is_left_alone(pages: int | None) -> None:
    host = Gallery(BLANK, GOOD)
    assert list(plan(host, Item("B1", "B1.cbz", pages=pages))) == []


@pytest.mark.parametrize("error", [Gone("no page"), Permanent("answered 400")])
def test_pages_that_cannot_be_asked_for_are_a_finding(error: Exception) -> None:
    (finding,) = plan(Gallery(GOOD, error=error))
    assert isinstance(finding, Finding)
    assert finding.code == "cover.no-page"
    assert str(error) in finding.message


def test_a_right_that_is_missing_is_no_mere_finding() -> None:
    with pytest.raises(Refused):
        plan(Gallery(GOOD, error=Refused("needs the right PAGE_STREAMING")))


def test_a_plan_that_was_carried_out_is_the_last() -> None:
    host = Gallery(BLANK, GOOD)
    page = page_of(plan(host))
    assert isinstance(page, int)
    host.add_cover("book", "B1", host.page("B1", page))
    assert list(plan(host)) == []


@pytest.mark.parametrize(
    ("make", "fault"),
    [
        (drawn, ""),
        (small_print, ""),
        (lambda: drawn(600, 600), ""),
        (lambda: drawn(601, 600), "landscape"),
        (lambda: drawn(300, 750), ""),
        (lambda: drawn(300, 760), "strip"),
        (plain, "blank"),
        (lambda: plain("black"), "blank"),
        (noisy_scan, "blank"),
        (lambda: drawn().convert("L"), ""),
        (lambda: drawn().convert("P"), ""),
        (lambda: drawn().convert("1"), ""),
        (lambda: plain().convert("LA"), "blank"),
        (lambda: Image.new("I;16", (40, 60), 0), "blank"),
    ],
)
def test_a_page_is_judged_by_what_is_on_it(make: Picture, fault: str) -> None:
    assert look(encoded(make())) == fault


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF"])
def test_pages_of_all_usual_formats_are_judged(kind: str) -> None:
    assert look(encoded(drawn(), kind)) == ""
    assert look(encoded(plain(), kind)) == "blank"


@pytest.mark.parametrize(
    "image", [b"", b"no image", GOOD[: len(GOOD) // 2], b"%!PS-Adobe-3.0 EPSF-3.0\n"]
)
def test_what_cannot_be_decoded_is_no_cover(image: bytes) -> None:
    assert look(image) == "undecodable"


def test_a_page_of_absurdly_many_pixels_is_not_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cover_pages, "MOST_PIXELS", 400 * 600 - 1)
    assert look(GOOD) == "undecodable"


@pytest.mark.parametrize(
    "chosen", [{"page": -1}, {"avoid": ["ugly"]}, {"look_at": 1}, {"pages": 2}]
)
def test_parameters_that_make_no_sense_are_refused(chosen: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        CoverParameters.model_validate(chosen)


def test_all_parameters_work_from_toml() -> None:
    given = tomllib.loads('page = 2\navoid = ["blank", "strip"]\nlook_at = 9\nregenerate = true')
    made = registry.make({"cover": cast("ActionType", Cover)}, "cover", given)
    assert made.needs == {"covers", "analyze"}
