"""The rule by which a portal's background tasks move on."""

import re
from dataclasses import dataclass
from functools import cache
from typing import Literal

from talentlms_mock.errors import SetupError
from talentlms_mock.portal.contract.suggest import suggest

RULES = ("polls:N", "seconds:N", "at-once", "manual", "stuck")
DEFAULT_TASKS = "polls:2"

_COUNTED = re.compile(r"(polls|seconds):([1-9][0-9]{0,8})")


@dataclass(frozen=True, slots=True)
class TaskRule:
    """When a task is completed: at its `count`th poll, `count` seconds after its start, or else."""

    kind: Literal["polls", "seconds", "at-once", "manual", "stuck"]
    count: int = 0


@cache
def task_rule(text: str) -> TaskRule:
    """Return the rule that `text` names.

    Raises:
        SetupError: it is none of RULES, with an N of at least 1.
    """
    counted = _COUNTED.fullmatch(text)
    if counted:
        return TaskRule("polls" if counted[1] == "polls" else "seconds", int(counted[2]))
    match text:
        case "at-once" | "manual" | "stuck":
            return TaskRule(text)
    name = text.partition(":")[0]
    if name in ("polls", "seconds"):
        raise SetupError(
            f"The rule {text!r} for tasks has no number: write {name}:N, where N is at least 1.",
            at="tasks",
        )
    raise SetupError(f"There is no rule {text!r} for tasks{suggest(text, RULES)}.", at="tasks")
