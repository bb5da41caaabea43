"""The settings: one TOML file and the environment, read once, checked whole, then frozen."""

from shelfhook.settings.callbacks import CallbackSettings
from shelfhook.settings.display import masked, schema
from shelfhook.settings.engine import EngineSettings
from shelfhook.settings.hosts import HostSettings
from shelfhook.settings.listing import Entry, listed
from shelfhook.settings.loading import CONFIG_VARIABLE, DEFAULT_FILE, load
from shelfhook.settings.notifications import NotificationSettings
from shelfhook.settings.routines import (
    ActionSettings,
    FilterSettings,
    RoutineSettings,
    TriggerSettings,
    bare_routine,
)
from shelfhook.settings.sign_in import SignInSettings
from shelfhook.settings.sources import Origin, Source
from shelfhook.settings.web import WebSettings
from shelfhook.settings.whole import PathSettings, Settings

__all__ = [
    "CONFIG_VARIABLE",
    "DEFAULT_FILE",
    "ActionSettings",
    "CallbackSettings",
    "EngineSettings",
    "Entry",
    "FilterSettings",
    "HostSettings",
    "NotificationSettings",
    "Origin",
    "PathSettings",
    "RoutineSettings",
    "Settings",
    "SignInSettings",
    "Source",
    "TriggerSettings",
    "WebSettings",
    "bare_routine",
    "listed",
    "load",
    "masked",
    "schema",
]
