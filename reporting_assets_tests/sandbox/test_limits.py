"""Rate limits by label and plan: per second or minute, and per day."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from reporting_assets.contracts.model import RateLabel
from reporting_assets.sandbox import limits
from reporting_assets.sandbox.answers import ApiError
from reporting_assets_tests.sandbox.client import Api

WINDOW = {"from_": "2026-11-16", "to": "2026-11-16"}


@pytest.mark.integration
def test_heavy_calls_per_second(launched: Callable[..., Api]) -> None:
    api = launched(plan="pro", enforce_limits=True)
    answers = [api.get("/report/daily") for _ in range(11)]
    assert [answer.status_code for answer in answers] == [200] * 10 + [429]
    refused = answers[-1]
    assert refused.json()["code"] == 429
    assert refused.headers["X-RateLimit-Type"] == "QPS"
    assert refused.headers["X-RateLimit-Remaining"] == "0"
    assert "Retry-After" not in refused.headers
    time.sleep(1.05)
    api.ok("/report/daily")


@pytest.mark.integration
def test_resource_intensive_calls_per_minute(launched: Callable[..., Api]) -> None:
    api = launched(enforce_limits=True)
    answers = [api.get("/metrics/meetings", **WINDOW).status_code for _ in range(21)]
    assert answers == [200] * 20 + [429]
    api.ok("/users")


@pytest.mark.integration
def test_off_unless_asked_for(launched: Callable[..., Api]) -> None:
    api = launched(plan="pro")
    assert {api.get("/report/daily").status_code for _ in range(30)} == {200}


@pytest.mark.parametrize(
    ("plan", "label", "calls"),
    [
        ("free", RateLabel.LIGHT, 4),
        ("free", RateLabel.MEDIUM, 2),
        ("free", RateLabel.HEAVY, 1),
        ("free", RateLabel.RESOURCE_INTENSIVE, 10),
        ("pro", RateLabel.LIGHT, 30),
        ("pro", RateLabel.MEDIUM, 20),
        ("pro", RateLabel.RESOURCE_INTENSIVE, 10),
        ("business", RateLabel.LIGHT, 80),
        ("business", RateLabel.MEDIUM, 60),
        ("business", RateLabel.HEAVY, 40),
    ],
)
def test_bursts_by_plan(plan: str, label: RateLabel, calls: int) -> None:
    bucket = limits.Limits(plan, enforced=True)
    for _ in range(calls):
        bucket.spend(label)
    with pytest.raises(ApiError) as refused:
        bucket.spend(label)
    assert refused.value.status == 429


def test_heavy_labels_share_one_day(monkeypatch: pytest.MonkeyPatch) -> None:
    for label in (RateLabel.HEAVY, RateLabel.RESOURCE_INTENSIVE):
        name, cap = limits.DAILY["business"][label]
        assert cap == 60_000
        monkeypatch.setitem(limits.DAILY["business"], label, (name, 3))
    bucket = limits.Limits("business", enforced=True)
    bucket.spend(RateLabel.HEAVY)
    bucket.spend(RateLabel.RESOURCE_INTENSIVE)
    assert bucket.spend(RateLabel.HEAVY)["X-RateLimit-Remaining"] == "0"
    with pytest.raises(ApiError) as refused:
        bucket.spend(RateLabel.RESOURCE_INTENSIVE)
    headers = refused.value.headers
    assert headers["X-RateLimit-Type"] == "Daily-limit"
    resume = datetime.fromisoformat(headers["Retry-After"])
    assert timedelta(0) < resume - datetime.now(UTC) <= timedelta(days=1)
    assert (resume.hour, resume.minute) == (0, 0)
    bucket.spend(RateLabel.MEDIUM)
    bucket.new_day()
    bucket.spend(RateLabel.HEAVY)
