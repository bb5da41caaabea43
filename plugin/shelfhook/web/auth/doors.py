"""The ways in: by token, by session, by a proxy's word. One of these belongs to an application."""

from __future__ import annotations

import hashlib
import hmac
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Any, Final

from shelfhook.errors import Conflict, StoreUnavailable, Unknown
from shelfhook.model import Person, Role, Session, Token, person_name
from shelfhook.ports import Clock
from shelfhook.settings import WebSettings
from shelfhook.store import Store
from shelfhook.store.sessions import CONFIGURED
from shelfhook.web.auth import csrf
from shelfhook.web.auth.attempts import Attempts
from shelfhook.web.auth.identity import Identity
from shelfhook.web.auth.rights import DELIVER
from shelfhook.web.proxies import PEER, Proxies
from shelfhook.web.seats import Seats
from shelfhook.web.senders import same

FRESH: Final = 1.0
"""Seconds for which a look into the store is believed; another process's change takes so long."""
MOST: Final = 1_024
MINUTE: Final = 60.0
HASHING: Final = 2
"""Passwords that are hashed at once; more would take processor and memory from everything else."""


class Doors:
    """Finds out who somebody is.

    Attributes:
        attempts: how often somebody may fail to sign in.
        hashing: seats for work with passwords.
        configured: what names `web.token` in sessions, so that another one ends them; "" for none.
    """

    def __init__(self, store: Store, clock: Clock, settings: WebSettings, proxies: Proxies) -> None:
        self._store = store
        self._clock = clock
        self.settings = settings.sign_in
        self._configured = settings.token.get_secret_value().encode()
        digest = hashlib.sha256(self._configured).hexdigest()[:16]
        self.configured = CONFIGURED + digest if self._configured else ""
        self._owner = Identity("web.token", Role.ADMIN, "token", None, token=self.configured)
        self._proxies = proxies
        self._known = _Known(clock)
        self._touched: dict[str, float] = {}  # of this process; a race costs one write more
        minutes = self.settings.attempts_minutes
        self.attempts = Attempts(self.settings.attempts, minutes * MINUTE, clock)
        self.hashing = Seats(HASHING)

    @property
    def idle(self) -> float:
        """Seconds after which an unused session is over."""
        return self.settings.idle_hours * 3600

    def forget(self) -> None:
        """Believe nothing that was looked up before: something has been changed."""
        self._known.forget()

    def secure(self, environ: dict[str, Any]) -> bool:
        """Whether this request's cookies are for https alone; noted for the forms, too."""
        chosen = self.settings.secure_cookies
        found = environ.get("wsgi.url_scheme") == "https" if chosen == "auto" else bool(chosen)
        environ[csrf.SECURE] = found
        return found

    def by_token(self, secret: str) -> Identity | None:
        """Whose token this is."""
        if same(self._configured, secret):
            return self._owner
        found = self._known.get("token", secret, self._look_for_token)
        if found is not None:
            self._touch(found.token, self._store.tokens.touch)
        return found

    def knows(self, secret: str) -> bool:
        """Whether a token can be judged without asking the store."""
        return not secret or same(self._configured, secret) or self._known.has("token", secret)

    def by_session(self, secret: str) -> Identity | None:
        """Whose session this is."""
        found = self._known.get("session", secret, self._look_for_session)
        if found is not None:
            self._touch(found.session, self._store.sessions.touch)
        return found

    def opens_hooks(self, secret: str) -> bool:
        """Whether a token may deliver events for hosts that have no secret of their own."""
        found = self.by_token(secret) if secret else None
        return found is not None and DELIVER.met_by(found)

    def named_by_proxy(self, environ: Mapping[str, Any]) -> str:
        """The person that a trusted proxy names; "" if none does."""
        header = self.settings.proxy_user_header
        given = environ.get(f"HTTP_{header.upper().replace('-', '_')}") if header else None
        if not given or not self._proxies.trusts(
            str(environ.get(PEER, environ.get("REMOTE_ADDR", "")))
        ):
            return ""
        try:
            return person_name(given)
        except ValueError:
            return ""

    def by_proxy(self, name: str, word: str) -> Identity | None:
        """The person of a name that a proxy vouches for; a new one is added, if that is wanted."""
        found = self._known.get("proxy", name, self._look_for_person)
        if found is None:
            return None
        return Identity(name, found.role, "proxy", None, word, person=name)

    def _look_for_token(self, secret: str) -> Identity | None:
        token = self._store.tokens.find(secret, self._clock.now())
        return of_token(token) if token is not None else None

    def _look_for_session(self, secret: str) -> Identity | None:
        found = self._store.sessions.find(secret, self._clock.now(), self.idle)
        if found is None or not self._still(found):
            return None
        return Identity(
            found.name,
            found.role,
            "session",
            found.scopes,
            csrf.of_session(secret),
            person=found.person,
            token=found.token,
            session=found.id,
        )

    def _still(self, session: Session) -> bool:
        """Whether the `web.token` that a session began with is still the one."""
        if not session.token.startswith(CONFIGURED):
            return True
        return hmac.compare_digest(session.token, self.configured)

    def _look_for_person(self, name: str) -> Identity | None:
        try:
            person = self._store.people.get(name)
        except Unknown:
            if not self.settings.proxy_role:
                return None
            person = self._add(name, Role(self.settings.proxy_role))
        return Identity(name, person.role, "proxy", None, person=name)

    def _add(self, name: str, role: Role) -> Person:
        try:
            return self._store.people.add(name, role, "", self._clock.now())
        except Conflict:  # another request was quicker
            return self._store.people.get(name)

    def _touch(self, which: str, write: Callable[[str, float], None]) -> None:
        """Note a use, at most once a minute, without waiting for it."""
        now = self._clock.now()
        if now - self._touched.get(which, 0.0) < MINUTE:
            return
        if len(self._touched) >= MOST:
            self._touched.clear()
        self._touched[which] = now
        try:
            write(which, now)
        except StoreUnavailable:
            return  # the store is being closed: the note is worth no refusal


