"""What is switched while a portal runs: its API and domain, its key and plan, its quirks."""

from talentlms_mock.portal.rules import rewards
from talentlms_mock.portal.state.keys import Keys
from talentlms_mock.portal.state.rate_limit import RateLimit
from talentlms_mock.portal.state.settings import Settings
from talentlms_mock.portal.store.transaction import OpenTransaction


class Switches:
    """What can be switched: `portal.disable_api()` and the others are these methods.

    Args:
        settings: hold what is in force.
        keys: those that the portal has and had.
        rate_limit: follows the plan.
        transaction: opens a transaction on the portal.
    """

    def __init__(
        self, settings: Settings, keys: Keys, rate_limit: RateLimit, transaction: OpenTransaction
    ) -> None:
        self._settings = settings
        self._keys = keys
        self._rate_limit = rate_limit
        self._transaction = transaction

    def disable_api(self) -> None:
        """Switch the API off: every call is answered 403."""
        self._settings.api_enabled = False

    def enable_api(self) -> None:
        """Switch the API on again."""
        self._settings.api_enabled = True

    def deactivate(self) -> None:
        """Make the domain inactive: every call is answered 403."""
        self._settings.active = False

    def activate(self) -> None:
        """Make the domain active again."""
        self._settings.active = True

    def revoke_key(self) -> None:
        """Make the API key invalid: every call is answered 401 until `rotate_key`."""
        self._settings.key_revoked = True

    def rotate_key(self, api_key: str | None = None) -> str:
        """Put another API key in force and return it; the old one is answered 401.

        Args:
            api_key: None makes one up from the old one.

        Raises:
            SetupError: it cannot be a key, another portal has it, or it is in force already.
        """
        return self._keys.rotate(api_key)

    def set_plan(self, plan: str, hourly_limit: int | None = None) -> None:
        """Change the plan, and with it the requests allowed in the hour, also in this one.

        Args:
            plan: its name.
            hourly_limit: that number itself; the plan `custom` needs it.

        Raises:
            SetupError: there is no such plan, or the limit is not to be had.
        """
        self._settings.set_plan(plan, hourly_limit)
        self._rate_limit.hourly.limit = self._settings.limit

    def set_quirk(self, name: str, value: str) -> None:
        """Change one quirk.

        Raises:
            SetupError: there is no such quirk, or it has no such value.
        """
        self._settings.set_quirk(name, value)

    def enable_gamification(self) -> None:
        """Let users have points, levels and badges, as a portal does unless it is told not to."""
        with self._transaction() as transaction:
            rewards.switch_gamification(transaction, enabled=True)

    def disable_gamification(self) -> None:
        """Switch gamification off: asking for a user's is answered 404."""
        with self._transaction() as transaction:
            rewards.switch_gamification(transaction, enabled=False)
