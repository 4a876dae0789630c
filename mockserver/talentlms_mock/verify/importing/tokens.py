"""What stands for a value until the portal is made: a token, drawn from an HMAC of the value.

Nobody can turn a token back without the secret of the run, which is deleted with the state file.
"""

import hmac
from hashlib import sha256
from secrets import token_bytes
from typing import NamedTuple
from unicodedata import name as character_name

from talentlms_mock.verify.importing.values import Kind

_MARK = "\x00"
_SECRET_BYTES = 32
_A_WORD = 20


class Token(NamedTuple):
    """What is known of a value that is replaced.

    Args:
        kind: what it is replaced by.
        digest: of the value; equal values have the same one.
        hint: of a text `html` where it has tags, and `word` where it is one; of a name its script,
            like GREEK.
    """

    kind: str
    digest: str
    hint: str = ""


def new_secret() -> bytes:
    """Return the secret of a new run."""
    return token_bytes(_SECRET_BYTES)


class Tokens:
    """Makes tokens of values.

    Args:
        secret: of the run.
    """

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def digest(self, value: str) -> str:
        """Return the digest of a value, whose case and outer spaces do not count."""
        folded = value.strip().casefold().encode()
        return hmac.new(self._secret, folded, sha256).hexdigest()[:32]

    def of(self, kind: Kind, value: str) -> str:
        """Return what stands for a value; an empty one stays empty."""
        if not value.strip():
            return value
        shown: str = kind
        if kind == "login" and "@" in value:
            shown = "email"  # so that it stays equal to an email address that it is equal to
        hint = ""
        if kind in ("first_name", "last_name", "name"):
            hint = _script(value)
        elif kind == "text" and "<" in value:
            hint = "html"
        elif kind == "text" and len(value) <= _A_WORD and " " not in value:
            hint = "word"
        return _MARK.join(("", shown, self.digest(value), hint))


def token_in(text: object) -> Token | None:
    """Return the token that a value of a cleaned response is; None where it is none."""
    if not isinstance(text, str) or not text.startswith(_MARK):
        return None
    return Token(*text.split(_MARK)[1:])


def _script(text: str) -> str:
    """Return the script of the first letter, as Unicode calls it."""
    letter = next((one for one in text if one.isalpha()), "a")
    return character_name(letter, "LATIN").partition(" ")[0]
