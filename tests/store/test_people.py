"""People: passwords are hashed, an admin is always left."""

from __future__ import annotations

import pytest

from shelfhook.errors import Conflict, Unknown
from shelfhook.model import Role, person_name
from shelfhook.store import Store, passwords
from tests.support.stores import NOW, together

PASSWORD = "correct horse battery"


def test_a_person_is_found_by_name_and_password(store: Store) -> None:
    added = store.people.add("anna", Role.OPERATOR, PASSWORD, NOW)
    assert (added.role, added.has_password, added.signed_in_at) == (Role.OPERATOR, True, None)
    assert store.people.check("anna", PASSWORD) == added
    assert store.people.check("anna", PASSWORD + "x") is None
    assert store.people.check("anna", "") is None
    assert store.people.check("nobody", PASSWORD) is None


def test_without_a_password_none_fits(store: Store) -> None:
    store.people.add("proxied", Role.VIEWER, "", NOW)
    assert store.people.check("proxied", "") is None
    assert not store.people.get("proxied").has_password


def test_a_name_is_taken_once(store: Store) -> None:
    store.people.add("anna", Role.ADMIN, PASSWORD, NOW)
    with pytest.raises(Conflict, match="choose another name"):
        store.people.add("anna", Role.VIEWER, "", NOW)
    assert store.people.get("anna").role is Role.ADMIN


def test_of_many_that_want_a_name_at_once_one_gets_it(store: Store) -> None:
    def add(_: int) -> bool:
        try:
            store.people.add("anna", Role.VIEWER, "", NOW)
        except Conflict:
            return False
        return True

    assert sorted(together(4, add)) == [False, False, False, True]


@pytest.mark.parametrize("change", ["role", "remove"])
def test_the_last_admin_stays_one(store: Store, change: str) -> None:
    def lower(name: str) -> None:
        if change == "role":
            store.people.set_role(name, Role.OPERATOR)
        else:
            store.people.remove(name)

    store.people.add("anna", Role.ADMIN, "", NOW)
    store.people.add("ben", Role.OPERATOR, "", NOW)
    with pytest.raises(Conflict, match="last person who is admin"):
        lower("anna")
    store.people.set_role("ben", Role.ADMIN)
    lower("anna")
    with pytest.raises(Conflict):
        lower("ben")


def test_two_admins_that_go_at_once_leave_one(store: Store, other: Store) -> None:
    store.people.add("anna", Role.ADMIN, "", NOW)
    store.people.add("ben", Role.ADMIN, "", NOW)
    people = [(store, "anna"), (other, "ben")]

    def remove(number: int) -> bool:
        where, name = people[number]
        try:
            where.people.remove(name)
        except Conflict:
            return False
        return True

    assert sorted(together(2, remove)) == [False, True]
    assert len(store.people.all()) == 1


def test_who_does_not_exist_cannot_be_changed(store: Store) -> None:
    for change in (
        lambda: store.people.get("anna"),
        lambda: store.people.set_role("anna", Role.ADMIN),
        lambda: store.people.set_role("anna", Role.VIEWER),
        lambda: store.people.set_password("anna", PASSWORD),
        lambda: store.people.remove("anna"),
    ):
        with pytest.raises(Unknown, match="unknown person"):
            change()


def test_a_new_password_ends_sessions_and_links_but_the_one_kept(store: Store) -> None:
    store.people.add("anna", Role.ADMIN, PASSWORD, NOW)
    secrets = [begin(store, "anna") for _ in range(2)]
    link = store.sessions.make_link(Role.VIEWER, NOW, seconds=60, created_by="x", person="anna")
    kept = store.sessions.find(secrets[0], NOW, 60)
    assert kept is not None
    store.people.set_password("anna", "another password", keep=kept.id)
    assert store.people.check("anna", PASSWORD) is None
    assert store.people.check("anna", "another password") is not None
    assert store.sessions.find(secrets[0], NOW, 60) == kept
    assert store.sessions.find(secrets[1], NOW, 60) is None
    assert store.sessions.use_link(link, NOW) is None


def test_a_removed_person_has_no_session_even_if_the_name_comes_back(store: Store) -> None:
    store.people.add("boss", Role.ADMIN, "", NOW)
    store.people.add("anna", Role.VIEWER, "", NOW)
    secret = begin(store, "anna")
    store.people.remove("anna")
    store.people.add("anna", Role.ADMIN, "", NOW)
    assert store.sessions.find(secret, NOW, 60) is None


def begin(store: Store, person: str) -> str:
    return store.sessions.begin(person, Role.VIEWER, NOW, expires_at=NOW + 100, person=person)


@pytest.mark.parametrize("given", ["", " ", "a b", "a/b", "<b>", "x" * 65, "a\0", "..\n/"])
def test_no_name(given: str) -> None:
    with pytest.raises(ValueError, match="letters, digits"):
        person_name(given)


def test_names_are_kept_in_small_letters() -> None:
    assert person_name("  Änna.B@Example.org ") == "änna.b@example.org"


@pytest.mark.parametrize(
    ("password", "fault"),
    [
        ("short", "too short"),
        ("x" * 257, "too long"),
        ("0123456789\0", "NUL"),
        ("0123456789", ""),
        ("pass wörd \U0001f511", ""),
    ],
)
def test_passwords_have_a_least_and_a_greatest_length(password: str, fault: str) -> None:
    assert fault in passwords.fault(password)
    assert bool(fault) == bool(passwords.fault(password))


def test_a_hash_is_argon2id_and_salted() -> None:
    one, two = passwords.hashed(PASSWORD), passwords.hashed(PASSWORD)
    assert one != two
    assert one.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert passwords.fits(one, PASSWORD)
    assert not passwords.fits("no hash at all", PASSWORD)
