"""Faults without HTTP: which rules are refused, and which requests a fault meets, and when."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, get_type_hints

import orjson
import pytest

from talentlms_mock.app import catalogue
from talentlms_mock.errors import SetupError
from talentlms_mock.portal.contract.operations import Catalogue
from talentlms_mock.portal.faults.effect import Effect
from talentlms_mock.portal.faults.faults import Fault, Faults
from talentlms_mock.portal.faults.request import Request
from talentlms_mock.portal.faults.rule import CONTRADICTIONS, FaultOptions, FaultRule, make_rule

OPERATIONS = catalogue()
IDS = {
    ("GET", "/api/v2/users"): "getUsers",
    ("POST", "/api/v2/users"): "createUser",
    ("GET", "/api/v2/statistics"): "getStatistics",
}


@pytest.fixture
def faults() -> Faults:
    return Faults(42, lambda: OPERATIONS)


def add(
    faults: Faults, method: str | None = None, path: str | None = None, **options: object
) -> Fault:
    return faults.add(make_rule({"method": method, "path": path, **options}))


def request(
    method: str = "GET",
    path: str = "/api/v2/users",
    *,
    query: Mapping[str, str] | None = None,
    headers: Mapping[bytes, bytes] | None = None,
    body: object = b"",
) -> Request:
    ids = {"GET": "getUserById", "PATCH": "updateUser", "DELETE": "deleteUser"}
    of_user = ids.get(method) if path.startswith("/api/v2/users/") else None
    return Request(
        method,
        path,
        IDS.get((method, path), of_user),
        query or {},
        headers or {},
        body if isinstance(body, bytes) else orjson.dumps(body),
    )


def statuses(faults: Faults, count: int, asked: Request | None = None) -> list[int | str | None]:
    """Return what befalls so many requests in a row: a status, a loss, or None."""
    met = [faults.apply(asked or request()) for _ in range(count)]
    return [None if effect is None else effect.status or effect.loses or None for effect in met]


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"statsu": 503}, "statsu is not a known key (did you mean 'status'?)"),
        ({"match": {"jsno": {}}, "status": 503}, "match.jsno is not a known key (did you mean"),
        ({"status": 503, "reset": True}, "status and reset contradict each other"),
        (
            {"status": 200},
            "status=200 alone answers nothing: give it a body, which may be empty",
        ),
        ({"status": 201, "drip": 5}, "status=201 alone answers nothing"),
        (
            {"sequence": [503, 200]},
            "sequence: has the status 200, which answers nothing: say None",
        ),
        ({"timeout": True, "empty": True}, "timeout and empty contradict each other"),
        ({"timeout": True, "truncate_at": 10}, "timeout and truncate_at contradict each other"),
        ({"reset": True, "drip": 10}, "reset and drip contradict each other"),
        ({"status": 503, "drop_field": "id"}, "status and drop_field contradict each other"),
        ({"sequence": [503], "times": 1}, "times and sequence contradict each other"),
        ({"sequence": [503], "status": 503}, "status and sequence contradict each other"),
        ({"status": 503, "on_call": 3, "after": 1}, "on_call and after contradict each other"),
        ({"status": 503, "on_call": 3, "times": 1}, "times and on_call contradict each other"),
        ({}, "it says nothing to do: give it one of status, latency,"),
        ({"after_commit": True, "times": 3}, "it says nothing to do"),
        ({"body": {}, "latency": 1}, "a body needs a status: say status=200"),
        ({"status": 204, "body": {}}, "an answer 204 has no body"),
        ({"status": 204, "truncate_at": 1}, "an answer 204 has no body"),
        ({"status": 199}, "status: Input should be greater than or equal to 200"),
        ({"status": 600}, "status: Input should be less than or equal to 599"),
        ({"status": "503"}, "status: Input should be a valid integer"),
        ({"status": 503, "body": {1}}, "body: must be text in UTF-8, or what can be written as"),
        ({"status": 503, "body": b"\xff"}, "body: must be text in UTF-8, or what can be written"),
        ({"status": 503, "on_call": 0}, "on_call: Input should be greater than or equal to 1"),
        ({"status": 503, "times": 0}, "times: Input should be greater than or equal to 1"),
        ({"status": 503, "probability": 2}, "probability: Input should be less than or equal to 1"),
        ({"status": 503, "probability": 0}, "probability: Input should be greater than 0"),
        ({"truncate_at": -1}, "truncate_at: Input should be greater than or equal to 0"),
        ({"drip": 0}, "drip: Input should be greater than 0"),
        ({"latency": -1}, "latency: must be seconds, or the least and the most of them"),
        ({"latency": (2, 1)}, "latency: must be seconds, or the least and the most of them"),
        ({"latency": (1, 2, 3)}, "latency: must be seconds, or the least and the most of them"),
        ({"latency": "1"}, "latency: must be seconds, or the least and the most of them"),
        ({"latency": True}, "latency: must be seconds, or the least and the most of them"),
        ({"latency": float("inf")}, "latency: must be seconds, or the least and the most of"),
        ({"sequence": []}, "sequence: must be a list, like [503, 'timeout', None]"),
        ({"sequence": 503}, "sequence: must be a list, like [503, 'timeout', None]"),
        ({"sequence": [503, "tiemout"]}, "sequence: has an unknown step 'tiemout' (did you mean"),
        ({"sequence": [True]}, "sequence: has an unknown step True (known are empty, malformed"),
        ({"sequence": [99]}, "sequence: has the status 99, which is not between 200 and 599"),
        ({"drop_field": 3}, "drop_field: must be the name of a field, or a list of them"),
        ({"drop_field": "a..b"}, "drop_field: must be the name of a field, or a list of them"),
        ({"rename_field": "a"}, "rename_field: must say the new name of each field"),
        ({"rename_field": {"email": "a.b"}}, "rename_field: must say the new name of each field"),
        ({"rename_field": {"": "a"}}, "rename_field: must say the new name of each field"),
        (
            {"drop_field": "email", "null_field": "_data.email"},
            "a field can be dropped, nulled or renamed, and only once",
        ),
    ],
)
def test_a_rule_that_is_wrong_in_itself_is_refused(options: dict[str, Any], problem: str) -> None:
    with pytest.raises(SetupError) as refused:
        make_rule(options)
    assert str(refused.value).startswith(f"The fault is not right: {problem}")
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("method", "path", "options", "problem"),
    [
        (
            "GET",
            "/user/*",
            {"status": 503},
            "No operation has the path '/user/*' (did you mean getUserById, GET "
            "/api/v2/users/{id}?).",
        ),
        (None, "/webhooks", {"status": 503}, "No operation has the path '/webhooks'."),
        (
            "POST",
            "/users/*",
            {"status": 503},
            "The path '/users/*' has no POST, but DELETE, GET, PATCH.",
        ),
        ("GTE", None, {"status": 503}, "No operation has the method 'GTE' (did you mean 'GET'?)."),
        (
            "getUsers",
            None,
            {"status": 503},
            "'getUsers' is no method: write fault(path='getUsers'), or the method before it.",
        ),
        (
            "/users",
            None,
            {"status": 503},
            "'/users' is no method: write fault(path='/users'), or the method before it.",
        ),
        (
            None,
            "getUser",
            {"status": 503},
            "There is no operation 'getUser' (did you mean 'getUsers'?).",
        ),
        ("POST", "getUsers", {"status": 503}, "getUsers is GET, not POST."),
        (
            None,
            "/users?page=1",
            {"status": 503},
            "The path '/users?page=1' has a query: give what stands after the question mark as "
            "query.",
        ),
        (
            None,
            "getUsers",
            {"drop_field": "emial"},
            "There is no field 'emial' in what getUsers answers (did you mean 'email'?).",
        ),
        (
            None,
            "getUsers",
            {"null_field": "avatar.xxl"},
            "There is no field 'avatar.xxl' in what getUsers answers (did you mean 'avatar.xl'?).",
        ),
        (
            None,
            "getUserById",
            {"drop_field": "_data.emial"},
            "There is no field '_data.emial' in what getUserById answers (did you mean 'email'?).",
        ),
        (
            None,
            "getUserById",
            {"drop_field": "_meta.pagination.page"},
            "There is no field '_meta.pagination.page' in what getUserById answers (known are ",
        ),
        (
            None,
            "getUsers",
            {"rename_field": {"email": "login"}},
            "getUsers answers with a field 'login' already.",
        ),
        (
            None,
            "updateUser",
            {"malformed_json": True},
            "What updateUser means answers without a body, which leaves nothing to change.",
        ),
        (
            "GET",
            None,
            {"status": 503, "match": {"json": {"a": 1}}},
            "Nothing that GET * can mean takes a body to match.",
        ),
    ],
)
def test_a_rule_that_names_what_is_not_there_is_refused(
    faults: Faults, method: str | None, path: str | None, options: dict[str, Any], problem: str
) -> None:
    rule = make_rule({"method": method, "path": path, **options})
    for declare in (faults.check, faults.add):
        with pytest.raises(SetupError) as refused:
            declare(rule)
        assert str(refused.value).startswith(problem)
    assert len(faults) == 0


def test_a_portal_that_is_on_no_server_takes_only_faults_of_every_request() -> None:
    faults = Faults(42, Catalogue)
    add(faults, status=503)
    for method, path in ((None, "getUsers"), ("GET", None)):
        with pytest.raises(SetupError, match="on no server yet"):
            add(faults, method, path, status=503)
    assert statuses(faults, 1) == [503]


def test_an_option_of_none_or_false_is_as_if_it_were_not_given() -> None:
    nothing = {
        name: None for name, kind in get_type_hints(FaultOptions).items() if kind is not bool
    }
    assert make_rule({**nothing, "reset": False, "timeout": True}) == make_rule({"timeout": True})


def test_the_options_of_python_and_of_files_are_the_same() -> None:
    assert [*get_type_hints(FaultOptions)] == [*FaultRule.model_fields][2:]


def test_contradictions_name_options_that_exist() -> None:
    assert {name for pair in CONTRADICTIONS for name in pair} <= set(FaultRule.model_fields)


@pytest.mark.parametrize(
    ("method", "path", "meets"),
    [
        (None, None, ["GET /users", "POST /users", "GET /users/7", "GET /users/71", "GET /nope"]),
        ("GET", None, ["GET /users", "GET /users/7", "GET /users/71", "GET /nope"]),
        (None, "/users", ["GET /users", "POST /users"]),
        ("get", "/users/", ["GET /users"]),
        (None, "/api/v2/users", ["GET /users", "POST /users"]),
        (None, "/users/*", ["GET /users/7", "GET /users/71"]),
        (None, "/users/{id}", ["GET /users/7", "GET /users/71"]),
        (None, "/users/7", ["GET /users/7"]),
        (None, "/users/*1", ["GET /users/71"]),
        (None, "createUser", ["POST /users"]),
    ],
)
def test_which_requests_a_fault_is_for(
    faults: Faults, method: str | None, path: str | None, meets: list[str]
) -> None:
    fault = add(faults, method, path, status=503)
    asked = ("GET /users", "POST /users", "GET /users/7", "GET /users/71", "GET /nope")
    met = []
    for words in asked:
        verb, _, place = words.partition(" ")
        one = request(verb, f"/api/v2{place}")
        if faults.may_match(one.operation_id, one.path) and faults.apply(one):
            met.append(words)
    assert met == meets
    assert (fault.calls, fault.fired) == (len(meets), len(meets))


@pytest.mark.parametrize(
    ("match", "is_met"),
    [
        ({"json": {"login": "ada"}}, True),
        ({"json": {"nested": {"b": [1, {"c": 2}]}}}, True),
        ({"json": {"nested": {"b": [1]}}}, False),
        ({"json": {"nested": {"b": {}}}}, False),
        ({"json": {"nested": {"a": True}}}, False),
        ({"json": {"nested": {"a": 1.0}}}, True),
        ({"json": {"login": "bob"}}, False),
        ({"json": {"missing": None}}, False),
        ({"json": {}}, True),
        ({"query": {"page[size]": 100}}, True),
        ({"query": {"page[size]": "100", "flag": True}}, True),
        ({"query": {"page[size]": 10}}, False),
        ({"query": {"missing": ""}}, False),
        ({"headers": {"X-Trace": "7"}}, True),
        ({"headers": {"x-trace": "8"}}, False),
        ({"json": {"login": "ada"}, "headers": {"X-Trace": "8"}}, False),
    ],
)
def test_matching_is_partial(faults: Faults, match: dict[str, Any], is_met: bool) -> None:
    fault = add(faults, "POST", "/users", status=503, match=match)
    met = faults.apply(
        request(
            "POST",
            query={"page[size]": "100", "flag": "true"},
            headers={b"x-trace": b"7"},
            body={"login": "ada", "nested": {"a": 1, "b": [1, {"c": 2, "d": 3}]}},
        )
    )
    assert (met is not None, fault.calls) == (is_met, int(is_met))


def test_a_body_that_is_no_json_matches_none(faults: Faults) -> None:
    add(faults, status=503, match={"json": {}})
    assert statuses(faults, 1, request("POST", body=b"{")) == [None]


@pytest.mark.parametrize(
    ("options", "seen"),
    [
        ({"status": 503}, [503, 503, 503, 503, 503]),
        ({"status": 503, "times": 2}, [503, 503, None, None, None]),
        ({"status": 503, "on_call": 3}, [None, None, 503, None, None]),
        ({"status": 503, "after": 3}, [None, None, None, 503, 503]),
        ({"status": 503, "after": 1, "times": 2}, [None, 503, 503, None, None]),
        ({"sequence": [503, "timeout", None, 500]}, [503, "timeout", None, 500, None]),
        ({"sequence": [503, "reset"], "after": 2}, [None, None, 503, "reset", None]),
        ({"sequence": ["empty", "normal", 429]}, ["empty", None, 429, None, None]),
    ],
)
def test_when_a_fault_fires(faults: Faults, options: dict[str, Any], seen: list[Any]) -> None:
    fault = add(faults, **options)
    assert statuses(faults, 5) == seen
    assert fault.fired == len([status for status in seen if status])
    assert len(faults) == 1


def test_chance_follows_the_seed_and_the_number() -> None:
    def draw(seed: int) -> list[Any]:
        faults = Faults(seed, lambda: OPERATIONS)
        add(faults, status=503, probability=0.3)
        return statuses(faults, 50)

    first = draw(42)
    assert first == draw(42)
    assert first != draw(43)
    assert 0 < first.count(503) < 50


def test_a_range_of_latency_follows_the_seed() -> None:
    def draw() -> list[float]:
        faults = Faults(42, lambda: OPERATIONS)
        add(faults, latency=(1, 2))
        return [effect.latency for _ in range(20) if (effect := faults.apply(request()))]

    assert draw() == draw()
    assert len(set(draw())) == 20
    assert all(1 <= seconds < 2 for seconds in draw())


def met(faults: Faults) -> Effect:
    effect = faults.apply(request())
    assert effect is not None
    return effect


def test_faults_that_agree_act_together(faults: Faults) -> None:
    add(faults, latency=1)
    add(faults, "GET", "/users", status=503, times=1)
    add(faults, "GET", None, latency=0.5, malformed_json=True)

    both = met(faults)
    assert (both.status, both.latency, both.malformed_json) == (503, 1.5, True)
    assert both.faults == [2, 1, 3]
    assert both.reason == (
        "fault 2: GET /users -> 503; fault 1: * -> after 1 s; "
        "fault 3: GET * -> malformed_json, after 0.5 s"
    )
    alone = met(faults)
    assert (alone.status, alone.faults) == (None, [1, 3])


def test_of_faults_that_contradict_the_first_declared_acts_and_the_other_waits(
    faults: Faults,
) -> None:
    first = add(faults, "GET", "/users", status=503, times=1)
    second = add(faults, path="getUsers", status=429, times=1)
    third = add(faults, sequence=["reset", None, "empty"])
    assert statuses(faults, 6) == [503, 429, "reset", None, "empty", None]
    assert [(fault.calls, fault.fired) for fault in (first, second, third)] == [
        (1, 1),
        (1, 1),
        (3, 2),
    ]


def test_what_changes_an_answer_gives_way_to_what_decides_on_one(faults: Faults) -> None:
    drift = add(faults, path="getUsers", drop_field="email")
    cut = add(faults, path="getUsers", truncate_at=10)
    other_cut = add(faults, path="getUsers", truncate_at=20)
    add(faults, status=503, times=1)
    add(faults, timeout=True, times=1)

    assert met(faults).faults == [4, 2]
    assert met(faults).faults == [5]
    last = met(faults)
    assert (last.faults, last.truncate_at) == ([1, 2], 10)
    assert [fault.fired for fault in (drift, cut, other_cut)] == [1, 2, 0]


def test_a_step_of_a_sequence_may_change_content(faults: Faults) -> None:
    add(faults, path="getUsers", sequence=["malformed_json", "wrong_content_type"], latency=1)
    first, second = met(faults), met(faults)
    assert (first.malformed_json, first.wrong_content_type) == (True, False)
    assert (second.malformed_json, second.wrong_content_type) == (False, True)
    assert first.reason == "fault 1: getUsers -> malformed_json, after 1 s"


def test_a_path_that_does_not_take_the_method_meets_only_faults_of_every_request(
    faults: Faults,
) -> None:
    add(faults, path="/users", status=503)
    assert not faults.may_match(None, "/api/v2/users")
    add(faults, "PUT", status=500)
    assert statuses(faults, 1, request("PUT")) == [500]


def test_content_is_changed_only_where_there_is_some(faults: Faults) -> None:
    everywhere = add(faults, malformed_json=True)
    emails = add(faults, drop_field="email")
    assert met(faults).faults == [1, 2]
    assert faults.apply(request("DELETE", "/api/v2/users/7")) is None
    only_first = faults.apply(request("GET", "/api/v2/statistics"))
    assert only_first is not None
    assert only_first.faults == [1]
    assert (everywhere.calls, emails.calls) == (2, 1)


def test_faults_are_listed_removed_and_cleared(faults: Faults) -> None:
    first = add(faults, status=503, name="down", optional=True)
    second = add(faults, "GET", "/users/7", latency=(0.1, 2), after_commit=True)
    third = add(faults, "GET", "/users", sequence=[503, None])
    assert [*faults] == [first, second, third]
    assert (faults[0], len(faults), first.optional, first.name) == (first, 3, True, "down")
    assert repr(faults) == (
        "[<fault 1 (down): * -> 503; 0 calls, 0 fired>, "
        "<fault 2: GET /users/7 -> after 0.1 to 2 s, after the commit; 0 calls, 0 fired>, "
        "<fault 3: GET /users -> 503, then normal; 0 calls, 0 fired>]"
    )

    fourth = add(faults, "GET", "/users/7", status=503)
    first.remove()
    first.remove()
    second.remove()
    assert faults.may_match("getUserById", "/api/v2/users/7")
    fourth.remove()
    assert statuses(faults, 3) == [503, None, None]
    assert not faults.may_match("getUserById", "/api/v2/users/7")
    faults.clear()
    assert (len(faults), [*faults], faults.may_match("getUsers", "/api/v2/users")) == (0, [], False)
    assert add(faults, status=503).number == 5


def every_deed() -> Iterator[tuple[dict[str, Any], str]]:
    yield {"reset": True, "after_commit": True}, "reset, after the commit"
    yield {"truncate_at": 0, "drip": 0.5}, "truncated at 0, drip of 0.5 bytes a second"
    yield {"drop_field": ["id"], "null_field": {"login"}}, "without id, login null"
    yield {"rename_field": {"id": "key"}, "latency": 2}, "id as key, after 2 s"
    yield {"status": 502, "wrong_content_type": True}, "502, wrong_content_type"


@pytest.mark.parametrize(("options", "words"), list(every_deed()))
def test_a_fault_says_what_it_does(faults: Faults, options: dict[str, Any], words: str) -> None:
    assert str(add(faults, "GET", "/users", **options)) == f"fault 1: GET /users -> {words}"


def test_a_fault_as_data_makes_the_same_rule(faults: Faults) -> None:
    options: dict[str, Any] = {
        "method": "POST",
        "path": "/users",
        "latency": 0.5,
        "status": 503,
        "body": b"down",
        "match": {"json": {"login": "ada"}},
        "times": 3,
        "name": "down",
    }
    fault = faults.add(make_rule(options))
    data = fault.as_data()
    assert data == {"number": 1, **options, "body": "down", "calls": 0, "fired": 0}
    assert make_rule(json.loads(json.dumps(fault.rule.as_data()))) == fault.rule


def test_faults_are_put_back_with_their_counts_and_their_chance(faults: Faults) -> None:
    chance = add(faults, status=503, probability=0.5, match={"headers": {"a": "1"}})
    once = add(faults, sequence=[500, None])
    asked = request(headers={b"a": b"1"})
    statuses(faults, 7, asked)
    saved = json.loads(json.dumps(faults.save()))
    counts = (chance.calls, chance.fired, once.calls)

    first = statuses(faults, 20, asked)
    chance.remove()
    later = add(faults, status=429)
    faults.restore(saved)
    assert [*faults] == [chance, once]
    assert (chance.calls, chance.fired, once.calls) == counts
    assert statuses(faults, 20, asked) == first
    assert later not in [*faults]
    assert add(faults, status=429).number == 4


def test_faults_are_put_into_another_portal(faults: Faults) -> None:
    add(faults, status=503, times=2)
    add(faults, "GET", "/users", sequence=[500])
    statuses(faults, 1)
    other = Faults(42, lambda: OPERATIONS)
    mine = add(other, status=400)
    other.restore(faults.save())
    assert [str(fault) for fault in other] == [str(fault) for fault in faults]
    assert mine not in [*other]
    assert statuses(other, 3) == statuses(faults, 3) == [503, 500, None]


@pytest.mark.parametrize(
    ("share", "seconds"),
    [(0, 0), (0.25, 0.05), (0.5, 0.1), (0.745, 0.55), (0.99, 1), (0.995, 1), (1, 1)],
)
def test_latency_by_percentile_lies_on_lines_between_them(share: float, seconds: float) -> None:
    rule = make_rule({"latency": {"p99": 1, "p50": 0.1}})
    assert rule.seconds(share) == pytest.approx(seconds)
    assert rule.as_data() == {"latency": {"p50": 0.1, "p99": 1.0}}
    assert make_rule(rule.as_data()) == rule


def test_latency_by_percentile_is_drawn_by_the_seed(faults: Faults) -> None:
    fault = add(faults, latency={"p90": 0.1, "p99.5": 5})
    assert str(fault) == "fault 1: * -> latency p90 0.1 s, p99.5 5 s"
    drawn = [effect.latency for effect in (faults.apply(request()) for _ in range(200)) if effect]
    assert sum(seconds <= 0.1 for seconds in drawn) in range(165, 195)
    assert max(drawn) <= 5
    again = Faults(42, lambda: OPERATIONS)
    add(again, latency={"p90": 0.1, "p99.5": 5})
    assert drawn == [effect.latency for effect in map(again.apply, [request()] * 200) if effect]


@pytest.mark.parametrize(
    "latency",
    [{}, {"p50": 2, "p90": 1}, {"p101": 1}, {"50": 1}, {"p50": -1}, {"p50": True}, {"p5": "1"}],
)
def test_percentiles_that_are_none_are_refused(latency: object) -> None:
    with pytest.raises(SetupError, match="must be seconds by percentile, which do not fall"):
        make_rule({"latency": latency})


def test_percentiles_that_are_the_same_are_refused() -> None:
    with pytest.raises(SetupError, match="must be seconds by percentile"):
        make_rule({"latency": {"p50": 1, "p50.0": 2}})


def test_then_must_be_a_function(faults: Faults) -> None:
    with pytest.raises(SetupError, match="then must be a function of the portal, not 'archive'"):
        faults.declare(path="getUsers", then="archive")  # type: ignore[arg-type]  # the mistake


def test_then_is_told_and_kept_over_a_snapshot(faults: Faults) -> None:
    def archive(portal: object) -> None:
        pass

    fault = faults.declare(path="getUsers", on_call=2, then=archive)
    assert str(fault) == "fault 1: getUsers -> then archive"
    assert fault.as_data() == {
        "number": 1,
        "path": "getUsers",
        "on_call": 2,
        "then": "archive",
        "calls": 0,
        "fired": 0,
    }
    saved = json.loads(json.dumps(faults.save()))
    assert faults.apply(request()) is None
    effect = faults.apply(request())
    assert effect is not None
    assert effect.acts == [archive]
    faults.restore(saved)
    assert (faults[0], fault.calls, fault.then) == (fault, 0, archive)
    elsewhere = Faults(1, lambda: OPERATIONS)
    elsewhere.restore(saved)
    elsewhere.apply(request())
    effect = elsewhere.apply(request())
    assert effect is not None
    assert effect.acts == []
