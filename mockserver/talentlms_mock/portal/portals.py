"""The portals of one server, and how a request finds the one it is for."""

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from threading import Lock

from talentlms_mock.errors import SetupError
from talentlms_mock.hosts import domain_of, host_name, names_a_portal
from talentlms_mock.portal.contract.corrections import compiled
from talentlms_mock.portal.contract.operations import Catalogue
from talentlms_mock.portal.journal.secret_values import SecretValues
from talentlms_mock.portal.portal import Portal
from talentlms_mock.portal.rules.branches import has_host_label


class _Secrets:
    """The secrets of those portals that there are when it is gone through."""

    def __init__(self, portals: "Portals") -> None:
        self._portals = portals

    def __iter__(self) -> Iterator[SecretValues]:
        return (portal.journal.secrets for portal in self._portals)


class Portals:
    """The portals of one server, by domain and by key."""

    def __init__(self) -> None:
        self._by_domain: dict[str, Portal] = {}
        self._by_key: dict[str, Portal] = {}
        self._catalogue = Catalogue()
        self._lock = Lock()
        self.public_host: str | None = None
        """The name by which clients reach the server from elsewhere; it names no portal."""

    @property
    def secrets(self) -> Iterable[SecretValues]:
        """The keys and passwords of all portals, now and whenever it is gone through."""
        return _Secrets(self)

    @property
    def catalogue(self) -> Catalogue:
        """The operations of the API that these portals serve."""
        return self._catalogue

    @catalogue.setter
    def catalogue(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        for portal in self:
            portal.catalogue = catalogue

    def __iter__(self) -> Iterator[Portal]:
        return iter(list(self._by_domain.values()))

    def __repr__(self) -> str:
        return f"<{len(self)} portals: {', '.join(self._by_domain)}>" if self else "<0 portals>"

    def __len__(self) -> int:
        return len(self._by_domain)

    def add(self, portal: Portal, scenario: str | None = None) -> None:
        """Serve `portal`, and apply the `scenario` to it.

        Raises:
            SetupError: another portal has its domain or its key, the scenario is impossible, or
                there is no such field as a correction is of.
        """
        with self._lock:
            self.check_domain(portal.domain)
            if portal.settings.correction_text and len(self._catalogue):
                compiled(portal.settings.correction_text).check(self._catalogue)
            self._by_key = self._keys_with(portal, portal.keys.all)
            portal.catalogue = self._catalogue
            portal.keys.on_change = partial(self._change_keys, portal)
            self._by_domain[portal.domain] = portal
        if scenario is not None:
            try:
                portal.apply_scenario(scenario)
            except SetupError:
                self.remove(portal)
                raise
            portal.remember_start()

    def check_domain(self, domain: str) -> None:
        """Refuse a domain that another portal has.

        Raises:
            SetupError: one has it.
        """
        if domain in self._by_domain:
            raise SetupError(
                f"This server has a portal {domain!r} already; give the new one another "
                "domain, or remove the old one first.",
                at="domain",
            )

    def remove(self, portal: Portal) -> None:
        """Stop serving `portal`, and close it.

        Raises:
            SetupError: it is not one of this server's portals.
        """
        with self._lock:
            if self._by_domain.get(portal.domain) is not portal:
                raise SetupError(f"This server has no portal {portal.domain!r}.")
            del self._by_domain[portal.domain]
            portal.keys.on_change = lambda keys: None
            others = [(key, other) for key, other in self._by_key.items() if other is not portal]
            self._by_key = dict(others)
        portal.close()

    def close(self) -> None:
        """Remove every portal."""
        for portal in self:
            self.remove(portal)

    def of_domain(self, domain: str) -> Portal | None:
        """Return the portal of this domain; None when there is none."""
        return self._by_domain.get(domain)

    def serves(self, host: str) -> bool:
        """Return whether a host name is that of a portal or of one of its branches."""
        domain = domain_of(host)
        return domain is not None and self._of_label(domain) is not None

    def find(self, host: str, api_key: str | None) -> Portal | None:
        """Return the portal that a request to `host` (with or without a port) is meant for.

        A host name says which portal, by its domain or by the name of one of its branches. An
        address, plain `localhost` and the public host do not, so there the key does; and where
        there is but one portal, it is that one.
        """
        domain = domain_of(host)
        if domain is not None:
            return self._of_label(domain)
        if self.is_named(host):
            return None
        portals = list(self._by_domain.values())
        if len(portals) == 1:
            return portals[0]
        return None if api_key is None else self._by_key.get(api_key)

    def is_named(self, host: str) -> bool:
        """Return whether `host` names a portal, be there one or not, and not the whole server."""
        return names_a_portal(host) and host_name(host) != self.public_host

    def busy(self, host: str) -> Portal | None:
        """Return a portal whose branches `find` would look into, while another thread uses it."""
        domain = domain_of(host)
        if domain is None or domain in self._by_domain:
            return None
        for hyphen in re.finditer("-", domain):
            portal = self._by_domain.get(domain[hyphen.end() :])
            if portal is not None:
                if not portal.database.hold():
                    return portal
                portal.database.release()
        return None

    def _of_label(self, label: str) -> Portal | None:
        """Return the portal with this domain, else one with a branch of this host name.

        `sales-acme` is the branch `sales` of the portal `acme` (conventions.md, Address and
        transport). Of two such portals the one with the longer domain is meant.
        """
        if label in self._by_domain:
            return self._by_domain[label]
        for hyphen in re.finditer("-", label):
            portal = self._by_domain.get(label[hyphen.end() :])
            if portal is not None:
                with portal.transaction() as transaction:
                    if has_host_label(transaction, label[: hyphen.start()]):
                        return portal
        return None

    def _change_keys(self, portal: Portal, keys: Sequence[str]) -> None:
        with self._lock:
            self._by_key = self._keys_with(portal, keys)

    def _keys_with(self, portal: Portal, keys: Sequence[str]) -> dict[str, Portal]:
        """Return the portal of each key when `portal` has `keys`, of which the last is current.

        A former key still leads to its portal, which refuses it, unless it is the current key of
        another.

        Raises:
            SetupError: another portal has the last of `keys`.
        """
        others = {key: other for key, other in self._by_key.items() if other is not portal}
        *former, current = keys
        holder = others.get(current)
        if holder is not None and holder.api_key == current:
            raise SetupError(
                f"Another portal of this server has the API key of {portal.domain!r}; a key must "
                "name one portal.",
                at="api_key",
            )
        return {**dict.fromkeys(former, portal), **others, current: portal}
