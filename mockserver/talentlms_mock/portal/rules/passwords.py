"""Passwords: how they are kept, and which are strong enough."""

import hashlib
from hmac import compare_digest

MINIMUM_LENGTH = 8

PASSWORD = "Password1"  # noqa: S105
"""The documented password of every user whose password nobody chose."""

_KNOWN = "327af329f0317ec0dce33bfe02ca9a4e9b6ebf6cedff34d5edfeedfe1bad9e70"
PASSWORD_HASH = f"scrypt$10$talentlms-mock${_KNOWN}"
"""The hash of `PASSWORD`: known, and the same for every user, so that seeding computes none."""

UNUSABLE = "!"
"""Kept in place of a hash for a password that nobody knows: no password has it."""

_METHOD = "scrypt"
_COST = 10
"""The binary logarithm of scrypt's cost: a megabyte and a few milliseconds for each password."""
_BLOCK_SIZE = 8
_HASH_BYTES = 32


def hash_password(password: str, salt: str) -> str:
    """Return `password` as it is kept: method, cost, salt and hash.

    It is slow enough that nobody tries many passwords against a saved portal, and quick enough
    for the event loop.

    Args:
        password: in any characters.
        salt: another for each user of a portal; without a dollar sign.
    """
    if password == PASSWORD:
        return PASSWORD_HASH
    return f"{_METHOD}${_COST}${salt}${_hash(password, salt, _COST)}"


def is_password(password: str, kept: str) -> bool:
    """Return whether `kept`, made by `hash_password` or `UNUSABLE`, is of `password`."""
    if kept == PASSWORD_HASH:
        return password == PASSWORD
    method, _, rest = kept.partition("$")
    if method != _METHOD:
        return False
    cost, salt, wanted = rest.split("$")
    return compare_digest(_hash(password, salt, int(cost)), wanted)


def _hash(password: str, salt: str, cost: int) -> str:
    return hashlib.scrypt(
        password.encode(), salt=salt.encode(), n=1 << cost, r=_BLOCK_SIZE, p=1, dklen=_HASH_BYTES
    ).hex()


def is_strong(password: str) -> bool:
    """Return whether it has 8 characters, among them upper case, lower case and a digit."""
    return (
        len(password) >= MINIMUM_LENGTH
        and any(character.isupper() for character in password)
        and any(character.islower() for character in password)
        and any(character.isdigit() for character in password)
    )
