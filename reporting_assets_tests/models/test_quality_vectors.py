"""The reference cases of call quality, run through the models' own macros and tables, and what holds for any input."""

from __future__ import annotations

import math
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reporting_assets_tests.integration import recount_quality
from reporting_assets_tests.models.warehouse import BASE, DAY, Warehouse
from reporting_assets_tests.reference import vectors

BANDS = ("good", "fair", "poor", "bad")
PROFILES = ("default", "cqd", "strict")
STREAMS = ("audio", "video", "screen_share")
ANY = settings(max_examples=8, deadline=None)


def ask(warehouse: Warehouse, sql: str, *values: Any) -> Any:
    """One value; `$1` and so on are `values`, numbers or NULL."""
    typed = [f"CAST(${place} AS DOUBLE)" for place in range(1, len(values) + 1)]
    for place in range(len(values), 0, -1):
        sql = sql.replace(f"${place}", typed[place - 1])
    [(found,)] = warehouse.con.execute(f"SELECT {sql}", list(values)).fetchall()
    return found


def mos(warehouse: Warehouse, rtt: Any, jitter: Any, loss: Any) -> float | None:
    return ask(warehouse, "estimated_mos($1, $2, $3)", rtt, jitter, loss)


def band(warehouse: Warehouse, profile: str, stream: str, *metrics: Any) -> str:
    """Of latency, jitter, loss and frame rate."""
    latency, jitter, loss, rate = (*metrics, None)[:4]
    return ask(warehouse, f"quality_band('{profile}', '{stream}', $1, $2, $3, $4)", latency, jitter, loss, rate)


def samples(**columns: Any) -> dict[str, Any]:
    """A row of `zoom.meeting_qos`."""
    common = {
        "dt": date.fromisoformat(DAY),
        "meeting_uuid": "m1",
        "meeting_started_at": BASE,
        "sample_reason": "complete",
        "sample_bucket": 50,
        "session_user_id": "s1",
        "joined_at": BASE,
        "sample_index": 0,
        "measured_at": BASE,
        "stream": "audio",
        "direction": "received",
        "route": "client",
    }
    return common | columns


def test_mos_from_network(shared: Warehouse) -> None:
    for case in vectors("mos_from_network"):
        inputs = (case["rtt_ms"], case["jitter_ms"], case["loss_pct"])
        if case["expected_mos"] is None:
            assert mos(shared, *inputs) is None, case["id"]
            assert ask(shared, "network_r($1, $2, $3)", *inputs) is None, case["id"]
            continue
        assert ask(shared, "network_r($1, $2, $3)", *inputs) == pytest.approx(case["expected_r"], abs=1e-9), case["id"]
        assert mos(shared, *inputs) == pytest.approx(case["expected_mos"], abs=case["tol"]), case["id"]


def test_mos_from_network_through_the_table(warehouse: Warehouse) -> None:
    """The same cases as samples of received audio."""
    cases = vectors("mos_from_network")
    warehouse.insert(
        "zoom.meeting_qos",
        [
            samples(
                meeting_uuid=case["id"],
                latency_ms=case["rtt_ms"],
                jitter_ms=case["jitter_ms"],
                avg_loss_pct=case["loss_pct"],
            )
            for case in cases
        ],
    )
    found = {row["meeting_uuid"]: row for row in warehouse.run("quality.stream_minutes")}
    for case in cases:
        expected = case["expected_mos"]
        assert found[case["id"]]["mos_algorithm"] == "simple-93.2"
        assert found[case["id"]]["estimated_mos"] == (
            None if expected is None else pytest.approx(expected, abs=case["tol"])
        ), case["id"]


def test_r_to_mos(shared: Warehouse) -> None:
    for case in vectors("r_to_mos"):
        assert ask(shared, "r_to_mos($1)", case["r"]) == pytest.approx(case["expected_mos"], abs=case["tol"]), case
    assert ask(shared, "r_to_mos($1)", None) is None


def test_mos_by_the_reduced_model(shared: Warehouse) -> None:
    for case in vectors("mos_g107_reduced_optional"):
        inputs = (case["one_way_delay_ms"], case["loss_pct"], case["ie"], case["bpl"])
        r = ask(shared, "g107_reduced_r($1, $2, $3, $4)", *inputs)
        assert r == pytest.approx(case["expected_r"], abs=case["tol"]), case
        assert ask(shared, "r_to_mos($1)", r) == pytest.approx(case["expected_mos"], abs=case["tol"]), case


def test_bands_of_audio(warehouse: Warehouse) -> None:
    cases = vectors("quality_band_audio")
    warehouse.insert(
        "zoom.meeting_qos",
        [
            samples(
                sample_index=place,
                latency_ms=case["latency_ms"],
                jitter_ms=case["jitter_ms"],
                avg_loss_pct=case["loss_pct"],
            )
            for place, case in enumerate(cases)
        ],
    )
    found = {row["sample_index"]: row["band"] for row in warehouse.run("quality.stream_minutes")}
    assert found == {place: case["expected_band"] for place, case in enumerate(cases)}


def test_microsofts_audio_cases(warehouse: Warehouse) -> None:
    """Degradation and concealment are within limits, or unknown, in all of them: the vendors report neither."""
    cases = vectors("cqd_audio_reference")
    assert all((case["degradation_avg"] or 0) <= 1 and (case["concealed_ratio"] or 0) <= 0.07 for case in cases)
    warehouse.insert(
        "zoom.meeting_qos",
        [
            samples(
                sample_index=place,
                latency_ms=case["round_trip_ms"],
                jitter_ms=case["jitter_ms"],
                avg_loss_pct=None if case["packet_loss_rate"] is None else 100 * case["packet_loss_rate"],
            )
            for place, case in enumerate(cases)
        ],
    )
    rows = warehouse.run("quality.stream_minutes", quality_profile="cqd")
    assert {row["sample_index"]: row["band"] for row in rows} == {
        place: case["expected"] for place, case in enumerate(cases)
    }
    assert {row["quality_profile"] for row in rows} == {"cqd"}


