"""What a test's portals met that fails the test, though it passed by itself."""

from collections.abc import Iterable, Iterator

from talentlms_mock import Portal
from talentlms_mock.portal.journal.requests import ContractWarning

SERVER_ERROR = 500


def problems(portals: Iterable[Portal], *, strict: bool) -> list[str]:
    """Return what was wrong, a sentence each; nothing is as it should be.

    Args:
        portals: those of the test.
        strict: whether a contract warning is wrong.
    """
    return [
        text
        for portal in portals
        for text in (*_idle_faults(portal), *_errors(portal), *_warnings(portal, strict))
    ]


def warnings(portal: Portal, after: int = 0) -> list[str]:
    """Return the contract warnings of a portal, each with the request it belongs to.

    Args:
        portal: that got the requests.
        after: only requests with a larger number count.
    """
    return [
        f"{warned.exchange.method} {_shown(warned)}"
        for warned in portal.warnings
        if warned.exchange.number > after
    ]


def _shown(warned: ContractWarning) -> str:
    hide = warned.exchange.redacted_text
    return f"{hide(warned.exchange.target)}: {hide(warned.text)}"


def _idle_faults(portal: Portal) -> Iterator[str]:
    for fault in portal.faults:
        if not fault.fired and not fault.optional:
            seen = "no request it was for" if not fault.calls else f"{fault.calls} that it was for"
            yield portal.journal.secrets.hide(
                f"{fault} never fired: of {len(portal.requests)} requests to "
                f"{portal.domain!r}, {seen}. Give it optional=True where that may be."
            )


def _errors(portal: Portal) -> Iterator[str]:
    for exchange in portal.requests:
        if exchange.status >= SERVER_ERROR and not exchange.faults:
            yield f"{exchange!r}, which no fault asked for."


def _warnings(portal: Portal, strict: bool) -> Iterator[str]:
    if strict:
        for text in warnings(portal):
            yield f"A contract warning: {text}."
