"""The portal of `serve` and `run`: how it is made, announced and served."""

import warnings
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import click

import talentlms_mock
from talentlms_mock.errors import SetupError
from talentlms_mock.hosts import is_loopback

SETTINGS = (
    *("domain", "api_key", "plan", "hourly_limit", "burst_limit"),
    *("preset", "quirks", "corrections", "tasks"),
)
"""The options that a portal kept in a folder has settings in place of."""


def create_portal(
    server: "talentlms_mock.MockServer", options: dict[str, Any], given: Mapping[str, Any]
) -> "talentlms_mock.Portal":
    """Create a portal, ready for its first request, and say which options have no effect.

    Where the server has kept portals, it is one of them: that of the domain that was given, or else
    the first.

    Raises:
        SetupError: one has none, and the command is strict.
    """
    strict = options.pop("strict")
    portal = _kept(server, options, given)
    settings = [] if portal is None else _ignored(portal, {**given, "quirks": options["quirks"]})
    if portal is None:
        if len(server.portals) and "api_key" not in given:
            options["api_key"] = None  # one of the others may have the default
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # said below, with the names of options
            portal = server.create_portal(**options)
    data = {name: value for name, value in given.items() if name not in SETTINGS}
    idle = portal.without_effect(**data, settings=settings)
    if idle and strict:
        raise SetupError(f"{idle[:-1]} (--strict).")
    if idle:
        click.echo(idle, err=True)
    return portal


def _kept(
    server: "talentlms_mock.MockServer", options: Mapping[str, Any], given: Mapping[str, Any]
) -> "talentlms_mock.Portal | None":
    """Return the portal that continues, with the scenario of this start; None if none does."""
    portal = server.portals.of_domain(options["domain"].lower())
    if portal is None and "domain" not in given:
        portal = next(iter(server.portals), None)
    if portal is not None and options["scenario"] is not None:
        portal.apply_scenario(options["scenario"])
        portal.remember_start()
    return portal


def _ignored(portal: "talentlms_mock.Portal", given: Mapping[str, Any]) -> list[str]:
    """Return the names of the settings that were given, and that the portal has otherwise."""
    settings = portal.settings.save()
    quirks = settings["quirks"]
    asked = {
        **given,
        "quirks": {**quirks, **given["quirks"]},
        "corrections": _corrections(given.get("corrections")),
    }
    now = {**settings, "corrections": settings["correction_text"] or None}
    names = [name for name in SETTINGS if name in given and name != "domain"]
    return [
        name.removesuffix("s") if name == "quirks" else name
        for name in names
        if asked[name] != now[name]
    ]


def _corrections(path: Path | None) -> str | None:
    if path is None:
        return None
    from talentlms_mock.portal.contract.corrections import load  # noqa: PLC0415  # few have them

    return load(path)


def serve(
    server_options: dict[str, Any],
    portal_options: dict[str, Any],
    given: Mapping[str, Any],
    *,
    opens: bool,
) -> None:
    """Serve a portal until it is interrupted, and print it and each request.

    Args:
        server_options, portal_options: those of the command.
        given: the options of the data that are not the defaults.
        opens: open the console in a browser.
    """
    from talentlms_mock.cli import printing  # noqa: PLC0415  # imports rich
    from talentlms_mock.cli.announcements import announced  # noqa: PLC0415  # for servers alone
    from talentlms_mock.cli.output import outputs  # noqa: PLC0415  # for servers alone

    with outputs() as (stdout, _):
        out = printing.console(file=stdout)
        server = talentlms_mock.MockServer(
            **server_options,
            on_exchange=partial(printing.print_exchange, out),
            on_refusal=partial(printing.print_refusal, out),
        )
        with server.opened():
            portal = create_portal(server, portal_options, given)
            notes = _notes(server, server_options)
            if portal.settings.correction_text:
                notes.append(_verified(portal.settings.correction_text))
            if portal_options["scenario"] is not None:
                notes.append(f"The scenario {portal_options['scenario']!r} is on.")
            with announced(server.address):
                printing.print_portal(out, portal, data=_data(portal, portal_options), notes=notes)
                if opens:
                    # Connections are accepted by now, and answered as soon as the server runs.
                    click.launch(portal.console_url)
                server.serve_forever()


def _data(portal: "talentlms_mock.Portal", options: Mapping[str, Any]) -> str:
    """Return what the data of a portal is made from."""
    if portal.continued:
        return f"continues from {options['database']}"
    return f"dataset {options['dataset']}, seed {options['seed']}"


def _verified(correction_text: str) -> str:
    from talentlms_mock.portal.contract.corrections import compiled  # noqa: PLC0415  # as above
    from talentlms_mock.portal.state.clock import system_day  # noqa: PLC0415  # `serve` alone

    corrections = compiled(correction_text)
    days = (system_day() - corrections.verified).days
    age = "today" if days <= 0 else "yesterday" if days == 1 else f"{days} days ago"
    count = len(corrections.correction)
    applied = "1 correction applies" if count == 1 else f"{count} corrections apply"
    return f"Verified with the vendor on {corrections.verified}, {age}; {applied}."


def _notes(server: "talentlms_mock.MockServer", options: Mapping[str, Any]) -> list[str]:
    plain = f"http://127.0.0.1:{server.http_port}"
    notes = []
    if options["databases"] is not None:
        count = len(server.portals)
        kept = "1 portal is" if count == 1 else f"{count} portals are"
        notes.append(f"{kept} kept in {options['databases']}.")
    if options["proxy_port"] is not None:
        notes.append(
            f"The proxy listens on port {server.proxy_port}: `talentlms-mock env` prints the "
            "variables that make a program use it."
        )
    if options["allow_http"]:
        notes.append(f"{plain} serves the API too (--allow-http), unlike the vendor.")
    if not is_loopback(options["host"]):
        notes.append(
            f"Listening on {options['host']}: every machine that reaches this one can use the mock."
        )
    if server.access.token is not None:
        notes.append(f"{server.console_url} asks once for the token below.")
        notes.append(
            f"{server.control_url} needs the header Authorization: Bearer {server.access.token}"
        )
    return notes
