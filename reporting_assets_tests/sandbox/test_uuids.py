"""How a meeting's UUID is percent-encoded decides whether it is found, as with the real service."""

from __future__ import annotations

import pytest

from reporting_assets_tests.sandbox.client import Api, once, twice

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def uuids(api: Api) -> dict[str, str]:
    """One UUID of each awkward kind."""
    found: dict[str, str] = {}
    for row in api.meetings("2026-10-20", "2026-11-18"):
        uuid = row["uuid"]
        kind = "leading" if uuid[0] == "/" else "double" if "//" in uuid else "inner" if "/" in uuid else "plain"
        found.setdefault(kind, uuid)
    return found


def status(api: Api, encoded: str) -> tuple[int, int | None]:
    answer = api.get(f"/past_meetings/{encoded}/participants")
    return answer.status_code, answer.json().get("code")


@pytest.mark.parametrize("kind", ["plain", "inner", "leading", "double"])
def test_encoded_twice_is_always_found(api: Api, uuids: dict[str, str], kind: str) -> None:
    assert status(api, twice(uuids[kind])) == (200, None)


@pytest.mark.parametrize("kind", ["plain", "inner"])
def test_encoded_once_is_found_without_awkward_slashes(api: Api, uuids: dict[str, str], kind: str) -> None:
    assert status(api, once(uuids[kind])) == (200, None)


@pytest.mark.parametrize("kind", ["leading", "double"])
def test_encoded_once_is_lost_with_awkward_slashes(api: Api, uuids: dict[str, str], kind: str) -> None:
    assert status(api, once(uuids[kind])) == (404, 3001)


@pytest.mark.parametrize("kind", ["inner", "leading", "double"])
def test_raw_slash_breaks_routing(api: Api, uuids: dict[str, str], kind: str) -> None:
    assert status(api, uuids[kind]) == (404, 2300)


def test_number_answers_for_the_latest_instance_only(api: Api) -> None:
    instances: dict[int, list[dict[str, str]]] = {}
    for kind in ("past", "pastOne"):
        for row in api.meetings("2026-10-24", "2026-11-20", kind):
            instances.setdefault(row["id"], []).append(row)
    several = [sorted(rows, key=lambda row: row["end_time"]) for rows in instances.values() if len(rows) > 1]
    several.sort(key=lambda rows: rows[-1]["end_time"][:10] != rows[-2]["end_time"][:10])
    assert several[0][-1]["end_time"][:10] == several[0][-2]["end_time"][:10], "two instances on one day"
    for rows in several[:10]:
        by_number = api.ok(f"/past_meetings/{rows[0]['id']}/participants", page_size=300)
        assert by_number == api.ok(f"/past_meetings/{twice(rows[-1]['uuid'])}/participants", page_size=300)
        assert by_number != api.ok(f"/past_meetings/{twice(rows[-2]['uuid'])}/participants", page_size=300)


def test_solo_meetings_are_served_by_one_endpoint_only(api: Api) -> None:
    solo = twice(api.meetings("2026-11-16", "2026-11-17", "pastOne")[0]["uuid"])
    assert status(api, solo) == (200, None)
    assert api.error(f"/report/meetings/{solo}/participants") == (404, 3001)


def test_registrants_only_on_request(api: Api) -> None:
    path = f"/report/meetings/{twice(api.meetings('2026-11-16', '2026-11-17')[0]['uuid'])}/participants"
    assert all("registrant_id" not in row for row in api.ok(path)["participants"])
    assert all("registrant_id" in row for row in api.ok(path, include_fields="registrant_id")["participants"])
