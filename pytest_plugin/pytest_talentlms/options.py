"""The options of a run: on the command line, and in pytest's configuration."""

import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from talentlms_mock.errors import SetupError
from talentlms_mock.hosts import VENDOR_SUFFIX
from talentlms_mock.portal.state.settings import DEFAULT_PLAN, DEFAULT_PRESET, DEFAULT_SEED

RANDOM = "random"
LIVE, LIVE_KEY = "talentlms_live", "TALENTLMS_KEY"
"""The marker of tests that can run against a live portal, and the variable with its key."""
_LARGEST_SEED = 2**31


@dataclass(frozen=True)
class Option:
    """A setting of the run: the key `talentlms_NAME` of the configuration, and maybe a flag."""

    name: str
    help: str
    kind: str = "string"  # of the configuration's value: string or bool
    default: object = None
    has_flag: bool = False
    metavar: str | None = None

    @property
    def key(self) -> str:
        return f"talentlms_{self.name}"

    @property
    def flag(self) -> str:
        return f"--talentlms-{self.name}"


OPTIONS = {
    option.name: option
    for option in (
        Option(
            "seed",
            "the seed of every portal's data, or 'random' for another one each run",
            default=str(DEFAULT_SEED),
            has_flag=True,
            metavar="N",
        ),
        Option("plan", "the plan of every portal", default=DEFAULT_PLAN, has_flag=True),
        Option(
            "preset",
            "the preset of every portal's quirks: documented or recorded",
            default=DEFAULT_PRESET,
            has_flag=True,
        ),
        Option("users", "how many users a portal starts with"),
        Option("dataset", "the data that a portal starts with: a name, or a file"),
        Option("domain", "the domain of the portals"),
        Option("api_key", "the API key of a test's portal, instead of one of its own"),
        Option(
            "strict", "a contract warning fails the test", kind="bool", default=False, has_flag=True
        ),
        Option(
            "report",
            "write a bundle for each test that fails into this directory",
            has_flag=True,
            metavar="DIR",
        ),
        Option(
            "intercept",
            f"lead this process's connections to *{VENDOR_SUFFIX} to the mock",
            kind="bool",
            default=False,
        ),
        Option(
            "guard",
            f"refuse connections to any *{VENDOR_SUFFIX} that no portal answers, in the whole run",
            kind="bool",
            default=True,
        ),
    )
}
"""Every option of a run by name."""


def add(parser: pytest.Parser) -> None:
    """Declare the options to pytest."""
    group = parser.getgroup("talentlms", "talentlms: a portal for every test")
    for option in OPTIONS.values():
        if option.has_flag:
            settings: dict[str, Any] = {"metavar": option.metavar or option.name.upper()}
            if option.kind == "bool":
                settings = {"action": "store_true"}
            group.addoption(
                option.flag, dest=option.key, default=None, help=option.help, **settings
            )
        kind: Any = option.kind
        parser.addini(option.key, option.help, type=kind, default=option.default)
    # On the command line alone: no configuration may lead every run to a live portal.
    group.addoption(
        "--talentlms-live",
        dest=LIVE,
        metavar="DOMAIN",
        help=f"run the tests marked {LIVE} against this live portal, with the key in {LIVE_KEY}",
    )


def live_domain(config: pytest.Config) -> str | None:
    """Return the live portal of the run; None where all tests use the mock."""
    domain: str | None = config.getoption(LIVE, None)
    return domain


def live_key(config: pytest.Config) -> str:
    """Return the key of the live portal.

    Raises:
        pytest.UsageError: the environment has none.
    """
    key = os.environ.get(LIVE_KEY, "").strip()
    if not key:
        raise pytest.UsageError(
            f"--talentlms-live needs the API key of {live_domain(config)} in the environment "
            f"variable {LIVE_KEY}."
        )
    return key


def value(config: pytest.Config, name: str) -> Any:
    """Return the value in force of an option: its flag's, else the configuration's."""
    option = OPTIONS[name]
    given = config.getoption(option.key, None) if option.has_flag else None
    return config.getini(option.key) if given is None else given


_SEED = pytest.StashKey[int]()


def settle_seed(config: pytest.Config) -> None:
    """Decide on the seed of the run; a worker of xdist takes that of the whole run.

    Raises:
        pytest.UsageError: it is no whole number.
    """
    worker = getattr(config, "workerinput", {})
    text = str(worker.get("talentlms_seed", value(config, "seed")))
    if text == RANDOM:
        text = str(secrets.randbelow(_LARGEST_SEED))
    try:
        config.stash[_SEED] = int(text)
    except ValueError:
        raise pytest.UsageError(
            f"{OPTIONS['seed'].flag} must be a whole number or '{RANDOM}', not {text!r}."
        ) from None


def seed(config: pytest.Config) -> int:
    """Return the seed of the run."""
    return config.stash[_SEED]


def report_directory(config: pytest.Config) -> Path | None:
    """Return where the bundles of failing tests go; a relative one is below the rootdir."""
    directory = value(config, "report")
    return config.rootpath / directory if directory else None


def portal_arguments(config: pytest.Config) -> dict[str, Any]:
    """Return the arguments of a portal that the options give.

    Raises:
        SetupError: a value is impossible.
    """
    arguments: dict[str, Any] = {"seed": seed(config), "plan": value(config, "plan")}
    arguments["preset"] = value(config, "preset")
    if value(config, "intercept"):
        arguments["intercept"] = True
    for name in ("dataset", "domain", "api_key"):
        if value(config, name):
            arguments[name] = value(config, name)
    users = value(config, "users")
    if users:
        if not users.isdecimal():
            raise SetupError(f"talentlms_users must be a whole number, not {users!r}.")
        arguments["users"] = int(users)
    return arguments
