"""Prints which recorded exchanges hold: `python -m tests.conformance [recorded|documented]`.

With numbers behind, only these, each with all its differences.
"""

import sys
from typing import cast

from talentlms_mock import MockServer
from tests.conformance.recorded import NOT_REPLAYED, VARIABLE, Exchange, exchanges
from tests.conformance.replay import Reading, portal_settings, replay


def main(reading: Reading, *numbers: str) -> None:
    asked = [
        exchange
        for exchange in exchanges()
        if exchange.number not in NOT_REPLAYED and (not numbers or str(exchange.number) in numbers)
    ]
    if not asked:
        sys.exit(f"{VARIABLE} names no such exchange.")
    with MockServer() as server:
        hold = [_replayed(server, exchange, reading, whole=bool(numbers)) for exchange in asked]
    print(f"{sum(hold)} of {len(hold)} hold under the preset {reading}.")


def _replayed(server: MockServer, exchange: Exchange, reading: Reading, *, whole: bool) -> bool:
    try:
        portal = server.create_portal(**portal_settings(exchange, reading))
        outcome = replay(portal, exchange, reading)
    except Exception as failure:
        print(f"CANNOT  {exchange.id}: {type(failure).__name__}: {failure}")
        return False
    finally:
        for portal in server.portals:
            server.remove_portal(portal)
    if outcome.holds:
        print(f"holds   {exchange.id}")
    elif whole:
        print(f"FAILS   {outcome.report()}")
    else:
        first, *others = outcome.differences
        more = f" (and {len(others)} more)" if others else ""
        print(f"FAILS   {exchange.id}: {first}{more}")
    return outcome.holds


main(cast(Reading, sys.argv[1] if sys.argv[1:] else "recorded"), *sys.argv[2:])
