"""The portals of one server, and how a request finds its own."""

import re
from collections.abc import Iterator, Sequence
from functools import partial
from ipaddress import ip_address

from talentlms_mock.errors import SetupError
from talentlms_mock.portal.contract.operations import Catalogue
from talentlms_mock.portal.portal import Portal
from talentlms_mock.portal.rules.branches import has_host_label

_SUFFIXES = (".talentlms.com", ".localhost")


class Portals:
    """The portals of one server, by domain and by key."""

    def __init__(self) -> None:
        self._by_domain: dict[str, Portal] = {}
        self._by_key: dict[str, Portal] = {}
        self._catalogue = Catalogue()

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

    def __len__(self) -> int:
        return len(self._by_domain)

    def add(self, portal: Portal, scenario: str | None = None) -> None:
        """Serve `portal`, and do to it what the `scenario` says.

        Raises:
            SetupError: another portal has its domain or its key, or the scenario is impossible.
        """
        if portal.domain in self._by_domain:
            raise SetupError(
                f"This server has a portal {portal.domain!r} already; give the new one another "
                "domain, or remove the old one first."
            )
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

    def remove(self, portal: Portal) -> None:
        """Serve `portal` no more, and let go of its data.

        Raises:
            SetupError: it is not one of this server's portals.
        """
        if self._by_domain.get(portal.domain) is not portal:
            raise SetupError(f"This server has no portal {portal.domain!r}.")
        del self._by_domain[portal.domain]
        portal.keys.on_change = lambda keys: None
        self._by_key = {key: other for key, other in self._by_key.items() if other is not portal}
        portal.close()

    def close(self) -> None:
        """Remove every portal."""
        for portal in self:
            self.remove(portal)

    def of_domain(self, domain: str) -> Portal | None:
        """Return the portal of this domain, None where there is none."""
        return self._by_domain.get(domain)

    def find(self, host: str, api_key: str | None) -> Portal | None:
        """Return the portal that a request to `host` (with or without a port) is meant for.

        A host name says which portal, by its domain or by the name of one of its branches. An
        address and plain `localhost` do not, so there the key does; and where there is but one
        portal, it is that one.
        """
        name = _without_port(host.lower())
        for suffix in _SUFFIXES:
            if name.endswith(suffix):
                return self._of_label(name.removesuffix(suffix))
        if names_a_portal(host):
            return None
        portals = list(self._by_domain.values())
        if len(portals) == 1:
            return portals[0]
        return None if api_key is None else self._by_key.get(api_key)

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
        self._by_key = self._keys_with(portal, keys)

    def _keys_with(self, portal: Portal, keys: Sequence[str]) -> dict[str, Portal]:
        """Return which portal each key leads to when `portal` has `keys`, the last in force.

        A key that was rotated away leads to its portal still, which refuses it, unless it is in
        force elsewhere.

        Raises:
            SetupError: another portal has the last of `keys`.
        """
        others = {key: other for key, other in self._by_key.items() if other is not portal}
        *former, in_force = keys
        holder = others.get(in_force)
        if holder is not None and holder.api_key == in_force:
            raise SetupError(
                f"Another portal of this server has the API key of {portal.domain!r}; a key must "
                "name one portal."
            )
        return {**dict.fromkeys(former, portal), **others, in_force: portal}


def _without_port(host: str) -> str:
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0]


def names_a_portal(host: str) -> bool:
    """Return whether `host` is a name that could be a portal's: no address, not plain localhost."""
    name = _without_port(host.lower())
    if name in ("", "localhost"):
        return False
    try:
        ip_address(name)
    except ValueError:
        return True
    return False
