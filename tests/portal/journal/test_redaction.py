"""Keys and passwords are not printed: neither by the names of their places, nor by their values."""

import json
import re
from base64 import b64encode, urlsafe_b64encode
from urllib.parse import quote

import pytest

from talentlms_mock.portal.journal import redaction
from talentlms_mock.portal.journal.redaction import NamedPlaces, Redactor
from talentlms_mock.portal.journal.secret_values import KEPT_PASSWORDS, SecretValues

SECRET = 'S3cret/"wörd+ 😀'
"""With all that an encoding writes in another way."""


def named(body: bytes) -> bytes | None:
    return NamedPlaces().body(body)


def test_values_are_hidden_at_any_depth() -> None:
    value = {
        "login": "ada",
        "password": "Passw0rd",
        "current_password": "x",
        "users": [{"login": "b", "Password": "y", "none_password": None}],
        "secret": {"any": ["thing"]},
    }
    assert redaction.redacted(value) == {
        "login": "ada",
        "password": "***",
        "current_password": "***",
        "users": [{"login": "b", "Password": "***", "none_password": None}],
        "secret": "***",
    }


@pytest.mark.parametrize(
    "name",
    [
        "x-api-key",
        "api_key",
        "Authorization",
        "X-Auth-Token",
        "Set-Cookie",
        "pwd",
        "user[password]",
    ],
)
def test_names_of_secrets(name: str) -> None:
    assert redaction.is_secret(name)


@pytest.mark.parametrize("name", ["key", "author", "custom_field_1", "idempotency-key", "code"])
def test_other_names(name: str) -> None:
    assert not redaction.is_secret(name)


def test_headers_are_hidden() -> None:
    headers = [
        (b"x-api-key", b"a-key-of-yore"),
        (b"authorization", b"Basic " + b64encode(b"ada:Passw0rd:1")),
        (b"cookie", b"theme=dark; session=abcdefgh"),
        (b"referer", b"https://x.example/?password=Refer3r&page=2"),
        (b"accept", b"*/*"),
    ]
    places = NamedPlaces()
    assert places.headers(headers) == [
        (b"x-api-key", b"***"),
        (b"authorization", b"***"),
        (b"cookie", b"***"),
        (b"referer", b"https://x.example/?password=***&page=2"),
        (b"accept", b"*/*"),
    ]
    assert {"a-key-of-yore", "Passw0rd:1", "abcdefgh", "Refer3r"} <= set(places.seen)
    assert NamedPlaces().headers([(b"authorization", b"Basic ~")]) == [(b"authorization", b"***")]


