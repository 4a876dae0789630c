"""The gateway: every check before an operation runs, in the order of conventions.md."""

import logging
import re
from collections.abc import Awaitable, Callable, Mapping
from functools import lru_cache, partial
from math import ceil

from talentlms_mock.api.adapter import Adapter, Found
from talentlms_mock.api.errors import ApiError, error_body
from talentlms_mock.api.fault_layer import with_faults
from talentlms_mock.api.operation import Operation
from talentlms_mock.api.sending import response_headers, send_response
from talentlms_mock.asgi.call import (
    Call,
    ClientLeft,
    Headers,
    Receive,
    Response,
    Scope,
    Send,
    used_scheme,
)
from talentlms_mock.asgi.off_loop import wait_for
from talentlms_mock.asgi.refused import refused_of
from talentlms_mock.errors import PortalGone
from talentlms_mock.portal.contract import refusals
from talentlms_mock.portal.journal.journal import Exchange
from talentlms_mock.portal.journal.redaction import Redactor, redacted_target
from talentlms_mock.portal.portal import Portal
from talentlms_mock.portal.portals import Portals
from talentlms_mock.portal.state.clock import parse_moment, stopwatch
from talentlms_mock.portal.state.settings import QUIRKS

log = logging.getLogger("talentlms_mock")

LEFT_EARLY = "the client went away before its request had arrived"
_OF_ROUTER: Headers = [(b"vary", b"Origin"), (b"x-content-type-options", b"nosniff")]
"""The headers of what the vendor's router responds (conventions.md, Headers of every response)."""
_OF_API: Headers = [
    (b"cache-control", b"no-store, no-cache, must-revalidate"),
    (b"pragma", b"no-cache"),
    (b"expires", b"Thu, 19 Nov 1981 08:52:00 GMT"),
    *_OF_ROUTER,
]
"""The headers of every other response."""
_NOTHING_REFILLS = (
    "; the portal's clock stands still, so nothing refills: advance it, or call rate_limit.refill()"
)
_PLACEHOLDER = re.compile(r"/(:\w+|\{\w+\})")
"""A parameter of a path as documents write it: the vendor's has `:id` as well as `{id}`."""


_OF_SERVER = {
    each.status: each
    for each in (
        refusals.REQUEST_MALFORMED,
        refusals.TARGET_TOO_LONG,
        refusals.HEADERS_TOO_LARGE,
    )
}
"""The errors for what the server refuses before there is a request."""


