"""The plugin as pytest sees it: its options, its marker, its fixtures and its reports.

A suite that never asks for a fixture pays for nothing but this import: the server, and all
that it needs, is imported by the first test that uses it.
"""

import sys
from collections import Counter
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from shutil import rmtree
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import pytest

from pytest_talentlms import arguments, options, parameters
from talentlms_mock.errors import MockError, SetupError
from talentlms_mock.hosts import VENDOR_SUFFIX
from talentlms_mock.intercept import guard

if TYPE_CHECKING:
    from pytest_talentlms.portals import TestPortals
    from talentlms_mock import MockServer, Portal
    from talentlms_mock.verify.live.portal import LivePortal

_VARIANT = "_talentlms_variant"


def pytest_addoption(parser: pytest.Parser) -> None:
    options.add(parser)


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers",
        f"{arguments.MARKER}(domain=, plan=, users=, seed=, dataset=, scenario=, preset=, quirks=, "
        "clock=, ...): what the test asks of its portal, as MockServer.create_portal takes it.",
    )
    config.addinivalue_line(
        "markers", f"{options.LIVE}: runs against a live portal with --talentlms-live=DOMAIN."
    )
    options.settle_seed(config)
    if options.live_domain(config) is not None:
        options.live_key(config)  # before any test runs
    elif options.value(config, "guard"):
        guarded = ExitStack()
        guarded.enter_context(guard())
        config.add_cleanup(guarded.close)


def pytest_collection_finish(session: pytest.Session) -> None:
    """Import the server before the first test: what ends that test early must not break it."""
    names = {"talentlms_server", "_talentlms_portals"}
    if any(names & set(getattr(item, "fixturenames", ())) for item in session.items):
        import talentlms_mock.serving.on_demand  # noqa: F401, PLC0415


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup() -> None:
    """Let the guard hold although another plugin has undone it, as pytest-socket does."""
    patches = sys.modules.get("talentlms_mock.intercept.patches")
    if patches is not None:
        patches.PATCHES.keep()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> bool | None:
    """Run a test that is marked so once for each field of the responses that it uses."""
    if not any("drift" in mark.kwargs for mark in item.iter_markers(arguments.MARKER)):
        return None
    from pytest_talentlms import drift  # noqa: PLC0415

    if not drift.is_asked(item):
        return None
    drift.run(item, nextitem, _DRIFT)
    return True


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Give a worker of xdist the seed of the run."""
    node.workerinput["talentlms_seed"] = options.seed(node.config)


def pytest_report_header(config: pytest.Config) -> str:
    plan = options.value(config, "plan")
    preset = options.value(config, "preset")
    live = options.live_domain(config)
    where = "" if live is None else f", tests marked {options.LIVE} against {live}{VENDOR_SUFFIX}"
    return f"talentlms: seed {options.seed(config)}, plan {plan}, preset {preset}{where}"


@pytest.hookimpl(tryfirst=True)
def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Check a test's markers, and run it once for each variant of its preset and quirks."""
    with _refusals(f"{metafunc.definition.nodeid}: "):
        parameters.expand(metafunc.definition)
    markers = list(metafunc.definition.iter_markers(arguments.MARKER))
    if not markers:
        return
    with _refusals(f"{metafunc.definition.nodeid}: "):
        found = _checked_variants(markers)
    if len(found) > 1 and _VARIANT in metafunc.fixturenames:
        metafunc.parametrize(_VARIANT, list(found.values()), ids=list(found), indirect=True)


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Check the markers of a class of unittest too, for whose tests pytest makes no variants."""
    report = yield
    if report.passed and isinstance(getattr(collector, "obj", None), type):
        for item in report.result:
            markers = list(item.iter_markers(arguments.MARKER))
            if isinstance(item, pytest.Function) and not hasattr(item, "callspec") and markers:
                _check_again(report, item, markers)
    return report


def _check_again(
    report: pytest.CollectReport, item: pytest.Item, markers: list[pytest.Mark]
) -> None:
    try:
        _checked_variants(markers)
    except SetupError as error:
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid}: {error}"
        report.result = []


def _checked_variants(markers: list[pytest.Mark]) -> dict[str, arguments.Arguments]:
    asked = arguments.of_markers(markers)
    found = arguments.variants(asked)
    for variant in found.values():
        arguments.check(asked | dict(variant))
    return found


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """Look at the portals of a test that passed: what they met can still fail it."""
    result = yield
    portals = _portals_of(item)
    if portals is not None:
        _judge(portals, item.config)
        if portals.drifts:
            from pytest_talentlms import drift  # noqa: PLC0415

            drift.note(item, portals)
    return result


def _judge(portals: "TestPortals", config: pytest.Config) -> None:
    from pytest_talentlms import verdict  # noqa: PLC0415

    found = verdict.problems(portals, strict=options.value(config, "strict"))
    if found:
        pytest.fail("\n".join(found), pytrace=False)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Let the report of a test that failed tell of its portals."""
    report = yield
    if report.when == "setup":  # of a test that may run again
        item.stash[_FAILED] = False
        _set_property(item, None)
    item.stash[_FAILED] = item.stash.get(_FAILED, False) or report.failed
    portals = _all_portals_of(item)
    running = _portals_of(item)
    if portals and (running is None or running.without is None):
        _tell(report, portals, item)
    if report.when == "teardown" and not item.stash[_FAILED]:
        _forget(item)
    return report