@pytest.mark.parametrize(
    ("target", "shown"),
    [
        ("/users?page[size]=1&api_key=x&q=a b", "/users?page[size]=1&api_key=***&q=a b"),
        ("/users?page%5Bsize%5D=1", "/users?page%5Bsize%5D=1"),
        ("/users?%70assword=x", "/users?%70assword=***"),
        ("/users?%2570assword=x", "/users?%2570assword=***"),
        ("/users?a=1;password=x;b=2", "/users?a=1;password=***;b=2"),
        ("/users?password=a;b", "/users?password=***"),
        (
            "/users?next=https%3A%2F%2Fx%2F%3Fpassword%3Dx%26a%3D1",
            "/users?next=https%3A//x/%3Fpassword%3D%2A%2A%2A%26a%3D1",
        ),
        ("/users/password", "/users/password"),
    ],
)
def test_targets_are_hidden(target: str, shown: str) -> None:
    assert redaction.redacted_target(target) == shown


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        (b'{"login": "ada"}', b'{"login": "ada"}'),
        (b'{"password": "Passw0rd"}', b'{"password":"***"}'),
        (b'{"p\\u0061ssword": "Passw0rd"}', b'{"password":"***"}'),
        (b'{"password": "Pass\\"w0rd", "x": 1,}', b'{"password": "***", "x": 1,}'),
        (b'{"x": 1, "new_password" : "Passw', b'{"x": 1, "new_password" : "***"'),
        (b'{"p\\u0061ssword": "Passw', b'{"p\\u0061ssword": "***"'),
        (b'{"password":["Passw0rd"], "x"', b'{"password":"***", "x"'),
        (b'{"password":{"a": "}", "b": [1]}, "x"', b'{"password":"***", "x"'),
        (b'{"password":["Passw0rd", {"a"', b'{"password":"***"'),
        (b'{"password": 12345678, "x"', b'{"password": ***, "x"'),
        (b'{"password": "A\\\\", "x": "y', b'{"password": "***", "x": "y'),
        (b'{"x": "5\\" of", "password": "Passw0rd", ', b'{"x": "5\\" of", "password": "***", '),
        (b"{password: 'Passw0rd', x: 1}", b'{password: "***", x: 1}'),
        (b"login=bob&password=Passw0rd&x=1", b"login=bob&password=***&x=1"),
        (b"login=bob&user%5Bp%61ssword%5D=Pass w0rd", b"login=bob&user%5Bp%61ssword%5D=***"),
        (b"password: Passw0rd\nlogin: bob", b"password: ***\nlogin: bob"),
        (b"<u><password>Passw0rd</password></u>", b"<u><password>***</password></u>"),
        (b'<password type="x">Passw0rd<', b'<password type="x">***<'),
        (b"no password here", b"no password here"),
        (b'{"inner": "{\\"password\\": \\"x y\\"}"}', b'{"inner":"{\\"password\\": \\"***\\"}"}'),
        (b'{"url": "https://x/?password=x&a=1"}', b'{"url":"https://x/?password=***&a=1"}'),
    ],
)
def test_bodies_are_hidden_in_every_form(body: bytes, shown: bytes) -> None:
    assert named(body) == shown


def test_parts_are_hidden() -> None:
    body = (
        b'--x\r\nContent-Disposition: form-data; name="login"\r\n\r\nbob\r\n'
        b'--x\r\nContent-Disposition: form-data; name="password"; filename="p.txt"\r\n'
        b"Content-Type: text/plain\r\n\r\nFirst\r\n--y\r\n--x\r\n"
        b'content-disposition: form-data; name="json"\r\n\r\n{"password": "Second"}\r\n--x--\r\n'
    )
    shown = named(body)
    assert shown is not None
    assert shown.count(b"***") == 2
    assert b"bob" in shown
    assert shown.endswith(b'\r\n\r\n{"password": "***"}\r\n--x--\r\n')
    assert b"First" not in shown
    assert b"--y" not in shown
    cut = b'Content-Disposition: form-data; name="password"\n\nFirst'
    assert named(cut) == b'Content-Disposition: form-data; name="password"\n\n***'


def test_nesting_has_no_limit() -> None:
    deep = b'{"password":"S3cret","a":' * 2000 + b"1" + b"}" * 2000
    for body in (deep[:400] + b"1" + b"}" * 16, deep):
        shown = named(body)
        assert shown is not None
        assert b"S3cret" not in shown
    value: object = 1
    for _ in range(5000):
        value = {"secret": "S3cret", "inner": [value]}
    found = redaction.redacted(value)
    assert (found["secret"], found["inner"][0]["secret"]) == ("***", "***")


def _encodings(secret: str) -> dict[str, str]:
    percent = quote(secret, safe="")
    json_text = json.dumps(secret)[1:-1]
    plain = secret.encode()
    return {
        "plain": secret,
        "percent": percent,
        "percent in lower case": "".join(f"%{byte:02x}" for byte in plain),
        "percent twice": quote(percent, safe=""),
        "form": percent.replace("%20", "+"),
        "JSON": json_text,
        "JSON in JSON": json.dumps(json_text)[1:-1],
        "JSON of another writer": "".join(f"\\u{ord(one):04X}" for one in "S3cret") + json_text[6:],
        "JSON with escaped slashes": json.dumps(secret, ensure_ascii=False)[1:-1].replace(
            "/", "\\/"
        ),
        "JSON in percent": quote(json_text, safe=""),
        "HTML": "".join(f"&#{ord(one)};" for one in secret),
        "HTML, hexadecimal": "".join(f"&#x{ord(one):04X};" for one in secret),
        "HTML by name": secret.replace('"', "&quot;"),
        "Basic": b64encode(b"ada:" + plain).decode(),
        "Basic of another length": b64encode(b"bob!:" + plain).decode(),
        "base64": b64encode(plain).decode(),
        "base64 for addresses": urlsafe_b64encode(b"x:" + plain + b":y").decode(),
        "base64 in percent": quote(b64encode(b"ada:" + plain).decode(), safe=""),
        "base64 of percent": b64encode(percent.encode()).decode(),
    }


