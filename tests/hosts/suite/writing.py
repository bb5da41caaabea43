"""Writing fields, and running commands."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from shelfhook.errors import Gone, Permanent, Refused, ShelfhookError, Transient
from shelfhook.ports import Host
from tests.hosts.relay import Relay
from tests.hosts.shelf import Shelf
from tests.hosts.suite.base import (
    Base,
    Connect,
    an_entity,
    normal,
    outcome,
    read,
    samples,
    take,
    writable,
)

COMMANDS = ("analyze", "refresh")


class Writing(Base):
    """Promises of `write`, `normalise`, `lock`, `command`, and `fingerprint` after a write."""

    def test_a_write_changes_what_it_names_and_nothing_else(self, shelf: Shelf, host: Host) -> None:
        for entity in writable(host, shelf):
            one = an_entity(shelf, entity)
            for name, value in samples(shelf, entity):
                before = dict(shelf.held(entity, one))
                host.write(entity, one, {name: value})
                after = dict(shelf.held(entity, one))
                changed = {key for key in {**before, **after} if before.get(key) != after.get(key)}
                assert changed <= {name}, (name, value)
                stored = host.normalise(entity, name, after.get(name))
                assert stored == host.normalise(entity, name, value), (name, value)

    def test_what_was_written_reads_as_its_normal_form_and_is_foreseen(
        self, shelf: Shelf, host: Host
    ) -> None:
        for entity in writable(host, shelf):
            one = an_entity(shelf, entity)
            for name, value in samples(shelf, entity):
                before = read(host, entity, one)
                wanted = normal(host, entity, {name: value})
                host.write(entity, one, wanted)
                after = read(host, entity, one)
                assert after.fields[name] == wanted[name], (name, value)
                foreseen = replace(before, fields={**before.fields, **wanted})
                assert host.fingerprint(foreseen) == after.fingerprint, (name, value)
                if before.fields[name] != wanted[name]:
                    assert after.fingerprint != before.fingerprint, (name, value)

    def test_many_fields_are_written_at_once_and_again_without_a_difference(
        self, shelf: Shelf, host: Host
    ) -> None:
        for entity in writable(host, shelf):
            one = an_entity(shelf, entity)
            wanted = normal(host, entity, {k: v[0] for k, v in shelf.samples(entity).items()})
            host.write(entity, one, wanted)
            once, held = read(host, entity, one), shelf.held(entity, one)
            assert {name: once.fields[name] for name in wanted} == wanted
            host.write(entity, one, wanted)
            assert read(host, entity, one) == once
            assert shelf.held(entity, one) == held

    def test_what_was_read_can_be_written_back_as_undo_does(self, shelf: Shelf, host: Host) -> None:
        for entity in writable(host, shelf):
            one = an_entity(shelf, entity)
            before, held = read(host, entity, one), shelf.held(entity, one)
            written = {name: values[0] for name, values in shelf.samples(entity).items()}
            host.write(entity, one, written)
            host.write(entity, one, {name: before.fields[name] for name in written})
            assert read(host, entity, one) == before
            assert shelf.held(entity, one) == held

    def test_a_normal_form_is_its_own(self, shelf: Shelf, host: Host) -> None:
        for entity in writable(host, shelf):
            for name, value in samples(shelf, entity):
                once = host.normalise(entity, name, value)
                assert host.normalise(entity, name, once) == once, (name, value)

    def test_fields_that_are_not_known_pass_normalise_and_are_refused_by_write(
        self, shelf: Shelf, host: Host
    ) -> None:
        assert host.normalise("book", "no such field", " a ") == " a "
        for entity in writable(host, shelf):
            one = an_entity(shelf, entity)
            before = shelf.held(entity, one)
            with pytest.raises(Permanent, match="no such field"):
                host.write(entity, one, {"no such field": "x"})
            assert shelf.held(entity, one) == before

    def test_what_is_no_book_and_no_series_is_not_written(self, shelf: Shelf, host: Host) -> None:
        with pytest.raises(Permanent):
            host.write("shelf", take(shelf), {})

    @pytest.mark.parametrize("entity", ["book", "series"])
    def test_what_is_not_declared_is_not_written(
        self, shelf: Shelf, host: Host, entity: str
    ) -> None:
        if f"write-{entity}" in host.capabilities:
            pytest.skip("it is declared")
        with pytest.raises((Permanent, Gone)):
            host.write(entity, take(shelf), {"title": "x"})

    def test_values_that_make_no_sense_are_refused_or_stored_as_normalised(
        self, shelf: Shelf, host: Host
    ) -> None:
        odd: list[Any] = [None, "", True, -1, 1.5, "odd one", [], ["odd two", None], 10**30]
        odd += [{"odd three": []}, [["odd four"]]]  # words of their own: some hosts share words
        for entity in writable(host, shelf):
            one = an_entity(shelf, entity)
            for name in shelf.samples(entity):
                for value in odd:
                    wanted: Any = outcome(lambda: host.normalise(entity, name, value))  # noqa: B023
                    if isinstance(wanted, ShelfhookError):
                        continue
                    done = outcome(lambda: host.write(entity, one, {name: wanted}))  # noqa: B023
                    if done is None:
                        assert read(host, entity, one).fields[name] == wanted, (name, value)
                    else:
                        assert isinstance(done, Permanent), (name, value, done)

    @pytest.mark.parametrize("entity", ["book", "series"])
    def test_a_value_that_the_host_refuses_is_permanent(
        self, shelf: Shelf, host: Host, entity: str
    ) -> None:
        if f"write-{entity}" not in host.capabilities:
            pytest.skip(f"{host.kind} writes no {entity}")
        one = an_entity(shelf, entity)
        before = shelf.held(entity, one)
        for name, value in shelf.refused(entity).items():
            with pytest.raises(Permanent):
                host.write(entity, one, {name: value})
        assert shelf.held(entity, one) == before

    def test_an_account_that_may_only_read_is_refused(
        self, shelf: Shelf, host: Host, connect: Connect
    ) -> None:
        reader = connect(shelf.reader_login())
        for entity in writable(host, shelf):
            one = an_entity(shelf, entity)
            before = shelf.held(entity, one)
            there = read(host, entity, one).fields
            wanted = (normal(host, entity, dict([sample])) for sample in samples(shelf, entity))
            # what is so already, from an earlier test, need not be sent
            fields = next(one for one in wanted if not one.items() <= there.items())
            with pytest.raises(Refused):
                reader.write(entity, one, fields)
            assert shelf.held(entity, one) == before

    def test_a_write_whose_answer_was_lost_is_done_once(
        self, shelf: Shelf, host: Host, relay: Relay
    ) -> None:
        for entity in writable(host, shelf):
            one = an_entity(shelf, entity)
            wanted = normal(host, entity, {k: v[0] for k, v in shelf.samples(entity).items()})
            relay.lose(1)
            if isinstance(outcome(lambda: host.write(entity, one, wanted)), Transient):  # noqa: B023
                host.write(entity, one, wanted)
            fields = read(host, entity, one).fields
            assert {name: fields[name] for name in wanted} == wanted

    def test_a_lock_that_is_set_locks_its_field(self, shelf: Shelf, host: Host) -> None:
        for entity in writable(host, shelf):
            one = an_entity(shelf, entity)
            names = [name for name in shelf.samples(entity) if host.lock(entity, name)]
            if not names:
                pytest.skip(f"{host.kind} knows no locks")
            for name in names:
                lock = host.lock(entity, name)
                for value in (True, False):
                    before = read(host, entity, one)
                    host.write(entity, one, {lock: value})
                    after = read(host, entity, one)
                    assert after.fields[lock] is value
                    assert (name in after.locks) is value
                    foreseen = replace(before, fields={**before.fields, lock: value})
                    assert host.fingerprint(foreseen) == after.fingerprint
                    assert after.fields[name] == before.fields[name]

    def test_a_write_leaves_the_locks_of_others(self, shelf: Shelf, host: Host) -> None:
        for entity in writable(host, shelf):
            one = an_entity(shelf, entity)
            names = [name for name in shelf.samples(entity) if host.lock(entity, name)]
            if len(names) < 2:
                pytest.skip(f"{host.kind} knows no locks")
            host.write(entity, one, {host.lock(entity, names[0]): True})
            host.write(entity, one, {names[1]: shelf.samples(entity)[names[1]][0]})
            assert names[0] in read(host, entity, one).locks
            host.write(entity, one, {host.lock(entity, names[0]): False})

    @pytest.mark.parametrize("command", COMMANDS)
    def test_a_command_that_is_declared_works(
        self, shelf: Shelf, host: Host, book: str, command: str
    ) -> None:
        if command not in host.capabilities:
            with pytest.raises(Permanent):
                host.command("book", book, command)
            return
        host.command("book", book, command)
        host.command("book", book, command)
        if "write-series" in host.capabilities:
            host.command("series", shelf.series()[0], command)

    def test_a_command_that_nobody_knows_is_never_sent(
        self, host: Host, relay: Relay, book: str
    ) -> None:
        host.check()
        relay.requests.clear()
        for entity, command in (("book", "explode"), ("book", ""), ("book", "download")):
            with pytest.raises(Permanent):
                host.command(entity, book, command)
        assert relay.requests == []
