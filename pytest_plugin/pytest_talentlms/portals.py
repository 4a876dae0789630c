"""The portals of one test: made when asked for, looked at after it, gone at its end."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from itertools import count
from typing import Any

from pytest_talentlms import arguments
from pytest_talentlms.drift import Field
from talentlms_mock import MockServer, Portal, guard
from talentlms_mock.portal.state.settings import DEFAULT_API_KEY, DEFAULT_DOMAIN

_numbers = count(1)
"""Of the portals of this process: what an earlier test left running has no key in force."""


class TestPortals:
    """The portals of one test on the server of the run.

    Args:
        server: answers for them.
        asked: the arguments of each, where the test does not say otherwise.
        guarded: let no connection of this process reach the vendor meanwhile.
        without: a field of an operation's responses that all portals leave out; None is none.
    """

    __test__ = False  # it is no test, whatever its name

    def __init__(
        self,
        server: MockServer,
        asked: Mapping[str, Any],
        *,
        guarded: bool,
        without: Field | None = None,
    ) -> None:
        self._server = server
        self._asked = dict(asked)
        self.without = without
        self.drifts = "drift" in self._asked
        self._portals: list[Portal] = []
        self._ways = ExitStack()
        if guarded:
            self._ways.enter_context(guard())
        if self._asked.pop("intercept", False):
            self._ways.enter_context(server.intercept())

    def __iter__(self) -> Iterator[Portal]:
        return iter(self._portals)

    def first(self) -> Portal:
        """Return the portal that the fixture `talentlms` is.

        Raises:
            SetupError: it cannot be as it was asked for.
        """
        return self._create(self._asked)

    def another(self, asked: Mapping[str, Any]) -> Portal:
        """Return one more portal; domain and key are others unless `asked` names them.

        Raises:
            SetupError: it cannot be as it was asked for.
        """
        others = {name: value for name, value in self._asked.items() if name != "api_key"}
        others["domain"] = self._free_domain()
        return self._create(arguments.merge(others, asked))

    def close(self) -> None:
        """Remove every portal from the server."""
        while self._portals:
            self._server.remove_portal(self._portals.pop())
        self._ways.close()

    def _create(self, asked: Mapping[str, Any]) -> Portal:
        options = dict(asked)
        options.pop("drift", None)
        if options.pop("intercept", False):
            self._ways.enter_context(self._server.intercept())
        if options.get("api_key") is None:
            options["api_key"] = f"{DEFAULT_API_KEY}-{next(_numbers)}"
        portal = self._server.create_portal(**options)
        self._portals.append(portal)
        if self.without is not None:
            operation, field = self.without
            portal.fault(path=operation, drop_field=field, optional=True, name="drift")
        return portal

    def _free_domain(self) -> str:
        taken = {portal.domain for portal in self._server.portals}
        domain = self._asked.get("domain") or DEFAULT_DOMAIN
        names = (f"{domain}-{number}" for number in count(2))
        return next(name for name in names if name not in taken)
