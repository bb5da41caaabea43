from __future__ import annotations

import pytest

from shelfhook.rules import wording

SAMPLES = {"job": wording.SAMPLE_JOB, "digest": wording.SAMPLE_DIGEST}
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
    ],
)
def test_a_wrong_template_is_told_with_the_remedy(template: str, told: str) -> None:
    import re

    assert re.search(told, wording.fault(template, wording.SAMPLE_JOB))


def test_what_is_too_long_is_cut() -> None:
    assert len(wording.rendered("{{ 'x' * 99999 }}", {})) == wording.LONGEST


def test_text_is_left_as_it_is() -> None:
    assert wording.rendered("{{ a }}", {"a": "<b> & 'c'"}) == "<b> & 'c'"


def test_our_names_go_before_those_of_python() -> None:
    assert wording.rendered("{{ a.items }}", {"a": {"items": 7}}) == "7"