_FAILED = pytest.StashKey[bool]()
_FOLDERS = pytest.StashKey[list[Path]]()


def _forget(item: pytest.Item) -> None:
    """Remove what an earlier run of a test left, which has passed by now: it was run again."""
    for folder in item.stash.get(_FOLDERS, []):
        rmtree(folder, ignore_errors=True)
    item.stash[_FOLDERS] = []


def _set_property(item: pytest.Item, text: str | None) -> None:
    """Set what a report in JUnit's XML has of a test; None is nothing."""
    others = [each for each in item.user_properties if each[0] != _SECTION]
    item.user_properties[:] = others if text is None else [*others, (_SECTION, text)]


def _tell(report: pytest.TestReport, portals: "list[Portal]", item: pytest.Item) -> None:
    from pytest_talentlms import report as reports  # noqa: PLC0415

    if report.when == "call":
        setattr(report, _WARNINGS, _new_warnings(portals))
    if not report.failed:
        return
    try:
        text = reports.section(portals, options.seed(item.config))
    except MockError:
        return  # a portal or its server is gone by now
    directory = options.report_directory(item.config)
    if directory is not None:
        try:
            folders = reports.write_bundle(portals, directory, item.nodeid, text)
            item.stash.setdefault(_FOLDERS, []).extend(folders)
            text += "".join(f"\n\nAll of it is in {folder}" for folder in folders)
        except (OSError, MockError) as error:
            text += f"\n\nThe bundle cannot be written: {error}"
    report.sections.append((_SECTION, text))
    _set_property(item, text)
    if item.config.pluginmanager.has_plugin("allure_listener"):
        import allure  # noqa: PLC0415  # it is there, as its plugin is

        allure.attach(text, name=_SECTION, attachment_type=allure.attachment_type.TEXT)


_SECTION = "talentlms"
"""What the section of a report is called, and the property and the attachment with its text."""


def _new_warnings(portals: "list[Portal]") -> list[str]:
    """Return the contract warnings that no report has told yet: a portal may serve many tests."""
    from pytest_talentlms import verdict  # noqa: PLC0415

    found = []
    for portal in portals:
        found += verdict.warnings(portal, after=_TOLD.get(portal, 0))
        _TOLD[portal] = portal.journal.last_number
    return found


_TOLD: "WeakKeyDictionary[Portal, int]" = WeakKeyDictionary()
"""The number of the last request of each portal whose warnings were told."""


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Sum up the contract warnings of the run, each once, and which fields mattered."""
    _sum_up_drift(terminalreporter)
    texts = [
        text
        for reports in terminalreporter.stats.values()
        for report in reports
        for text in getattr(report, _WARNINGS, ())
    ]
    if texts:
        from talentlms_mock.portal.journal.last_page import longest_rows  # noqa: PLC0415

        terminalreporter.section("talentlms: contract warnings")
        for text, count in Counter(longest_rows(texts)).items():
            times = f" ({count} times)" if count > 1 else ""
            terminalreporter.line(f"{text}{times}")


def _sum_up_drift(terminalreporter: pytest.TerminalReporter) -> None:
    found = [
        line
        for reports in terminalreporter.stats.values()
        for report in reports
        for line in getattr(report, _DRIFT, ())
    ]
    if found:
        terminalreporter.section("talentlms: drift")
        for line in dict.fromkeys(found):
            terminalreporter.line(line)


_DRIFT = "talentlms_drift"
"""The attribute of a test's report that says which fields mattered, also from a worker."""

_WARNINGS = "talentlms_warnings"
"""The attribute of a test's report that carries its contract warnings, also from a worker."""


def _portals_of(item: pytest.Item) -> "TestPortals | None":
    return item.stash.get(_PORTALS, None)


def _all_portals_of(item: pytest.Item) -> "list[Portal]":
    """Return the portals that a test made or got from a fixture of a wider scope."""
    module = sys.modules.get("talentlms_mock.portal.portal")
    if module is None:
        return []
    arguments_of_test = getattr(item, "funcargs", None) or {}
    given = [one for one in arguments_of_test.values() if isinstance(one, module.Portal)]
    return list(dict.fromkeys([*(_portals_of(item) or ()), *given]))


_PORTALS: "pytest.StashKey[TestPortals]" = pytest.StashKey()


@pytest.fixture(scope="session")
def talentlms_server() -> "Iterator[MockServer]":
    """The server of all portals: one for the run, or one for each worker of xdist.

    Where sockets are blocked, it opens its ports when a test that may use them asks for an address.
    """
    from talentlms_mock.serving.on_demand import OnDemandServer  # noqa: PLC0415

    with OnDemandServer() as server:
        server.open_ports()
        yield server


