from __future__ import annotations

import pytest

from shelfhook.model import EventKind, JobState, NewEvent
from shelfhook.store import Store
from shelfhook.store.news import AT_ONCE
from shelfhook.store.status import Beat
from tests.support.stores import NOW, job_in, queue


def test_an_empty_store_has_no_news(store: Store) -> None:
    news = store.news
    assert (news.last_job(), news.versions(0), news.jobs([1])) == (0, {}, [])
    assert (news.inbox(), news.signs()) == ((0, 0), [])
    assert news.counters() == {"findings": 0, "schedules": 0}


@pytest.mark.parametrize("state", list(JobState))
def test_open_jobs_are_told_always_and_ended_ones_only_while_they_are_new(
    store: Store, state: JobState
) -> None:
    job = job_in(store, state)
    assert store.news.versions(0) == {job.num: job.version}
    later = {} if state.final else {job.num: job.version}
    assert store.news.versions(store.news.last_job()) == later


def test_a_version_grows_with_each_change(store: Store) -> None:
    job = job_in(store, JobState.RUNNING)
    store.jobs.mark(job.num, limit=3)
    assert store.news.versions(job.num)[job.num] > job.version


def test_jobs_are_read_in_portions(store: Store) -> None:
    first, second = queue(store, library="A"), queue(store, library="B")
    nums = [first.num, *range(10**6, 10**6 + AT_ONCE), second.num]
    assert store.news.jobs(nums) == [first, second]


def test_the_inbox_counts_what_waits_and_knows_the_newest(store: Store) -> None:
    scans = [NewEvent("komga", EventKind.LIBRARY_SCANNED, f"d{n}", library="L") for n in range(3)]
    store.inbox.accept(scans, NOW)
    waiting, last = store.news.inbox()
    assert (waiting, last) == (3, store.inbox.page()[0].seq)
    store.inbox.drop([last], "an echo")
    assert store.news.inbox() == (2, last)


def test_signs_are_those_about_hosts(store: Store) -> None:
    names = ("host:komga", "bridge:komga", "breaker:a:b", "loop:tick", "metrics:engine", "hosts")
    store.status.beat([Beat(name, NOW, 5.0, True, {"n": 1}) for name in names])
    found = [(one.host, one.name) for one in store.news.signs()]
    assert found == [("a:b", "breaker:a:b"), ("komga", "bridge:komga"), ("komga", "host:komga")]
    assert store.news.signs()[0].detail == '{"n": 1}'
