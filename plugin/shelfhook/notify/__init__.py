"""How others are told: signed callbacks by HTTP, and notifications by way of Apprise."""

from shelfhook.notify.apprising import MISSING, address_faults, apprise, installed
from shelfhook.notify.posting import Answer, Poster
from shelfhook.notify.verdict import Verdict, verdict

__all__ = [
    "MISSING",
    "Answer",
    "Poster",
    "Verdict",
    "address_faults",
    "apprise",
    "installed",
    "verdict",
]
