"""The API keys of a portal: the one in force, and those that it has had."""

from collections.abc import Callable, Sequence

from talentlms_mock.errors import SetupError
from talentlms_mock.portal.state.settings import Settings, check_key


class Keys:
    """The keys of the portal with these settings, which have the one in force."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._former: list[str] = []
        self.on_change: Callable[[Sequence[str]], None] = lambda keys: None
        """Is told of the keys to be, and raises SetupError when it cannot be."""

    @property
    def all(self) -> tuple[str, ...]:
        """Every key so far, the one in force last."""
        return (*self._former, self._settings.api_key)

    def have(self, keys: Sequence[str]) -> None:
        """Have had these keys, of which the last is in force.

        Raises:
            SetupError: another portal has that one.
        """
        self.on_change(keys)
        *self._former, self._settings.api_key = keys

    def rotate(self, api_key: str | None) -> str:
        """Put another key in force and return it; None makes one up from the old one.

        Raises:
            SetupError: it cannot be a key, another portal has it, or it is in force already.
        """
        settings = self._settings
        key = self._next() if api_key is None else api_key
        check_key(key)
        if key == settings.api_key and not settings.key_revoked:
            raise SetupError(
                f"{key!r} is the API key of {settings.domain!r} already.", at="api_key"
            )
        self.have([*(old for old in self.all if old != key), key])
        settings.key_revoked = False
        return key

    def _next(self) -> str:
        old = self._settings.api_key
        stem, _, number = old.rpartition("-")
        return f"{stem}-{int(number) + 1}" if stem and number.isdecimal() else f"{old}-2"
