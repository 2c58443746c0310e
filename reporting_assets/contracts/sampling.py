"""Which meetings are asked about their quality, participant by participant: one policy for every table that needs it.

The option `quality_sample` decides: `all` meetings; `flagged`, which are those that the list labels poor or bad for any
medium, and a random share of the others; or `none`. The draw is a hash of the meeting's UUID, so that a rerun, another
table and another machine pick the same meetings. The same in Python:
`int(hashlib.md5((uuid + SALT).encode()).hexdigest()[:8], 16) % 100`.
"""

from __future__ import annotations

from collections.abc import Mapping

from reporting_assets.contracts.asking import PerItem
from reporting_assets.contracts.model import Column, Field, Type

SALT = ":quality-sample"  # another salt draws other meetings, which breaks the series of every account
BAD_LABELS = "('poor', 'bad')"
_LABELS = ("audio_quality", "video_quality", "screen_share_quality")
# NULL labels (one medium unused, or lists without labels) flag nothing.
FLAGGED = "(" + " OR ".join(f"coalesce(lower({label}) IN {BAD_LABELS}, false)" for label in _LABELS) + ")"


def bucket(uuid: str) -> str:
    """SQL: the meeting's draw, 0 to 99, from the column that holds its UUID."""
    return f"CAST('0x' || substr(md5({uuid} || '{SALT}'), 1, 8) AS BIGINT) % 100"


def sampled(
    endpoint: str,
    parent: str,
    uuid: str,
    *,
    select: Mapping[str, str],
    path: Mapping[str, str],
    params: Mapping[str, str] | None = None,
    where: str = "true",
    when: Mapping[str, str] | None = None,
) -> tuple[PerItem, PerItem]:
    """Requests for the meetings or webinars of `parent` that the policy picks; under `none` neither way counts.

    Their `sample_reason` and `sample_bucket` are values of the request, which `SAMPLE_COLUMNS` store.
    """

    def ask(policy: str, reason: str, picked: str) -> PerItem:
        return PerItem(
            endpoint=endpoint,
            parent=parent,
            select={**select, "sample_reason": reason, "sample_bucket": bucket(uuid)},
            where=f"({where}) AND ({picked})",
            path=path,
            params=params or {},
            when={**(when or {}), "quality_sample": policy},
        )

    return (
        ask("all", "'complete'", "true"),
        ask(
            "flagged",
            f"CASE WHEN {FLAGGED} THEN 'flagged' ELSE 'random' END",
            # Selected values are text; compared as such, 15 would be less than 2.
            "sample_reason = 'flagged' OR CAST(sample_bucket AS BIGINT) < CAST($quality_random_percent AS BIGINT)",
        ),
    )


SAMPLE_COLUMNS = (
    Column(
        "sample_reason",
        Type.TEXT,
        "Why it was asked for: `complete` (all are), `flagged` (labelled poor or bad in the list) or `random`.",
        required=True,
        source=Field("$request.sample_reason"),
    ),
    Column(
        "sample_bucket",
        Type.INTEGER,
        "A fixed random number from 0 to 99. Flagged ones over-represent bad quality; rows whose bucket lies below the "
        "configured random percentage are an unbiased sample, whatever their reason.",
        required=True,
        source=Field("$request.sample_bucket"),
    ),
)