@pytest.fixture
def talentlms_config() -> Mapping[str, Any]:
    """What every portal is to be, by the arguments of `MockServer.create_portal`; override it.

    In a module or a conftest, a fixture of this name returns a dict: `{"plan": "grow"}`. It
    beats the options of the run, and the marker beats it.
    """
    return {}


@pytest.fixture(name=_VARIANT)
def _variant(request: pytest.FixtureRequest) -> Mapping[str, Any] | None:
    """The preset and quirks of one of the runs of a test that asks for several."""
    return getattr(request, "param", None)


@pytest.fixture
def _talentlms_portals(
    request: pytest.FixtureRequest,
    talentlms_config: Mapping[str, Any],
    _talentlms_variant: Mapping[str, Any] | None,
) -> "Iterator[TestPortals | LivePortal]":
    """The portals of one test, which are gone at its end; or the live portal, which stays."""
    live = options.live_domain(request.config)
    if live is not None and request.node.get_closest_marker(options.LIVE) is not None:
        from talentlms_mock.verify.live.portal import LivePortal  # noqa: PLC0415

        yield LivePortal(live, options.live_key(request.config))
        return
    from pytest_talentlms.portals import TestPortals  # noqa: PLC0415

    server: MockServer = request.getfixturevalue("talentlms_server")
    with _refusals():
        asked = arguments.merge(options.portal_arguments(request.config), talentlms_config)
        asked = arguments.merge(asked, arguments.of_markers(parameters.of_item(request.node)))
        if _talentlms_variant is None:
            variant = arguments.only_variant(asked)
        else:
            variant = parameters.merged(dict(_talentlms_variant), request.node)
        portals = TestPortals(
            server,
            asked | dict(variant),
            guarded=options.value(request.config, "guard"),
            without=_without(request.node, asked),
        )
    request.node.stash[_PORTALS] = portals
    try:
        yield portals
    finally:
        portals.close()


@pytest.fixture
def talentlms(
    request: pytest.FixtureRequest, _talentlms_portals: "TestPortals | LivePortal"
) -> "Portal | LivePortal":
    """A fresh portal: its own key, data, clock, limits and journal, gone at the end of the test.

    In a class of unittest, `@pytest.mark.usefixtures("talentlms")` makes it `self.talentlms`.
    In a test marked `talentlms_live` it is the live portal that `--talentlms-live` names.
    """
    from unittest import TestCase  # noqa: PLC0415

    from talentlms_mock.verify.live.portal import LivePortal  # noqa: PLC0415

    portal: Portal | LivePortal
    if isinstance(_talentlms_portals, LivePortal):
        portal = _talentlms_portals
    else:
        with _refusals():
            portal = _talentlms_portals.first()
    if isinstance(request.instance, TestCase):
        request.instance.talentlms = portal  # type: ignore[attr-defined]
    return portal


@pytest.fixture
def talentlms_factory(
    _talentlms_portals: "TestPortals | LivePortal",
) -> "Callable[..., Portal]":
    """Make portals for a test that needs several: `talentlms_factory(domain="acme", users=3)`.

    What is not said is as in `talentlms`, but for domain and key, which are other ones. All are
    gone at the end of the test.
    """

    from talentlms_mock.verify.live.portal import LivePortal  # noqa: PLC0415

    def make(**asked: Any) -> "Portal":
        with _refusals():
            if isinstance(_talentlms_portals, LivePortal):
                raise SetupError(
                    "A live portal is the only one: talentlms_factory makes others, and cannot in "
                    f"a test marked {options.LIVE}."
                )
            return _talentlms_portals.another(asked)

    return make


@pytest.fixture(scope="session")
def talentlms_shared_factory(
    request: pytest.FixtureRequest, talentlms_server: "MockServer"
) -> "Callable[..., AbstractContextManager[Portal]]":
    """Make portals for a whole module, class or run, in a fixture of that scope:

        @pytest.fixture(scope="module")
        def academy(talentlms_shared_factory):
            with talentlms_shared_factory(domain="academy", users=500) as portal:
                yield portal

    What is not said is as the options of the run say. The domain is another one than that of
    the tests' own portals.
    """
    from pytest_talentlms.portals import TestPortals  # noqa: PLC0415

    @contextmanager
    def make(**asked: Any) -> "Iterator[Portal]":
        with _refusals():
            portals = TestPortals(
                talentlms_server,
                options.portal_arguments(request.config),
                guarded=options.value(request.config, "guard"),
            )
        try:
            with _refusals():
                portal = portals.another(asked)
            yield portal
            _judge(portals, request.config)
        finally:
            portals.close()

    return make


def _without(item: pytest.Item, asked: Mapping[str, Any]) -> "tuple[str, str] | None":
    """Return the field that the current run of a test is to do without."""
    if "drift" not in asked:
        return None
    from pytest_talentlms import drift  # noqa: PLC0415

    return drift.without(item)


@contextmanager
def _refusals(where: str = "") -> Iterator[None]:
    """Let what the mock refuses fail the test with its sentence, without a traceback of ours."""
    try:
        yield
        return
    except SetupError as error:
        problem = f"{where}{error}"
    raise pytest.fail.Exception(problem, pytrace=False) from None
