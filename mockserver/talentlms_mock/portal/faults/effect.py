"""The effect on one request: the actions of all faults that match it, combined."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import product
from typing import Any

from talentlms_mock.portal.contract import response_fields
from talentlms_mock.portal.faults.rule import ACTIONS, CONTRADICTIONS, LOSES, FaultRule, Step

Action = Callable[[Any], object]
"""What somebody has done to the portal, which it gets, after a request."""

_ONLY_ONCE = ("status", *LOSES, "truncate_at", "drip")


@dataclass
class Effect:
    """The effect on one request: the actions of every fault that fired.

    `faults` are their numbers and `reason` names them. With `loses` of timeout, reset or empty
    there is no response. `latency` is in seconds, `drip` in bytes a second.
    """

    faults: list[int] = field(default_factory=list)
    reason: str = ""
    does: set[str] = field(default_factory=set)
    status: int | None = None
    body: object = None
    loses: str = ""
    latency: float = 0.0
    truncate_at: int | None = None
    drip: float | None = None
    malformed_json: bool = False
    wrong_content_type: bool = False
    drifts: list[Callable[[object], None]] = field(default_factory=list)
    after_commit: bool = False
    acts: list[Action] = field(default_factory=list)

    @property
    def replaces(self) -> bool:
        """Whether it replaces the operation's own response."""
        return self.status is not None or bool(self.loses)

    def is_compatible(self, rule: FaultRule, step: Step) -> bool:
        """Return whether a fault with this rule can act together with those so far."""
        return not any(
            (one == other and one in _ONLY_ONCE) or frozenset((one, other)) in CONTRADICTIONS
            for one, other in product(self.does, _does(rule, step))
        )

    def take(
        self, number: int, rule: FaultRule, step: Step, seconds: float, then: Action | None
    ) -> None:
        """Add the actions of a fault, which delays the request by `seconds`."""
        text = line(number, rule, step_text(step) if rule.sequence else "", then)
        if then is not None:
            self.acts.append(then)
        self.faults.append(number)
        self.reason = f"{self.reason}; {text}" if self.reason else text
        does = _does(rule, step)
        self.does |= does
        status = step if isinstance(step, int) else rule.status
        if status is not None:
            self.status, self.body = status, rule.body
        self.loses = next((kind for kind in LOSES if kind in does), self.loses)
        self.latency += seconds
        if rule.truncate_at is not None:
            self.truncate_at = rule.truncate_at
        self.drip = rule.drip or self.drip
        self.malformed_json |= "malformed_json" in does
        self.wrong_content_type |= "wrong_content_type" in does
        self.after_commit |= rule.after_commit
        self.drifts += _drifts(rule)


def _drifts(rule: FaultRule) -> list[Callable[[object], None]]:
    def doing(change: Callable[..., None], *words: str) -> Callable[[object], None]:
        return lambda document: change(document, *words)

    return [
        *(doing(response_fields.drop, name) for name in rule.drop_field),
        *(doing(response_fields.null, name) for name in rule.null_field),
        *(doing(response_fields.rename, name, new) for name, new in rule.rename_field.items()),
    ]


def _does(rule: FaultRule, step: Step) -> set[str]:
    """Return the names of a rule's actions when its sequence is at `step`."""
    does = set(ACTIONS) & set(rule.set_fields) - {"sequence"}
    if step is not None:
        does.add("status" if isinstance(step, int) else step)
    return does


def step_text(step: Step) -> str:
    """Return a step as `line` prints it."""
    return "normal" if step is None else str(step)


def _actions(rule: FaultRule) -> Iterator[str]:
    """Yield the actions of a rule, except its sequence, in words."""
    if rule.status is not None:
        yield str(rule.status)
    for name in (*LOSES, "malformed_json", "wrong_content_type"):
        if getattr(rule, name):
            yield name
    if rule.truncate_at is not None:
        yield f"truncated at {rule.truncate_at}"
    if rule.drip is not None:
        yield f"drip of {rule.drip:g} bytes a second"
    for name in rule.drop_field:
        yield f"without {name}"
    for name in rule.null_field:
        yield f"{name} null"
    for name, new in rule.rename_field.items():
        yield f"{name} as {new}"
    if isinstance(rule.latency, dict):
        points = ", ".join(f"{share} {seconds:g} s" for share, seconds in rule.latency.items())
        yield f"latency {points}"
    elif rule.latency is not None:
        low, high = rule.latency
        yield f"after {low:g} s" if low == high else f"after {low:g} to {high:g} s"
    if rule.after_commit:
        yield "after the commit"


def action_name(then: Action) -> str:
    """Return what the program calls an action."""
    return getattr(then, "__name__", type(then).__name__)


def line(number: int, rule: FaultRule, step: str, then: Action | None = None) -> str:
    """Return a fault in one line; `step` is the text of its sequence."""
    name = f" ({rule.name})" if rule.name else ""
    acts = "" if then is None else f"then {action_name(then)}"
    what = ", ".join(filter(None, (step, *_actions(rule), acts)))
    return f"fault {number}{name}: {rule.where} -> {what}"