def test_shares_are_no_averages(warehouse: Warehouse) -> None:
    of_minutes, of_people = vectors("share_not_average")
    losses = of_minutes["loss_pct_per_minute"]
    rows = [samples(sample_index=place, avg_loss_pct=float(loss)) for place, loss in enumerate(losses)]
    for person, one in enumerate(of_people["participants"]):
        rows += [
            samples(
                meeting_uuid="m2",
                session_user_id=str(person),
                user_id=f"u{person}",
                sample_index=minute,
                latency_ms=600.0 if minute < one["poor_minutes"] else 20.0,
            )
            for minute in range(one["minutes"])
        ]
    warehouse.insert("zoom.meeting_qos", rows)
    warehouse.run("quality.stream_minutes")
    warehouse.run("quality.sessions")
    people = warehouse.run("quality.participant_quality")
    meetings = {row["meeting_uuid"]: row for row in warehouse.run("quality.meeting_quality")}

    [one] = [row for row in people if row["meeting_uuid"] == "m1"]
    assert one["poor_minute_share"] == of_minutes["expected_poor_or_bad_share"]
    assert one["loss_p50_pct"] == of_minutes["expected_p50"]
    assert (
        band(warehouse, "default", "audio", None, None, of_minutes["expected_mean"])
        == (of_minutes["expected_band_of_the_mean"])
    )
    assert one["band"] == "bad", "that of a tenth of the minutes, not that of their mean"

    expected = of_people["expected_meeting_poor_share"]
    assert meetings["m2"]["poor_minute_share"] == pytest.approx(expected)
    assert meetings["m2"]["poor_minute_share"] != pytest.approx(of_people["wrong_mean_of_participant_shares"], abs=0.1)
    assert meetings["m2"]["affected_people"] == of_people["expected_participants_affected"]
    assert meetings["m2"]["affected_participant_share"] == pytest.approx(1 / 3)


def each(warehouse: Warehouse, sql: str, rows: list[tuple[Any, ...]]) -> list[Any]:
    """The value of `sql` for every row, at once; its numbers are called a, b, c and so on."""
    names = "abcdefgh"[: len(rows[0])]
    columns = ", ".join(f"unnest(CAST(${name} AS DOUBLE[])) AS {name}" for name in names)
    values = {name: [row[place] for row in rows] for place, name in enumerate(names)}
    return [found for (found,) in warehouse.con.execute(f"SELECT {sql} FROM (SELECT {columns})", values).fetchall()]


number = st.one_of(st.none(), st.floats(0, 3000))
metric = st.one_of(st.none(), st.floats(0, 1200), st.sampled_from([0, 7, 30, 40, 50, 100, 150, 300, 500, 1000]))
percent = st.one_of(st.none(), st.floats(0, 100))


def many(*values: Any) -> Any:
    return st.lists(st.tuples(*values), min_size=1, max_size=80)


@given(rows=many(st.floats(0, 3000), st.floats(0, 1500), st.floats(0, 100), st.floats(0, 500)))
@ANY
def test_mos_is_bounded_and_never_rises_with_trouble(shared: Warehouse, rows: list[tuple[float, ...]]) -> None:
    before = each(shared, "estimated_mos(a, b, c)", rows)
    assert all(1 <= value <= 4.5 for value in before)
    for worse in ("a + d, b, c", "a, b + d, c", "a, b, c + d / 5"):
        after = each(shared, f"estimated_mos({worse})", rows)
        assert all(late <= early + 1e-9 for late, early in zip(after, before, strict=True)), worse


@given(rows=many(number, number, number))
@ANY
def test_mos_of_missing_data_is_missing(shared: Warehouse, rows: list[tuple[Any, ...]]) -> None:
    for macro in ("estimated_mos", "estimated_mos_g107"):
        found = each(shared, f"{macro}(a, b, c)", rows)
        assert [value is None for value in found] == [None in row for row in rows], macro


@pytest.mark.parametrize("odd", [-1.0, math.inf, -math.inf, math.nan])
def test_mos_of_impossible_data_is_missing(shared: Warehouse, odd: float) -> None:
    for place in range(3):
        values = [10.0, 10.0, 1.0]
        values[place] = odd
        assert mos(shared, *values) is None


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("stream", STREAMS)
@given(rows=many(metric, metric, percent, st.one_of(st.none(), st.integers(0, 30))))
@ANY
def test_the_worst_known_metric_decides(
    shared: Warehouse, profile: str, stream: str, rows: list[tuple[Any, ...]]
) -> None:
    found = each(shared, f"quality_band('{profile}', '{stream}', a, b, c, d)", rows)
    assert found == [recount_quality.band(profile, stream, *row) for row in rows]


@pytest.mark.parametrize("stream", STREAMS)
@given(rows=many(st.floats(0, 1200), st.floats(0, 200), st.floats(0, 30)))
@ANY
def test_strict_is_never_milder(shared: Warehouse, stream: str, rows: list[tuple[float, ...]]) -> None:
    ours, strict = (
        each(shared, f"quality_band('{profile}', '{stream}', a, b, c, NULL)", rows) for profile in ("default", "strict")
    )
    assert all(BANDS.index(late) >= BANDS.index(early) for late, early in zip(strict, ours, strict=True))