@pytest.mark.parametrize("encoding", list(_encodings(SECRET)))
def test_values_are_hidden_in_every_encoding(encoding: str) -> None:
    values = SecretValues([SECRET])
    written = _encodings(SECRET)[encoding]
    shown = values.hide(f"before {written} after")
    rest = r"\w{0,5}" if "Basic" in encoding or "base64" in encoding else ""
    assert re.fullmatch(rf"before {rest}\*\*\*{rest}=? after", shown)
    if not rest:
        assert values.hide(f"before {written[3:]} after") == f"before {written[3:]} after"


def test_what_no_pattern_describes_is_hidden_as_a_whole() -> None:
    mixed = quote("".join(f"&#{ord(one)};" for one in "S3cretword"))
    assert SecretValues(["S3cretword"]).hide(f"a {mixed} b") == "***"


def test_short_values_are_hidden_where_they_stand_alone() -> None:
    values = SecretValues(["key-1", "ab"])
    assert values.hide("ab key-1, key-12 my-key-1 'key-1'") == "ab ***, key-12 my-key-1 '***'"


@pytest.mark.parametrize("count", [3, 300])
def test_any_number_of_values(count: int) -> None:
    values = SecretValues(f"Secret-{number}-word" for number in range(count))
    values.add_key("k-1")
    basic = b64encode(b"Secret-2-word").decode()
    assert values.hide(f"Secret-1-word k-1 {basic} Secret-{count}-word") == (
        f"*** *** *** Secret-{count}-word"
    )
    values.add_passwords(["Another-word"])
    assert values.hide("Another-word") == "***"


def test_the_oldest_passwords_are_forgotten_and_no_key_is() -> None:
    values = SecretValues()
    values.add_key("the-first-key")
    values.add_passwords(f"Secret-{number}-word" for number in range(KEPT_PASSWORDS + 1))
    assert values.hide("the-first-key Secret-0-word") == "*** Secret-0-word"
    assert values.hide(f"Secret-{KEPT_PASSWORDS}-word") == "***"


def test_bodies_keep_their_form() -> None:
    redactor = Redactor([SecretValues(["S3cretword", "12345678"])])
    body = {"S3cretword": 1, "n": 12345678, "m": 123456789, "list": ["a S3cretword", None, True]}
    assert json.loads(redactor.body(json.dumps(body).encode()) or b"") == {
        "***": 1,
        "n": "***",
        "m": 123456789,
        "list": ["a ***", None, True],
    }
    assert redactor.body(b"{S3cretword") == b"{***"
    assert redactor.body(b'{"a":  1}') == b'{"a":  1}'
    assert redactor.body(b"") == b""
    assert redactor.body(None) is None
    assert redactor.headers([(b"x-S3cretword", b"\xff S3cretword")]) == [(b"x-***", b"\xff ***")]


@pytest.mark.parametrize(
    "text",
    [
        "a" * 300_000,
        '\\"' * 150_000,
        "passw" * 60_000,
        '"password":' * 30_000,
        "password=;" * 30_000,
    ],
    ids=["letters", "quotes", "names", "fields", "pairs"],
)
def test_the_work_grows_with_the_size_alone(text: str) -> None:
    """A square of it would take hours, and the time limit of a test would end it."""
    Redactor([SecretValues(["S3cretword"])]).body(named(b"{" + text.encode()))
