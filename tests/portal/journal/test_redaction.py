"""Keys and passwords are not printed."""

from talentlms_mock.portal.journal import redaction


def test_values_are_hidden_at_any_depth() -> None:
    value = {
        "login": "ada",
        "password": "Passw0rd",
        "current_password": "x",
        "users": [{"login": "b", "Password": "y", "none_password": None}],
    }
    assert redaction.redacted(value) == {
        "login": "ada",
        "password": "***",
        "current_password": "***",
        "users": [{"login": "b", "Password": "***", "none_password": None}],
    }


def test_headers_and_queries_are_hidden() -> None:
    headers = [(b"x-api-key", b"key"), (b"authorization", b"Bearer x"), (b"accept", b"*/*")]
    assert redaction.redacted_headers(headers) == [
        (b"x-api-key", b"***"),
        (b"authorization", b"***"),
        (b"accept", b"*/*"),
    ]
    target = redaction.redacted_target
    assert (
        target("/users?page[size]=1&api_key=x&q=a b") == "/users?page[size]=1&api_key=***&q=a%20b"
    )
    assert target("/users?page%5Bsize%5D=1") == "/users?page%5Bsize%5D=1"
    assert target("/users/password") == "/users/password"


def test_bodies_are_hidden_also_when_they_are_no_json() -> None:
    body = redaction.redacted_body
    assert body(b'{"login": "ada"}') == b'{"login": "ada"}'
    assert body(b'{"password": "Passw0rd"}') == b'{"password":"***"}'
    assert body(b'{"password": "Pass\\"w0rd", "x": 1,}') == b'{"password": "***", "x": 1,}'
    assert body(b'{"x": 1, "new_password" : "Passw') == b'{"x": 1, "new_password" : "***"'


def test_nesting_has_no_limit() -> None:
    deep = b'{"password":"S3cret","a":' * 2000 + b"1" + b"}" * 2000
    for body in (deep[:400] + b"1" + b"}" * 16, deep):
        assert b"S3cret" not in redaction.redacted_body(body)
    value: object = 1
    for _ in range(5000):
        value = {"secret": "S3cret", "inner": [value]}
    found = redaction.redacted(value)
    assert (found["secret"], found["inner"][0]["secret"]) == ("***", "***")
