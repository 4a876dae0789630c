"""A live run: one request after the other, until all are sent or the portal's limit is near."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import orjson

from talentlms_mock.api.operation import PREFIX
from talentlms_mock.errors import SetupError
from talentlms_mock.hosts import VENDOR_SUFFIX
from talentlms_mock.verify.exchange import Seen
from talentlms_mock.verify.live.client import Sender, Unreachable
from talentlms_mock.verify.live.pace import Pace
from talentlms_mock.verify.live.probes import VERSION, Probe, ids_in
from talentlms_mock.verify.live.state import State

Progress = Callable[[int, int], None]

_PLACEHOLDER = re.compile(r"\{(\w+)\}")
LIMITED = "The portal answered 429, its limit is used up"
SHARE_USED = "A fifth of the requests that the portal had left are used"


@dataclass(frozen=True)
class Outcome:
    """How a run ended.

    Args:
        left: how many requests were not sent.
        stopped: why, in a sentence without its end; "" where all were sent.
    """

    left: int
    stopped: str = ""


class Run:
    """Sends probes to a portal, and keeps what it answers in a state.

    Args:
        sender: of the portal.
        api_key: of the portal; it is sent, and kept nowhere.
        pace: how fast, and how many.
        state: what was done before, and is done.
    """

    def __init__(self, sender: Sender, api_key: str, pace: Pace, state: State) -> None:
        self._sender = sender
        self._key = api_key
        self._pace = pace
        self._state = state
        self._base = f"https://{state.domain}{VENDOR_SUFFIX}{PREFIX}"

    def run(
        self, probes: Sequence[Probe], progress: Progress = lambda done, total: None
    ) -> Outcome:
        """Send those that were not sent before.

        Args:
            probes: in their order.
            progress: is called with how many are done, of how many.

        Raises:
            SetupError: the portal refuses the key, or no request got a response.
        """
        for number, probe in enumerate(probes):
            progress(number, len(probes))
            if probe.name in self._state.done:
                continue
            if self.is_used_up:
                return Outcome(len(probes) - number, SHARE_USED)
            target = self._filled(probe)
            if target is None:  # the portal has nothing of the kind
                self._state.done.add(probe.name)
                continue
            try:
                seen = self.send(probe, target)
            except Unreachable as error:
                if not self._state.done:
                    raise SetupError(str(error)) from None
                return Outcome(len(probes) - number, str(error).rstrip("."))
            if seen.status == 429:
                return Outcome(len(probes) - number, _with_wait(seen))
            self._learn(probe, seen)
        progress(len(probes), len(probes))
        return Outcome(0)

    @property
    def is_used_up(self) -> bool:
        """Whether no more requests may be sent in this hour."""
        return self._pace.is_used_up

    def send(self, probe: Probe, target: str) -> Seen:
        """Send one request, keep what came back, and return it.

        Raises:
            Unreachable: there is no response.
        """
        headers = {
            "X-API-Key": self._key,
            "X-API-Version": VERSION,
            "Accept": "application/json",
        }
        content = None if probe.body is None else orjson.dumps(probe.body)
        if content is not None:
            headers["Content-Type"] = "application/json"
        headers = {name: text for name, text in headers.items() if name not in probe.omits}
        headers.update(probe.headers)
        self._pace.wait()
        response = self._sender.send(probe.method, target, headers, content)
        self._pace.learn(response.headers.get("x-ratelimit-remaining"))
        shown = {**headers, **({"X-API-Key": ""} if headers.get("X-API-Key") == self._key else {})}
        seen = Seen(
            method=probe.method,
            url=self._base + target,
            status=response.status,
            body=response.body,
            headers=response.headers,
            has_all_headers=True,
            sent_headers={name.lower(): text for name, text in shown.items()},
            sent_body=content or b"",
            expects=probe.expects,
        )
        self._state.exchanges.append(seen)
        return seen

    def _learn(self, probe: Probe, seen: Seen) -> None:
        self._state.done.add(probe.name)
        if probe.expects == "success" and "X-API-Key" not in probe.omits:
            _check_key(seen)
        if seen.succeeded and isinstance(seen.document, dict):
            for name, ids in ids_in(probe.path, seen.document.get("_data")).items():
                if ids:
                    self._state.ids.setdefault(name, ids)

    def _filled(self, probe: Probe) -> str | None:
        """Return the path and query with ids that there are; None where there are none."""
        target = probe.target
        for name in _PLACEHOLDER.findall(target):
            ids = self._state.ids.get(name, [])
            at = probe.sample if len(_PLACEHOLDER.findall(target)) == 1 else 0
            if at >= len(ids):
                return None
            target = target.replace(f"{{{name}}}", str(ids[at]))
        return target


def _check_key(seen: Seen) -> None:
    if seen.status in (401, 403):
        what = "key" if seen.status == 401 else "request: its API is not enabled, or not for all"
        raise SetupError(f"The portal refuses the {what} (status {seen.status}).")


def _with_wait(seen: Seen) -> str:
    wait = seen.headers.get("retry-after", "")
    return f"{LIMITED} for {wait} seconds more" if wait.isdecimal() else LIMITED
