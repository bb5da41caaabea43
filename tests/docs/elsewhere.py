"""Commands that the tests of the pages do not run, each with the reason. Keep it short."""

from __future__ import annotations

import re

COVERED_PAGES = {
    "docs/senders.md": "tests/web/dialects/test_page.py sends every command as it stands there",
    "docs/write-a-host.md": "tests/hosts/test_write_a_host_page.py installs and runs the package",
    "docs/write-an-action.md": "tests/journeys/test_extensions.py installs and runs the package",
}
"""Pages whose commands a test elsewhere runs."""

COVERED = {
    r"make (demo|test|lint|bench|docs)\b|shelfhook demo\b|\.ci/run\b": (
        "tests/cli/test_demo.py plays the demo; the others are what runs this test, or take minutes"
    ),
    r"python3 -m venv |(\.venv|/opt/shelfhook)/bin/pip install ": (
        "it would ask a package index; tests/deploy/test_wheel.py installs without one"
    ),
    r"/opt/shelfhook/bin/shelfhook (init|check|serve)\b": (
        "docs/start/first-routine.md runs the same three"
    ),
    r"docker |kubectl |cp |mkdir |openssl rand |printf %s 'the key'|cd deploy": (
        "no Docker engine and no cluster here; tests/deploy holds files, names and commands"
    ),
    r"systemctl |journalctl |useradd |runuser |install -": (
        "it would change this machine; tests/deploy/test_systemd.py verifies the unit"
    ),
    r"tar -C /var/lib": "only an installed service has that folder; docs/operations.md backs up",
    r"apt-get install ": "it would install on this machine; .ci/run does it",
    r"shelfhook users (add|set-password|set-role|remove)\b": (
        "they ask for a password, or for somebody who is there; tests/cli/test_people.py types it"
    ),
    r"shelfhook tokens revoke |shelfhook sign-in-link ": (
        "for one that exists only where it was made; tests/cli/test_people.py has them"
    ),
    r"calibre-(server|customize|debug) ": "tests/calibre_hook/test_real_calibre.py runs real ones",
}
"""Patterns of single commands."""

SETTINGS = {
    "docs/actions.md": "tests/cli/test_actions_page.py loads and runs the examples",
    "docs/configuration.md": "tests/settings/test_documents.py loads both",
    "docs/start/first-routine.md": "tests/docs/test_commands.py pastes one after the other",
    "docs/write-a-host.md": "tests/hosts/test_write_a_host_page.py reads both",
    "docs/write-an-action.md": "tests/journeys/test_extensions.py reads both",
}
"""Pages whose TOML a test elsewhere reads."""


def reason(page: str, text: str) -> str:
    """Why a command is not run here; empty if it is."""
    if page in COVERED_PAGES:
        return COVERED_PAGES[page]
    return next((why for how, why in COVERED.items() if re.match(how, text)), "")
