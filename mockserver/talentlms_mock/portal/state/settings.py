"""What can be set for a portal: plan and limits, switches, and quirks."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from talentlms_mock.errors import (
    SetupError,
    place_of,
)
from talentlms_mock.hosts import VENDOR_SUFFIX
from talentlms_mock.portal.contract.suggest import suggest
from talentlms_mock.portal.state.task_rule import DEFAULT_TASKS, TaskRule, task_rule

Plan = Literal["core", "grow", "pro", "small", "basic", "plus", "premium", "custom"]
"""The vendor's plans, and `custom`, whose limit is by agreement."""

Preset = Literal["documented", "recorded"]
"""The readings of the vendor's API: its overview, or what its servers were recorded to answer."""

QuirkName = Literal[
    "error_shape",
    "coercion",
    "version_header",
    "link_scheme",
    "duplicate_status",
    "group_detail_users",
    "last_updated_moves",
    "edge_links",
    "page_size_over_limit",
    "accept",
    "unknown_query",
    "unknown_body_field",
    "patch_user_status",
    "retry_after",
    "next_page_encoding",
]
QuirkValue = Literal[
    "wrapped",
    "flat",
    "recorded",
    "same",
    "http",
    "400",
    "409",
    "list",
    "profile",
    "activity",
    "strict",
    "required",
    "optional",
    "self",
    "null",
    "omit",
    "reject",
    "clamp",
    "lenient",
    "ignore",
    "off",
    "on",
    "literal",
    "percent",
]
"""A value of any quirk; which of them a quirk has, `QUIRKS` says."""

PLANS: dict[str, int | None] = {
    "core": 2_000,
    "grow": 10_000,
    "pro": 10_000,
    "small": 2_000,
    "basic": 2_000,
    "plus": 10_000,
    "premium": 10_000,
    "custom": None,
}
"""Requests an hour by plan (conventions.md, Rate limits); `custom` is by agreement."""

BURST_LIMIT = 200
"""Requests in five seconds, whatever the plan (conventions.md, Rate limits)."""

DEFAULT_DOMAIN = "samples"
DEFAULT_API_KEY = "mock-api-key"
DEFAULT_PLAN: Plan = "core"
DEFAULT_DATASET = "demo"
DEFAULT_SEED = 42
DEFAULT_USERS = 50


@dataclass(frozen=True)
class Quirk:
    """A point where the vendor's sources disagree or are silent; the default comes first.

    `recorded` is the value that the preset `recorded` takes; "" is the default.
    """

    name: str
    values: tuple[str, ...]
    why: str
    recorded: str = ""

    @property
    def default(self) -> str:
        return self.values[0]


QUIRKS = {
    quirk.name: quirk
    for quirk in (
        Quirk(
            "error_shape",
            ("wrapped", "flat", "recorded"),
            "the overview, the errors page and the recordings disagree",
            recorded="recorded",
        ),
        Quirk(
            "coercion",
            ("strict", "recorded"),
            "the overview refuses a string for an integer; recorded servers took it",
            recorded="recorded",
        ),
        Quirk(
            "version_header",
            ("required", "optional"),
            '"must" in the overview, optional in the newest operations',
        ),
        Quirk(
            "edge_links",
            ("self", "null", "omit"),
            "recorded; the others for clients that want to be safe",
        ),
        Quirk("link_scheme", ("same", "http"), "some recorded links say http"),
        Quirk("page_size_over_limit", ("reject", "clamp"), '"limit" is all that is said'),
        Quirk("accept", ("lenient", "strict"), '"must have", but no status is given'),
        Quirk("unknown_query", ("ignore", "reject"), "nothing is said"),
        Quirk("unknown_body_field", ("ignore", "reject"), "nothing is said"),
        Quirk(
            "duplicate_status",
            ("400", "409"),
            "a taken login, email, name or code is not recorded",
        ),
        Quirk(
            "patch_user_status",
            ("required", "optional"),
            "the example marks it required, the table of fields does not list it",
        ),
        Quirk(
            "group_detail_users",
            ("omit", "list"),
            "the prose says that a group's details have its users, the recording has none",
        ),
        Quirk(
            "last_updated_moves",
            ("profile", "activity"),
            "nothing says whether sign-ins, progress and memberships move last_updated",
        ),
        Quirk("retry_after", ("off", "on"), "not documented; some gateways add it"),
        Quirk(
            "next_page_encoding",
            ("literal", "percent"),
            "recorded are literal brackets, which strict URL parsers refuse",
        ),
    )
}
"""Every quirk by name, as in conventions.md."""

PRESETS: dict[str, Mapping[str, str]] = {
    "documented": {},
    "recorded": {name: quirk.recorded for name, quirk in QUIRKS.items() if quirk.recorded},
}
"""Quirks that go together by the name of the reading; those of `documented` are the defaults."""

DEFAULT_PRESET: Preset = "documented"

_DOMAIN = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
_API_KEY = re.compile(r"[\x21-\x7e]+")


