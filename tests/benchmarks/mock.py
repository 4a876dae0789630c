"""The mock as the benchmark asks it: every check, limit and journal on, and no limit in the way.

    python -m tests.benchmarks.mock USERS [plain|without|many]

`without` is a build that knows of no faults, `many` has a thousand that are for other requests.
It prints where it is, as JSON, and ends with its standard input.
"""

import json
import sys

from talentlms_mock import MockServer
from tests.benchmarks import faults

NO_LIMIT = 10**9


def main(users: int, kind: str = "plain") -> None:
    if kind == "without":
        faults.build_without()
    with MockServer(allow_http=True, proxy_port=0) as server:
        portal = server.create_portal(users=users, hourly_limit=NO_LIMIT, burst_limit=NO_LIMIT)
        portal.open()  # else the first request waits for the data
        if kind == "many":
            faults.declare_many(portal)
        where = {
            "https": server.https_port,
            "http": server.http_port,
            "proxy": server.proxy_port,
            "headers": portal.headers,
        }
        print(json.dumps(where), flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main(int(sys.argv[1]), *sys.argv[2:])
