from __future__ import annotations

import pytest

from shelfhook.rules import wording

SAMPLES = {"job": wording.SAMPLE_JOB, "digest": wording.SAMPLE_DIGEST}
DEEP = "{% for a in range(9999) %}{% for b in range(9999) %}{% endfor %}{% endfor %}"
GROW = "{% set n = namespace(s='x', i=9) %}{% for a in range(99) %}"
OURS = [
    (wording.JOB_TITLE, "job"),
    (wording.JOB_BODY, "job"),
    (wording.DIGEST_TITLE, "digest"),
    (wording.DIGEST_BODY, "digest"),
]


@pytest.mark.parametrize(("template", "sample"), OURS)
def test_our_own_templates_have_no_fault(template: str, sample: str) -> None:
    assert wording.fault(template, SAMPLES[sample]) == ""
    assert "{" not in wording.rendered(template, SAMPLES[sample])


@pytest.mark.parametrize(
    ("template", "told"),
    [
        ("{{ jobb.state }}", "'jobb' is undefined; there are event, job.id"),
        ("{{ job.stat }}", "has no attribute 'stat'; there are"),
        ("{% if job %}", "in line 1"),
        ("fine\n{{ job.", "in line 2"),
        ("{{ ''.__class__.__mro__ }}", "unsafe"),
        ("{{ job.counts.update({}) }}", "unsafe|not safely callable"),
        ("{{ job.state + 1 }}", "cannot be filled in"),
        ("{{ 1 / 0 }}", "cannot be filled in"),
        ("{{ job.state|nosuchfilter }}", "No filter named"),
        ("{% for i in range(10**9) %}x{% endfor %}", "cannot be filled in"),
        ("{% include 'x' %}", "see docs|cannot be"),
        ("{{ 'x' * 10**9 }}", "more than 20,000 parts"),
        ("{{ 10**9 * ['x'] }}", "more than 20,000 parts"),
        ("{{ 9**(9**9) }}", "too long a number"),
        ("{{ '%999999999d' % 1 }}", "write a text with ~"),
        ("{{ '{:>999999999}'.format(1) }}", "not safely callable"),
        ("{{ job.state.ljust(10**9) }}", "not safely callable"),
        ("{{ job.state|center(10**9) }}", "No filter named 'center'"),
        ("{{ ('x' * 9999)|replace('x', 'x' * 9999) }}", "more than 20,000 parts"),
        (DEEP, "more than 10,000 steps"),
        (f"{GROW}{{% set n.s = n.s ~ n.s %}}{{% endfor %}}", "more than 20,000 parts"),
        (f"{GROW}{{% set n.s = n.s + n.s %}}{{% endfor %}}", "more than 20,000 parts"),
        (f"{GROW}{{% set n.i = n.i * n.i %}}{{% endfor %}}", "too long a number"),
        ("{% macro f() %}{{ f() }}{{ f() }}{% endmacro %}{{ f() }}", "no macros"),
        ("{% for i in [1] recursive %}{{ loop([1]) }}{% endfor %}", "cannot be recursive"),
        ("{{ " + "(" * 5_000 + "1" + ")" * 5_000 + " }}", "cannot be filled in|not a template"),
    ],
)
def test_a_wrong_template_is_told_with_the_remedy(template: str, told: str) -> None:
    import re

    assert re.search(told, wording.fault(template, wording.SAMPLE_JOB))


def test_what_is_too_long_is_cut() -> None:
    assert len(wording.rendered("{{ 'x' * 19999 }}", {})) == wording.LONGEST
    many = "{% for a in range(9999) %}{{ 'x' * 9999 }}{% endfor %}"
    assert len(wording.rendered(many, {})) == wording.LONGEST


def test_what_is_usual_works_as_ever() -> None:
    template = (
        "{% for one in all if one %}{{ loop.index }}/{{ loop.length }} {{ one|upper }}"
        "{% if not loop.last %}, {% endif %}{% else %}none{% endfor %}"
        " {{ all|join('+') }} {{ 7 % 4 }} {{ 'a' ~ 2 * 3 }} {{ 'a_b'|replace('_', ' ') }}"
    )
    assert wording.rendered(template, {"all": ["a", "", "b"]}) == "1/2 A, 2/2 B a++b 3 a6 a b"


def test_text_is_left_as_it_is() -> None:
    assert wording.rendered("{{ a }}", {"a": "<b> & 'c'"}) == "<b> & 'c'"


def test_our_names_go_before_those_of_python() -> None:
    assert wording.rendered("{{ a.items }}", {"a": {"items": 7}}) == "7"
