"""What `shelfhook init` must know of a media server: found out, asked for, and tried."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from shelfhook.cli import asking, terminal
from shelfhook.cli.check_host import Seen, see
from shelfhook.clock import SystemClock
from shelfhook.errors import ConfigurationError, HostDown, Refused, ShelfhookError
from shelfhook.hosts import registry
from shelfhook.hosts.kinds import Kind, Login, kind_of
from shelfhook.hosts.recognise import recognise
from shelfhook.model import HostCheck
from shelfhook.ports import HostOptions

EXAMPLE_URL: Final = "http://komga.local:25600"
TRIES: Final = 3
"""So often a key may be typed wrongly."""


@dataclass(frozen=True, slots=True)
class Answers:
    """What the options say; what they leave out is asked for, if there is somebody to ask."""

    kind: str | None = None
    url: str | None = None
    api_key: str | None = field(default=None, repr=False)
    api_key_file: Path | None = None
    username: str = ""
    password_file: Path | None = None
    verify: str = "true"
    name: str = ""
    paths: Sequence[str] = ()
    listen: str = "127.0.0.1:8790"
    force: bool = False
    test: bool = True


@dataclass(frozen=True, slots=True)
class Server:
    """What was found out about a media server."""

    kind: str
    name: str
    url: str
    api_key: str = field(default="", repr=False)
    username: str = ""
    password: str = field(default="", repr=False)
    verify: bool | str = True


def find(answers: Answers) -> Server:
    """Where the server is and what it is; from the URL alone if need be.

    Raises:
        ConfigurationError: an answer is wrong, or missing with nobody there to ask.
        ShelfhookError: the server cannot be reached.
    """
    url = _checked(answers.url or asking.asked("Its URL", "--url", default=EXAMPLE_URL))
    verify = _verify(answers.verify)
    kinds = list(registry.discover()[0])
    if answers.kind:
        kind = answers.kind
    elif answers.test:
        kind, url = _recognised(url, verify, kinds)
    else:
        kind = kinds[0] if len(kinds) == 1 else _which(kinds)
    return Server(kind, answers.name or kind, url, verify=verify)


def _recognised(url: str, verify: bool | str, kinds: list[str]) -> tuple[str, str]:
    found = recognise(url, SystemClock(), verify=verify)
    if found is None:
        terminal.complain(f"{url} answers, but like no media server that Shelfhook knows")
        return _which(kinds), url
    kind = next((name for name in found.kind.names if name in kinds), None)
    if kind is None:
        raise ConfigurationError(
            [
                f"{url} is {found.kind.title}, for which no adapter is installed here;"
                f" installed: {', '.join(kinds)}"
            ]
        )
    version = f" {found.version}" if found.version else ""
    say(f"Found: {found.kind.title}{version} at {found.url}")
    return kind, found.url


def _which(kinds: list[str]) -> str:
    return asking.asked(f"Kind of server ({', '.join(kinds)})", "--kind", default=kinds[0])


def sign_in(server: Server, answers: Answers) -> Server:
    """The same server with what it knows us by.

    Raises:
        ConfigurationError: it is missing, with nobody there to ask.
    """
    kind = kind_of(server.kind)
    by_password = answers.username or (kind is not None and kind.login is Login.PASSWORD)
    if by_password and not (answers.api_key or answers.api_key_file):
        return _with_password(server, answers, kind)
    key = answers.api_key or asking.secret_from(answers.api_key_file, "--api-key-file")
    if not key:
        _explain(kind)
        key = asking.asked(
            "Its API key", "--api-key or --api-key-file", hidden=True, hint=kind.how if kind else ""
        )
    return replace(server, api_key=key)


def _with_password(server: Server, answers: Answers, kind: Kind | None) -> Server:
    hint = kind.how if kind else ""
    password = asking.secret_from(answers.password_file, "--password-file")
    if not (answers.username and password):
        _explain(kind)
    name = answers.username or asking.asked("User name there", "--username", hint=hint)
    password = password or asking.asked(
        f"Password of {name}", "--password-file", hidden=True, hint=hint
    )
    return replace(server, username=name, password=password)


def _explain(kind: Kind | None) -> None:
    if kind is not None and asking.interactive():
        say(f"{kind.title} knows Shelfhook by {kind.login}. {kind.how}")


def try_out(server: Server, answers: Answers) -> tuple[Server, Seen | None]:
    """The server with a login that works, and what it shows us; None if it cannot be tried.

    Who has typed a wrong key is asked again.
    """
    for left in range(TRIES - 1, -1, -1):
        try:
            seen = look(server)
        except Refused as error:
            terminal.complain(str(error))
            if not (left and asking.interactive()) or _given(answers):
                return server, None
            server = sign_in(server, answers)
        except ConfigurationError:
            raise
        except ShelfhookError as error:
            terminal.complain(str(error))
            return server, None
        else:
            _tell(server, seen)
            return server, seen
    raise AssertionError  # the last turn returns


def look(server: Server) -> Seen:
    """Ask the server about itself.

    Raises:
        ShelfhookError: it does not answer, or not to us.
    """
    kinds = registry.discover()[0]
    if server.kind not in kinds:
        raise ConfigurationError(
            [f"--kind: unknown kind '{server.kind}'; installed: {', '.join(kinds)}"]
        )
    options = HostOptions(
        name=server.name,
        kind=server.kind,
        url=server.url,
        api_key=server.api_key,
        username=server.username,
        password=server.password,
        verify=server.verify,
        retries=0,
    )
    host = kinds[server.kind](options, SystemClock())
    try:
        seen = see(host)
    finally:
        host.close()
    if isinstance(seen, HostCheck):
        raise HostDown(seen.message)
    return seen


def _tell(server: Server, seen: Seen) -> None:
    say(f"Connected: {seen.told()}")
    if not seen.account.admin:
        kind = kind_of(server.kind)
        rights = kind.rights if kind else "the role administrator"
        terminal.complain(
            f"{seen.account.name} may only look: to change anything it needs {rights}"
        )


def say(text: str) -> None:
    """Print a sentence that is no result."""
    terminal.results().print(text, markup=False, soft_wrap=True)


def _given(answers: Answers) -> bool:
    """Whether the options gave the login, so that asking again would give the same."""
    return bool(answers.api_key or answers.api_key_file or answers.password_file)


def _checked(url: str) -> str:
    # No message repeats the URL: somebody may have put a password into it.
    try:
        parts = urlsplit(url.strip())
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # a port or an IPv6 address that is none
        usable = False
    if not usable:
        raise ConfigurationError([f"--url: not an http or https URL; write it like {EXAMPLE_URL}"])
    if "@" in parts.netloc:
        raise ConfigurationError(["--url: holds a user name; leave it out, it is asked for"])
    return f"{parts.scheme}://{parts.netloc}{parts.path}".rstrip("/")


def _verify(text: str) -> bool | str:
    if text.lower() in ("true", "false"):
        return text.lower() == "true"
    if not Path(text).is_file():
        raise ConfigurationError([f"--verify: there is no file {text}; give a CA file, or false"])
    return str(Path(text).absolute())