def of_token(token: Token) -> Identity:
    """Who shows a token."""
    return Identity(token.name or token.id, token.role, "token", token.scopes, token=token.id)


class _Known:
    """What was looked up a moment ago, by a hash of the secret."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._guard = threading.Lock()  # guards what follows; never held during a look
        self._found: OrderedDict[bytes, tuple[float, Identity]] = OrderedDict()
        self._turn = 0

    def get(
        self, kind: str, secret: str, look: Callable[[str], Identity | None]
    ) -> Identity | None:
        """What is known, or what `look` finds; that there is nobody is never remembered."""
        key = _key(kind, secret)
        now = self._clock.monotonic()
        with self._guard:
            turn = self._turn
            until, known = self._found.get(key, (0.0, None))
        if known is not None and now < until:
            return known
        found = look(secret)
        if found is not None:
            self._keep(key, found, now + FRESH, turn)
        return found

    def has(self, kind: str, secret: str) -> bool:
        """Whether it is known, and believed for long enough to be got."""
        with self._guard:
            until, _ = self._found.get(_key(kind, secret), (0.0, None))
        return self._clock.monotonic() < until - FRESH / 10

    def _keep(self, key: bytes, found: Identity, until: float, turn: int) -> None:
        with self._guard:
            if turn != self._turn:
                return  # something was changed while we looked
            self._found[key] = (until, found)
            self._found.move_to_end(key)
            while len(self._found) > MOST:
                self._found.popitem(last=False)

    def forget(self) -> None:
        with self._guard:
            self._turn += 1
            self._found.clear()


def _key(kind: str, secret: str) -> bytes:
    return hashlib.sha256(f"{kind} {secret}".encode("utf-8", "replace")).digest()
