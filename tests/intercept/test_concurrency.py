"""Threads that begin and end interceptions at the same time."""

import socket
from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial

import pytest

from talentlms_mock.hosts import ServerAddress
from talentlms_mock.intercept.patches import Patches
from talentlms_mock.intercept.routes import Routes, Server
from tests.interleaving import at_every_point

Arranged = tuple[Callable[[], object], Callable[[], object], Callable[[], None]]


class _Nobody:
    def find(self, host: str, api_key: str | None) -> object | None:
        return host


def _is_patched(before: object) -> bool:
    # There may be patches already: those of the plugin.
    return vars(socket.socket).get("connect") is not before


def _leave(block: AbstractContextManager[None]) -> None:
    block.__exit__(None, None, None)


def test_patches_are_there_for_everybody_who_needs_them() -> None:
    def arrange() -> Arranged:
        patches, before = Patches(), vars(socket.socket).get("connect")
        one, two = patches.installed(), patches.installed()
        seen: list[bool] = []

        def enter() -> None:
            two.__enter__()
            seen.append(_is_patched(before))

        def check() -> None:
            assert seen == [True]
            _leave(one)
            assert _is_patched(before)
            _leave(two)
            assert not _is_patched(before)

        return one.__enter__, enter, check

    at_every_point(arrange, Patches.installed)


def test_patches_are_gone_with_the_last_who_needs_them() -> None:
    def arrange() -> Arranged:
        patches, before = Patches(), vars(socket.socket).get("connect")
        one, two = patches.installed(), patches.installed()
        one.__enter__()

        def check() -> None:
            assert _is_patched(before)
            _leave(two)
            assert not _is_patched(before)

        return partial(_leave, one), two.__enter__, check

    at_every_point(arrange, Patches.installed)


@pytest.mark.parametrize("leaves", [False, True])
def test_no_server_is_lost(leaves: bool) -> None:
    def arrange() -> Arranged:
        routes = Routes()
        addresses = [
            ServerAddress(host=f"127.0.0.{number}", https_port=1, http_port=2, ca_file=None)  # type: ignore[arg-type]
            for number in range(3)
        ]
        old, new, last = (Server(_Nobody(), lambda each=each: each) for each in addresses)  # type: ignore[misc]
        routes.add(old)
        first = partial(routes.remove, old) if leaves else partial(routes.add, new)

        def check() -> None:
            found = {each.host for each in routes.intercepting()}
            assert found == {"127.0.0.2", *([] if leaves else ["127.0.0.0", "127.0.0.1"])}

        return first, partial(routes.add, last), check

    at_every_point(arrange, Routes.remove if leaves else Routes.add)


@pytest.mark.parametrize("leaves", [False, True])
def test_guards_are_counted(leaves: bool) -> None:
    def arrange() -> Arranged:
        routes = Routes()
        routes.add_guard()
        first = routes.remove_guard if leaves else routes.add_guard

        def check() -> None:
            guarded = []
            for _ in range(1 if leaves else 3):
                guarded.append(routes.vendor_name("acme.talentlms.com") is not None)
                routes.remove_guard()
            assert all(guarded)
            assert routes.vendor_name("acme.talentlms.com") is None

        return first, routes.add_guard, check

    at_every_point(arrange, Routes.remove_guard if leaves else Routes.add_guard)


def test_every_name_has_an_address_of_its_own() -> None:
    def arrange() -> Arranged:
        routes = Routes()
        address = ServerAddress(host="127.0.0.1", https_port=1, http_port=2, ca_file=None)  # type: ignore[arg-type]
        routes.add(Server(_Nobody(), lambda: address))
        names = ("one.talentlms.com", "two.talentlms.com")

        def check() -> None:
            assert [routes.vendor_name(routes.stand_in(name, six=False)) for name in names] == [
                *names
            ]

        one, two = (partial(routes.stand_in, name, six=False) for name in names)
        return one, two, check

    at_every_point(arrange, Routes.stand_in)
