"""`python -m reporting_assets.sandbox`: serve a simulated organisation until interrupted."""

from __future__ import annotations

import argparse
import json
import os
import select
import sys
import threading
from dataclasses import fields

from reporting_assets.sandbox.config import Config
from reporting_assets.sandbox.faults import FAULTS
from reporting_assets.sandbox.server import serve

_DEFAULT = Config()
_PARENT_CHECK_SECONDS = 1.0


def main() -> int:
    """Exit code 0, or 2 where the configuration cannot be served."""
    arguments = _parser().parse_args()
    try:
        if arguments.child:
            return _serve_for_parent()
        values = {
            field.name: getattr(arguments, field.name) for field in fields(Config) if hasattr(arguments, field.name)
        }
        serve(
            Config(**values),
            on_ready=lambda url: print(
                f"Simulated Zoom at {url}/v2, tokens at {url}/oauth/token; Webex at {url}/webex/v1, its analytics at "
                f"{url}/webex-analytics/v1",
                flush=True,
            ),
        )
    except (ValueError, OSError) as error:
        print(f"The sandbox cannot start: {error}.", file=sys.stderr)
        return 2
    return 0


def _serve_for_parent() -> int:
    """Serve with the configuration on the first line of standard input, until standard input closes."""
    parent = os.getppid()
    try:
        config = Config(**json.loads(sys.stdin.readline()))
        threading.Thread(target=_end_with_parent, args=(parent,), daemon=True).start()
        serve(config, on_ready=lambda url: print(json.dumps({"base_url": url}), flush=True))
    except (ValueError, TypeError, OSError) as error:
        print(json.dumps({"error": str(error)}), flush=True)
        return 2
    return 0


def _end_with_parent(parent: int) -> None:
    """Exit as soon as standard input closes, or the parent has changed although something else keeps it open."""
    try:
        while os.getppid() == parent:
            readable, _, _ = select.select([sys.stdin], [], [], _PARENT_CHECK_SECONDS)
            if readable and not os.read(sys.stdin.fileno(), 1024):
                break
    finally:  # also when watching fails: a sandbox that nobody can end must not stay
        os._exit(0)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m reporting_assets.sandbox", description=__doc__)
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--port", type=int, default=8765, help="0 takes any free one (default %(default)s)")
    parser.add_argument(
        "--users", type=int, default=_DEFAULT.users, help="people in the organisation (default %(default)s)"
    )
    parser.add_argument(
        "--seed", type=int, default=_DEFAULT.seed, help="same seed, same organisation (default %(default)s)"
    )
    parser.add_argument("--plan", default=_DEFAULT.plan, choices=("free", "pro", "business"))
    parser.add_argument("--enforce-limits", action="store_true", help="answer 429 beyond the plan's rate limits")
    parser.add_argument("--now", help="ISO instant at which the data's clock stands still")
    parser.add_argument("--account-timezone", default=_DEFAULT.account_timezone)
    parser.add_argument("--latency-ms", type=int, default=0)
    parser.add_argument(
        "--fault", dest="faults", action="append", default=[], metavar="NAME[:RATE]", help=f"one of {', '.join(FAULTS)}"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
