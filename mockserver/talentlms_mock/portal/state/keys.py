"""The API keys of a portal: the current one, and those that it has had."""

from collections.abc import Callable, Sequence

from talentlms_mock.errors import SetupError
from talentlms_mock.portal.state.settings import Settings, check_key


class Keys:
    """The keys of the portal with these settings, which hold the current one.

    Args:
        settings: of the portal.
        note: is called with each key, also with one that the portal no longer has.
    """

    def __init__(self, settings: Settings, note: Callable[[str], None]) -> None:
        self._settings = settings
        self._note = note
        note(settings.api_key)
        self._former: list[str] = []
        self.on_change: Callable[[Sequence[str]], None] = lambda keys: None
        """Is called with the new keys before a change; raises SetupError to refuse them."""

    @property
    def all(self) -> tuple[str, ...]:
        """Every key so far, the current one last."""
        return (*self._former, self._settings.api_key)

    def __repr__(self) -> str:
        return (
            f"<Keys of {self._settings.domain!r}: the current one and {len(self._former)} former>"
        )

    def replace(self, keys: Sequence[str]) -> None:
        """Set the keys; the last becomes the current one.

        Raises:
            SetupError: another portal has the last one.
        """
        self.on_change(keys)
        *self._former, self._settings.api_key = keys
        for key in keys:
            self._note(key)

    def rotate(self, api_key: str | None) -> str:
        """Replace the current key and return the new one; None derives one from the old.

        Raises:
            SetupError: it is no valid key, another portal has it, or it is the current one.
        """
        settings = self._settings
        key = self._next() if api_key is None else api_key
        check_key(key)
        if key == settings.api_key and not settings.key_revoked:
            raise SetupError(
                f"{key!r} is the API key of {settings.domain!r} already.", at="api_key"
            )
        self.replace([*(old for old in self.all if old != key), key])
        settings.key_revoked = False
        return key

    def _next(self) -> str:
        old = self._settings.api_key
        stem, _, number = old.rpartition("-")
        return f"{stem}-{int(number) + 1}" if stem and number.isdecimal() else f"{old}-2"
