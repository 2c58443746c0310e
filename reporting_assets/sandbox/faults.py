"""Things that go wrong, each switched on by name: `429`, or with a rate, `429:0.2`.

Whether a fault strikes depends on the seed and on how often it was asked before, never on chance, so a run can be
repeated. The rate is a share of the calls, except where noted in `FAULTS`.
"""

from __future__ import annotations

from collections.abc import Iterable

from reporting_assets.sandbox.identifiers import share

# name -> (default rate, meaning)
FAULTS: dict[str, tuple[float, str]] = {
    "429": (0.05, "429 QPS, without Retry-After"),
    "retry-after-seconds": (0.05, "429 QPS with Retry-After in seconds"),
    "retry-after-iso": (0.05, "429 QPS with Retry-After as an ISO instant two seconds ahead"),
    "daily-limit": (100, "after this many calls (not a share) every call is answered 429 Daily-limit, until a new day"),
    "500": (0.03, "500 instead of an answer"),
    "truncate": (0.02, "the body ends in the middle of its JSON"),
    "slow": (0.05, "the answer takes a second longer"),
    "token": (0.02, "every access token dies before this call: 401 code 124"),
    "page-expire": (0.10, "a page token is not accepted any more"),
    "repeat-token": (0.20, "the token of this page is handed out again for the next one"),
    "shift": (0.30, "rows move between pages: the page's last row comes again on the next"),
    "html403": (1.0, "the third meeting of each UTC day is answered with a firewall's HTML page, always"),
    "blank-times": (0.03, "share of dashboard meetings with empty times and 0 participants"),
    "webex-rotate": (1.0, "a Webex refresh token is good once: each renewal brings another, always"),
    "webex-lost-site": (1.0, "Webex's link to the next page has lost the site"),
    "webex-423": (0.05, "Webex answers 423 with Retry-After in seconds"),
    "webex-504": (1.0, "Webex takes too long over pages of more than 100 rows, always"),
}


class Faults:
    """The faults switched on. Raises ValueError, one sentence, for a name or rate that does not exist."""

    def __init__(self, names: Iterable[str], seed: int) -> None:
        self._seed = seed
        self._rates: dict[str, float] = {}
        self._asked: dict[str, int] = {}
        for text in names:
            name, _, rate = text.partition(":")
            if name not in FAULTS:
                raise ValueError(f"there is no fault {name!r}; there are: {', '.join(FAULTS)}")
            try:
                self._rates[name] = float(rate) if rate else FAULTS[name][0]
            except ValueError:
                raise ValueError(
                    f"fault {name!r} has the rate {rate!r}, which is not a number; write {name}:0.1"
                ) from None

    def on(self, name: str) -> bool:
        """Whether the fault is switched on."""
        return name in self._rates

    def rate(self, name: str) -> float:
        """The rate of a fault that is on; 0 where it is off."""
        return self._rates.get(name, 0.0)

    def fires(self, name: str) -> bool:
        """Whether the fault strikes now. Counts the question, so asking again may answer otherwise."""
        if name not in self._rates:
            return False
        self._asked[name] = self._asked.get(name, 0) + 1
        return share(self._seed, "fault", name, self._asked[name]) < self._rates[name]

    def strikes(self, name: str, thing: object) -> bool:
        """Whether the fault strikes this thing, always the same answer for the same thing."""
        return name in self._rates and share(self._seed, "fault", name, thing) < self._rates[name]
