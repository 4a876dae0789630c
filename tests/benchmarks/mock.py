"""The mock as the benchmark asks it: every check, limit and journal on, and no limit in the way.

    python -m tests.benchmarks.mock USERS

It prints where it is, as JSON, and ends with its standard input.
"""

import json
import sys

from mockserver import MockServer

NO_LIMIT = 10**9


def main(users: int) -> None:
    with MockServer(allow_http=True, proxy_port=0) as server:
        portal = server.create_portal(users=users, hourly_limit=NO_LIMIT, burst_limit=NO_LIMIT)
        where = {
            "https": server.https_port,
            "http": server.http_port,
            "proxy": server.proxy_port,
            "headers": portal.headers,
        }
        print(json.dumps(where), flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main(int(sys.argv[1]))
