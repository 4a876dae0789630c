"""What options may be: names that help and completion list, and that are read only there."""

from collections.abc import Callable, Iterable

import click
from click.shell_completion import CompletionItem

from talentlms_mock.portal.state.settings import PLANS, PRESETS
from talentlms_mock.portal.state.task_rule import RULES


class Names(click.types.StringParamType):
    """One of some names, or something else of the kinds that `others` names.

    It refuses nothing: the mock does, in the same sentence for options, environment variables, the
    config file and the control API.

    Args:
        name: what it is a name of.
        names: returns the names; called for help and for completion.
        others: like FILE.
    """

    def __init__(self, name: str, names: Callable[[], Iterable[str]], *others: str) -> None:
        self.name = name
        self._names = names
        self._others = others

    def get_metavar(self, param: click.Parameter, ctx: click.Context) -> str:
        """Return what stands after the option in its help."""
        return f"[{'|'.join((*self._names(), *self._others))}]"

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """Return the names that begin as typed, and let the shell add files."""
        found = [CompletionItem(each) for each in self._names() if each.startswith(incomplete)]
        return found or [CompletionItem(incomplete, type="file")] if self._others else found


def _datasets() -> list[str]:
    from talentlms_mock.portal.seed.definition import (  # noqa: PLC0415  # imports pydantic
        built_in_names,
    )

    return built_in_names()


def _scenarios() -> list[str]:
    from talentlms_mock.portal.scenarios import built_in_names  # noqa: PLC0415  # imports pydantic

    return built_in_names()


PLAN = Names("plan", lambda: PLANS)
PRESET = Names("preset", lambda: PRESETS)
TASKS = Names("rule", lambda: RULES)
DATASET = Names("dataset", _datasets, "FILE")
BUILT_IN_DATASET = Names("dataset", _datasets)
SCENARIO = Names("scenario", _scenarios, "FILE")
BUILT_IN_SCENARIO = Names("scenario", _scenarios)