class Gateway:
    """Lets a request through to its operation, or answers why not, and keeps the journal.

    Args:
        portals: those served.
        adapter: runs an operation for a call that passed.
        allow_http: serve plain HTTP as if it were HTTPS, with a contract warning.
        behind_tls_proxy: believe `X-Forwarded-Proto` of a client on the loopback address.
        on_exchange: is called with every exchange.
    """

    def __init__(
        self,
        portals: Portals,
        adapter: Adapter,
        *,
        allow_http: bool,
        behind_tls_proxy: bool,
        on_exchange: Callable[[Exchange], None] | None,
    ) -> None:
        self._portals = portals
        self._adapter = adapter
        self._allow_http = allow_http
        self._behind_tls_proxy = behind_tls_proxy
        self._on_exchange = on_exchange

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one HTTP request."""
        started = stopwatch()
        call = Call(scope, receive)
        headers = _OF_API.copy()
        try:
            response = await self._respond(call, headers)
        except ClientLeft:
            self._report(self._keep(call, Response(0, reason=LEFT_EARLY), [], started))
            return
        # Kept first: who has the response finds the request in the journal.
        headers = response_headers(response, headers)
        exchange = self._keep(call, response, headers, started)
        await send_response(call, response, headers, send)
        if response.effect is not None:
            exchange.duration, exchange.reason = stopwatch() - started, response.reason
        self._report(exchange)

    async def _respond(self, call: Call, headers: Headers) -> Response:
        try:
            while (busy := self._portals.busy(call.host)) is not None:
                await wait_for(busy.database)
                busy.database.release()
            portal, operation, path_values = self._check(call, headers)
            perform = partial(self._adapter.perform, portal, operation, path_values, call)
            if portal.faults and portal.faults.may_match(call.operation_id, call.path):
                return await with_faults(portal, operation, call, partial(_refusing, call, perform))
            return await perform()
        except ApiError as error:
            if error.refusal.of_router:
                headers[:] = [*_OF_ROUTER, *error.headers]
                await call.read_body()  # for the journal, which says what was meant
            return _refusal(call, error)
        except ClientLeft:
            raise
        except PortalGone:
            return _refusal(call, ApiError(refusals.API_DISABLED, "the portal was removed"))
        except Exception:  # whatever fails in here, the client gets the vendor's 500
            target = Redactor(self._portals.secrets).text(redacted_target(call.path_with_query))
            log.exception("%s %s failed inside the mock", call.method, target)
            return _refusal(
                call, ApiError(refusals.INTERNAL, "an error inside the mock; its log has it")
            )

    def _check(self, call: Call, headers: Headers) -> tuple[Portal, Operation, Mapping[str, str]]:
        """Return portal, operation and values of the path of a call, after all checks in order.

        Raises:
            ApiError: one fails.
        """
        found = self._adapter.find(call)
        _warn_of_placeholder(call)
        call.portal = self._portals.find(call.host, call.header(b"x-api-key"))
        refused = refused_of(call.scope)
        if refused is not None:
            raise ApiError(_OF_SERVER[refused.status], refused.reason)
        self._check_https(call)
        if call.portal is None:
            reason = f"no portal answers for {call.host!r}"
            raise ApiError(refusals.API_DISABLED, reason)
        operation, portal = found.operation, call.portal
        if operation is None:
            raise _routing_error(found, call)
        _check_enabled(portal)
        if not operation.needs_key:
            return portal, operation, found.path_values
        _check_key(call, portal)
        # Every request with a valid key counts, whatever it is answered for other reasons.
        now = portal.clock.seconds()
        problem = _version_problem(call, portal, now) or _accept_problem(call, portal)
        limited = portal.rate_limit.take(now)
        if limited and portal.clock.frozen:
            limited += _NOTHING_REFILLS
        headers += _rate_headers(portal, now, limited)
        if problem is not None:
            raise problem
        if limited:
            raise ApiError(refusals.RATE_LIMITED, limited)
        return portal, operation, found.path_values

    def _check_https(self, call: Call) -> None:
        call.scheme = used_scheme(call.scope, behind_tls_proxy=self._behind_tls_proxy)
        if call.scheme == "https":
            return
        if not self._allow_http:
            raise ApiError(refusals.HTTPS_REQUIRED, "the request came over plain HTTP")
        call.warn("plain HTTP, which the vendor refuses")

    def _keep(self, call: Call, response: Response, headers: Headers, started: float) -> Exchange:
        portal = call.portal
        exchange = Exchange(
            number=portal.journal.next_number() if portal else 0,
            time=portal.clock.seconds() if portal else 0.0,
            duration=stopwatch() - started,
            method=call.method,
            target=call.path_with_query,
            operation_id=call.operation_id,
            raw_headers=call.scope["headers"],
            body=call.body,
            status=response.status,
            response=response.body,
            reason=response.reason,
            warnings=call.all_warnings(),
            changes=call.changes,
            faults=tuple(response.effect.faults) if response.effect else (),
            raw_response_headers=headers,
            secrets=self._portals.secrets,
        )
        if portal is not None:
            portal.journal.add(exchange)
        return exchange

    def _report(self, exchange: Exchange) -> None:
        if self._on_exchange is not None:
            self._on_exchange(exchange)


async def _refusing(call: Call, perform: Callable[[], Awaitable[Response]]) -> Response:
    """Return what `perform` does, also where that is an error."""
    try:
        return await perform()
    except ApiError as error:
        return _refusal(call, error)


def _refusal(call: Call, error: ApiError) -> Response:
    shape = call.portal.settings.quirks["error_shape"] if call.portal else _DEFAULT_SHAPE
    return Response(error.refusal.status, error_body(error.refusal, shape), error.reason)


_DEFAULT_SHAPE = QUIRKS["error_shape"].default


def _warn_of_placeholder(call: Call) -> None:
    path = call.path
    if "/:" not in path and "/{" not in path:  # which is quicker than the pattern
        return
    placeholder = _PLACEHOLDER.search(path)
    if placeholder is not None:
        call.warn(f"the path has {placeholder[1]!r} itself, where a value belongs")


def _routing_error(found: Found, call: Call) -> ApiError:
    if not found.methods:
        return ApiError(refusals.NO_SUCH_PATH, "no operation has this path")
    allow = (b"allow", ", ".join(found.methods).encode())
    reason = f"no operation {call.method} on this path"
    return ApiError(refusals.WRONG_METHOD, reason, headers=(allow,))


def _check_enabled(portal: Portal) -> None:
    if not portal.settings.active:
        raise ApiError(refusals.API_DISABLED, "the domain is inactive")
    if not portal.settings.api_enabled:
        raise ApiError(refusals.API_DISABLED, "the API is switched off")


def _check_key(call: Call, portal: Portal) -> None:
    key = call.header(b"x-api-key")
    if key == portal.settings.api_key and not portal.settings.key_revoked:
        return
    raise ApiError(refusals.INVALID_KEY, _key_problem(key, portal))


def _key_problem(key: str | None, portal: Portal) -> str:
    if key is None:
        return "no X-API-Key header"
    if key == portal.settings.api_key:
        return "the X-API-Key was revoked"
    if key in portal.keys.all:
        return "the X-API-Key is an old one: the key was rotated"
    return "the X-API-Key is not the portal's"


def _version_problem(call: Call, portal: Portal, now: float) -> ApiError | None:
    version = call.header(b"x-api-version")
    if version is None:
        if portal.settings.quirks["version_header"] == "required":
            return ApiError(refusals.VERSION_MISSING, "no X-API-Version header")
        call.warn("no X-API-Version header; the vendor asks for one")
        return None
    begins = _first_second(version)
    if begins is None:
        return ApiError(refusals.VERSION_MALFORMED, f"no such version: {version!r}")
    if begins > now:
        call.warn(f"the X-API-Version {version} is in the future")
    return None


@lru_cache
def _first_second(text: str) -> float | None:
    """Return when the day `text`, YYYY-MM-DD, begins, in seconds since 1970; None if it is none."""
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", text, re.ASCII):
        return None
    try:
        return parse_moment(text).timestamp()
    except ValueError:
        return None


def _accept_problem(call: Call, portal: Portal) -> ApiError | None:
    accept = call.header(b"accept")
    if accept == "application/json":
        return None
    literal, able = _accepts(accept)
    if literal:
        return None
    if not able or portal.settings.quirks["accept"] == "strict":
        return ApiError(refusals.NOT_ACCEPTABLE, f"Accept is {accept!r}")
    call.warn(
        "no Accept header; the vendor asks for application/json"
        if accept is None
        else f"Accept is {accept!r}; the vendor asks for application/json"
    )
    return None


@lru_cache
def _accepts(accept: str | None) -> tuple[bool, bool]:
    """Return whether `accept` names application/json, and whether it can take it at all."""
    if accept is None:
        return False, True
    weights = dict(_media_range(part) for part in accept.split(","))
    # The most specific range that is named decides (RFC 9110, 12.5.1).
    for media in ("application/json", "application/*", "*/*"):
        if media in weights:
            return media == "application/json" and weights[media] > 0, weights[media] > 0
    return False, False


def _media_range(text: str) -> tuple[str, float]:
    media, *parameters = (part.strip().lower() for part in text.split(";"))
    weight = next((part[2:] for part in parameters if part.startswith("q=")), "1")
    try:
        return media, float(weight)
    except ValueError:
        return media, 1.0


def _rate_headers(portal: Portal, now: float, limited: str) -> Headers:
    limit = portal.rate_limit
    headers = [
        (b"x-ratelimit-limit", b"%d" % limit.hourly.limit),
        (b"x-ratelimit-remaining", b"%d" % limit.hourly.remaining(now)),
    ]
    if limited and portal.settings.quirks["retry_after"] == "on":
        headers.append((b"retry-after", b"%d" % max(ceil(limit.opens_in(now)), 1)))
    return headers
