import pytest

from talentlms_mock.portal.rules.passwords import (
    PASSWORD,
    PASSWORD_HASH,
    UNUSABLE,
    hash_password,
    is_password,
)

SALT = "a-salt"


def test_a_password_is_kept_salted_and_known_again() -> None:
    kept = hash_password("Passw0rd", SALT)
    assert kept.startswith(f"scrypt$10${SALT}$")
    assert is_password("Passw0rd", kept)
    assert not is_password("passw0rd", kept)
    assert hash_password("Passw0rd", "another") != kept


def test_the_documented_password_has_one_known_hash() -> None:
    assert hash_password(PASSWORD, SALT) == PASSWORD_HASH
    assert is_password(PASSWORD, PASSWORD_HASH)
    assert not is_password("Passw0rd", PASSWORD_HASH)


@pytest.mark.parametrize("kept", [UNUSABLE, "", "0" * 64, "md5$1$salt$hash"])
def test_no_password_is_what_no_password_was_kept_as(kept: str) -> None:
    assert not any(is_password(word, kept) for word in (PASSWORD, kept, ""))


def test_the_known_hash_is_that_of_the_documented_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("talentlms_mock.portal.rules.passwords.PASSWORD", "none")
    assert hash_password(PASSWORD, "talentlms-mock") == PASSWORD_HASH
