"""Languages become BCP 47 tags where their notation is known for certain."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shelfhook.actions.languages import tag


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("english", "en"),
        (" German ", "de"),
        ("español", "es"),
        ("Espanol", "es"),
        ("日本語", "ja"),
        ("русский", "ru"),
        ("eng", "en"),
        ("ger", "de"),
        ("deu", "de"),
        ("EN", "en"),
        ("fil", "fil"),
        ("jp", "ja"),
        ("pt_br", "pt-BR"),
        ("por-BR", "pt-BR"),
        ("PT-br", "pt-BR"),
        ("es_419", "es-419"),
        ("zh-hans-cn", "zh-Hans-CN"),
        ("Portuguese (Brazil)", "pt-BR"),
        ("Chinese (Simplified)", "zh-Hans"),
        ("Brazilian Portuguese", "pt-BR"),
    ],
)
def test_a_known_notation_becomes_a_tag(text: str, expected: str) -> None:
    assert tag(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "klingon",
        "en-US-x-mine",
        "de-1996",
        "x-mine",
        "und",
        "english, german",
        "english-us",
        "English (Director's Cut)",
        "German (Mars)",
        "|",
    ],
)
def test_what_is_not_known_for_certain_has_no_tag(text: str) -> None:
    assert tag(text) is None


@given(
    st.one_of(st.text(), st.from_regex(r"[A-Za-z]{2,3}([_-][A-Za-z]{2,4}){0,2}", fullmatch=True))
)
def test_the_tag_of_a_tag_is_itself(text: str) -> None:
    found = tag(text)

    assert found is None or tag(found) == found


def test_every_language_of_the_table_has_one_tag_for_all_its_notations() -> None:
    for notations in (("cs", "cze", "ces", "Czech", "čeština"), ("nl", "dut", "nld", "Flemish")):
        assert {tag(one) for one in notations} == {notations[0]}
