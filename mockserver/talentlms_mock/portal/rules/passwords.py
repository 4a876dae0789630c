"""Passwords: how they are kept, and which are strong enough."""

import hashlib
import hmac
from functools import lru_cache
from hmac import compare_digest

MINIMUM_LENGTH = 8

PASSWORD = "Password1"  # noqa: S105
"""The documented password of every user whose password nobody chose."""

_KNOWN = "b10964be085d10b706c3543f0d3b149968f7249d778c2ed512df9064dc9768bf"
PASSWORD_HASH = f"scrypt$10$talentlms-mock${_KNOWN}"
"""The hash of `PASSWORD`: known, and the same for every user, so that seeding computes none."""

UNUSABLE = "!"
"""Kept in place of a hash for a password that nobody knows: no password has it."""

_METHOD = "scrypt"
_COST = 10
"""The binary logarithm of scrypt's cost: a megabyte and a few milliseconds for each password."""
_BLOCK_SIZE = 8
_SALT_OF_ALL = b"talentlms-mock"
"""Of the slow step, so that its result is the same in all portals; users differ in the quick one.
"""
_HASH_BYTES = 32


def hash_password(password: str, salt: str) -> str:
    """Return `password` as it is kept: method, cost, salt and hash.

    Who tries passwords against a saved portal pays scrypt for each of them. A mock that gets the
    same password again and again, as tests give it, pays once in a process.

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
    """Return the hash of a password, in which each salt gives it another."""
    return hmac.digest(_stretched(password, cost), salt.encode(), "sha256").hex()


@lru_cache(maxsize=1024)
def _stretched(password: str, cost: int) -> bytes:
    return hashlib.scrypt(
        password.encode(),
        salt=_SALT_OF_ALL,
        n=1 << cost,
        r=_BLOCK_SIZE,
        p=1,
        dklen=_HASH_BYTES,
    )


def is_strong(password: str) -> bool:
    """Return whether it has 8 characters, among them upper case, lower case and a digit."""
    return (
        len(password) >= MINIMUM_LENGTH
        and any(character.isupper() for character in password)
        and any(character.islower() for character in password)
        and any(character.isdigit() for character in password)
    )
