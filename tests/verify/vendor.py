"""The vendor of these tests: a second mock, which differs from the first as a test wants it."""

from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import talentlms_mock.app  # noqa: F401 - its resources fill the registry
from talentlms_mock import Portal
from talentlms_mock.api.operation import REGISTRY
from talentlms_mock.portal.state.settings import QUIRKS
from talentlms_mock.verify.exchange import Seen
from talentlms_mock.verify.live import round_trip
from talentlms_mock.verify.live.client import Response
from talentlms_mock.verify.live.pace import Pace
from talentlms_mock.verify.live.probes import Probe, probes
from talentlms_mock.verify.live.run import Outcome, Run
from talentlms_mock.verify.live.state import State
from talentlms_mock.verify.shadow import completed
from talentlms_mock.verify.verification import Setting, Verification, verify
from talentlms_mock.verify.words import words
from tests.conftest import NewPortal

_NOW = "2025-08-01T09:30:00Z"
DAY = date(2025, 5, 7)
DEFAULTS = {name: quirk.default for name, quirk in QUIRKS.items()}
DOCUMENTED = Setting(REGISTRY, DEFAULTS)


@dataclass
class FakeTime:
    """Time that passes only by sleeping."""

    now: float = 0.0
    sleeps: list[float] = field(default_factory=list)

    def sleep(self, seconds: float) -> None:
        self.now += seconds
        self.sleeps.append(seconds)

    def pace(self) -> Pace:
        return Pace(self.sleep, lambda: self.now)


class InProcess:
    """Sends requests to a portal without a socket, under the vendor's name of it."""

    def __init__(self, portal: Portal) -> None:
        self._portal = portal

    def send(
        self, method: str, target: str, headers: Mapping[str, str], body: bytes | None
    ) -> Response:
        path, _, query = target.partition("?")
        sent = {"host": self._portal.host, **headers, "content-length": str(len(body or b""))}
        scope = {
            "type": "http",
            "method": method,
            "scheme": "https",
            "path": f"/api/v2{path}",
            "query_string": query.encode(),
            "headers": [(name.lower().encode(), text.encode()) for name, text in sent.items()],
        }
        messages: list[MutableMapping[str, Any]] = []

        async def receive() -> MutableMapping[str, Any]:
            return {"type": "http.request", "body": body or b""}

        async def send(message: MutableMapping[str, Any]) -> None:
            messages.append(message)

        completed(self._portal.asgi(scope, receive, send))
        start, content = messages
        found = {name.decode(): value.decode() for name, value in start["headers"]}
        return Response(start["status"], found, content["body"])


def run(
    portal: Portal, state: State, asked: list[Probe] | None = None, *, writes: bool = False
) -> Outcome:
    """Send probes to the portal, in no time."""
    found = Run(InProcess(portal), portal.api_key, FakeTime().pace(), state)
    outcome = found.run(probes() if asked is None else asked)
    if writes:
        assert round_trip.send(found) == ""
    return outcome


def exchanges(
    portal: Portal, asked: list[Probe] | None = None, *, writes: bool = False
) -> list[Seen]:
    """Return what the portal answers to the probes."""
    state = State(portal.domain, words(REGISTRY))
    run(portal, state, asked, writes=writes)
    return state.exchanges


def academy(new_portal: NewPortal, **options: Any) -> Portal:
    """Return a small portal that has something of each kind, and whose first user signed in."""
    portal = new_portal(**{"dataset": "empty", "clock": _NOW, "plan": "grow", **options})
    ada, bob, eve = (portal.add_user(name) for name in ("ada", "bob", "eve"))
    category = portal.add_category("Safety at work")
    fire = portal.add_course("Fire drill", units=["Read this"], users=[ada, bob])
    portal.add_course("First aid", category=category)
    portal.add_course("Evacuation")
    portal.add_group("Wardens", users=[ada, bob], courses=[fire])
    portal.add_branch("North", users=[eve], courses=[fire])
    portal.add_learning_path("Induction", courses=[fire])
    portal.clock.advance(hours=1)
    portal.learner(ada).log_in()
    return portal


def verified(
    seen: list[Seen], setting: Setting = DOCUMENTED, *, source: str = "a portal"
) -> Verification:
    return verify(seen, setting, source=source, day=DAY, others=0, left=0)


def decided(found: Verification) -> Mapping[str, str]:
    """Return the quirks with another value than the mock that was compared."""
    return {each.name: each.value for each in found.decisions if each.value and each.differs}


def told(found: Verification) -> list[tuple[str, str, str, str]]:
    """Return each difference that no quirk covers: operation, place, what is different, seen."""
    return [
        (each.operation, each.place, each.kind, each.seen)
        for each in found.differences
        if each.area != "quirk"
    ]