@dataclass
class Settings:
    """The settings of one portal; they may change while it runs.

    Raises:
        SetupError: a value is unknown or invalid, or contradicts another.
    """

    domain: str = DEFAULT_DOMAIN
    api_key: str = DEFAULT_API_KEY
    plan: str = DEFAULT_PLAN
    hourly_limit: int | None = None  # None takes the plan's
    burst_limit: int = BURST_LIMIT
    preset: str = DEFAULT_PRESET  # the quirks that `quirks` does not name
    quirks: Mapping[str, str] = field(default_factory=dict)
    api_enabled: bool = True
    active: bool = True
    key_revoked: bool = False
    tasks: str = DEFAULT_TASKS  # when a background task is completed: task_rule.RULES
    correction_text: str = ""  # JSON, as contract/corrections.py loads it; "" is none
    on_change: Callable[[], None] = field(
        default_factory=lambda: _nothing, init=False, repr=False, compare=False
    )
    """Is called after each change of a value."""

    def __setattr__(self, name: str, value: object) -> None:
        super().__setattr__(name, value)
        if name != "on_change" and "on_change" in vars(self):
            self.on_change()

    def __post_init__(self) -> None:
        self.domain = self.domain.lower()
        if not _DOMAIN.fullmatch(self.domain):
            raise SetupError(
                f"The domain {self.domain!r} is not one label of a host name: use up to 63 "
                "letters, digits and hyphens, like 'acme'.",
                at="domain",
            )
        check_key(self.api_key)
        self.hourly_limit = _hourly_limit(self.plan, self.hourly_limit)
        if self.burst_limit < 1:
            raise SetupError(
                f"The burst limit must be at least 1, not {self.burst_limit}.", at="burst_limit"
            )
        self.quirks = _all_quirks(self.preset, self.quirks)
        task_rule(self.tasks)

    @property
    def task_rule(self) -> TaskRule:
        """The rule that `tasks` names."""
        return task_rule(self.tasks)

    @property
    def host(self) -> str:
        """The host name by which the vendor's clients know the portal."""
        return f"{self.domain}{VENDOR_SUFFIX}"

    @property
    def limit(self) -> int:
        """The requests allowed in an hour."""
        assert self.hourly_limit is not None
        return self.hourly_limit

    def set_plan(self, plan: str, hourly_limit: int | None = None) -> None:
        """Change the plan, and with it the hourly limit.

        Raises:
            SetupError: there is no such plan, or the limit is invalid or missing.
        """
        self.hourly_limit = _hourly_limit(plan, hourly_limit)
        self.plan = plan

    def set_quirk(self, name: str, value: str) -> None:
        """Change one quirk.

        Raises:
            SetupError: there is no such quirk, or it has no such value.
        """
        self.quirks = _all_quirks(self.preset, {**self.quirks, name: value})

    def set_preset(self, preset: str) -> None:
        """Take every quirk from a preset.

        Raises:
            SetupError: there is no such preset.
        """
        self.quirks = _all_quirks(preset, {})
        self.preset = preset

    def save(self) -> dict[str, Any]:
        """Return every setting by name, as JSON-able values."""
        values = {name: value for name, value in vars(self).items() if name != "on_change"}
        return {**values, "quirks": dict(self.quirks)}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Restore the settings that `save` returned."""
        vars(self).update({**state, "quirks": dict(state["quirks"])})
        self.on_change()


def _nothing() -> None:
    """Nobody is to hear of a change."""


class Quirks(Mapping[str, str]):
    """The current quirks of a portal, by name; a change applies from the next request on."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def __getitem__(self, name: str) -> str:
        return self._settings.quirks[name]

    def __setitem__(self, name: QuirkName, value: QuirkValue) -> None:
        """Change one quirk.

        Raises:
            SetupError: there is no such quirk, or it has no such value.
        """
        self._settings.set_quirk(name, value)

    def __iter__(self) -> Iterator[str]:
        return iter(self._settings.quirks)

    def __len__(self) -> int:
        return len(self._settings.quirks)

    def __repr__(self) -> str:
        return f"Quirks({dict(self)!r})"


def check_key(api_key: str) -> None:
    """Refuse an invalid API key.

    Raises:
        SetupError: it is not printable ASCII, or has spaces.
    """
    if not _API_KEY.fullmatch(api_key):
        raise SetupError("The API key must be printable ASCII without spaces.", at="api_key")


def _hourly_limit(plan: str, asked: int | None) -> int:
    if plan not in PLANS:
        raise SetupError(f"There is no plan {plan!r}{suggest(plan, PLANS)}.", at="plan")
    limit = PLANS[plan] if asked is None else asked
    if limit is None:
        raise SetupError(
            "The plan 'custom' has no limit of its own: say how many requests an hour it allows "
            "(hourly_limit, --hourly-limit).",
            at="plan",
        )
    if limit < 1:
        raise SetupError(f"The hourly limit must be at least 1, not {limit}.", at="hourly_limit")
    return limit


def _all_quirks(preset: str, asked: Mapping[str, str]) -> dict[str, str]:
    if preset not in PRESETS:
        raise SetupError(f"There is no preset {preset!r}{suggest(preset, PRESETS)}.", at="preset")
    for name, value in asked.items():
        place = place_of("quirks", name)
        if name not in QUIRKS:
            raise SetupError(f"There is no quirk {name!r}{suggest(name, QUIRKS)}.", at=place)
        if value not in QUIRKS[name].values:
            values = QUIRKS[name].values
            raise SetupError(
                f"The quirk {name!r} has no value {value!r}{suggest(value, values)}.", at=place
            )
    defaults = {name: quirk.default for name, quirk in QUIRKS.items()}
    return {**defaults, **PRESETS[preset], **asked}
