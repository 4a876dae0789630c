"""Passwords: how they are kept, and which are strong enough."""

import hashlib

MINIMUM_LENGTH = 8

PASSWORD = "Password1"  # noqa: S105
"""The documented password of every user whose password nobody chose."""


def hash_password(password: str) -> str:
    """Return the SHA-256 of `password` in UTF-8, in hexadecimal.

    One round without salt protects no secret. These passwords are test data, and creating
    a user must not take the tenth of a second that a proper password hash would.
    """
    return hashlib.sha256(password.encode()).hexdigest()


def is_strong(password: str) -> bool:
    """Return whether it has 8 characters, among them upper case, lower case and a digit."""
    return (
        len(password) >= MINIMUM_LENGTH
        and any(character.isupper() for character in password)
        and any(character.islower() for character in password)
        and any(character.isdigit() for character in password)
    )
