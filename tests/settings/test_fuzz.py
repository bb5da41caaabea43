"""Whatever the tables hold, loading ends in settings or in named faults."""

from __future__ import annotations

import datetime
import tomllib
from copy import deepcopy
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from shelfhook.errors import ConfigurationError
from shelfhook.settings.base import Surroundings
from shelfhook.settings.loading import settled
from tests.settings.support import DEFAULTS, KOMGA, check_action, check_cron

KEYS = st.one_of(
    st.sampled_from(
        [
            "web",
            "engine",
            "paths",
            "hosts",
            "routines",
            "komga",
            "nightly",
            "process-all",
            "host",
            "kind",
            "url",
            "verify",
            "actions",
            "name",
            "filter",
            "triggers",
            "events",
            "cron",
            "timezone",
            "workers",
            "libraries",
            "token",
            "api_key",
            "data",
        ]
    ),
    st.text(max_size=5),
)
VALUES = st.one_of(
    st.booleans(),
    st.integers(-2, 100),
    st.floats(),
    st.just(datetime.date(2024, 2, 29)),
    st.sampled_from(["komga", "http://komga.local", "normalize", "0 3 * * *", "Europe/Berlin"]),
    st.text(max_size=5),
)
TABLES: st.SearchStrategy[dict[str, Any]] = st.dictionaries(
    KEYS,
    st.recursive(
        VALUES,
        lambda inner: st.one_of(
            st.lists(inner, max_size=3), st.dictionaries(KEYS, inner, max_size=4)
        ),
        max_leaves=12,
    ),
    max_size=5,
)
VARIABLES = st.dictionaries(
    st.lists(KEYS, min_size=1, max_size=4).map(lambda keys: "SHELFHOOK_" + "__".join(keys).upper()),
    st.text(max_size=5),
    max_size=3,
)


@given(TABLES, VARIABLES)
def test_loading_ends_in_settings_or_in_faults(tables: dict[str, Any], env: dict[str, str]) -> None:
    around = Surroundings(kinds=["komga"], check_action=check_action, check_cron=check_cron)
    try:
        settled({**tomllib.loads(KOMGA), **deepcopy(tables)}, env, DEFAULTS, around)
    except ConfigurationError as error:
        assert error.faults
        assert all(": " in fault for fault in error.faults)
