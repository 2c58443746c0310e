"""Without dashboards meetings are listed host by host: what is the same, and exactly what is lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from reporting_assets_tests.integration import harness
from reporting_assets_tests.integration.harness import Running

pytestmark = pytest.mark.integration

DAY = "2026-06-11"  # a Thursday long ago: some who hosted then have left the account since

# What both ways of listing deliver about a meeting.
SHARED = (
    "meeting_uuid",
    "meeting_number",
    "listing",
    "host_email",
    "host_name",
    "started_at",
    "ended_at",
    "vendor_participant_joins",
    "has_screen_share",
    "has_recording",
)


def test_host_by_host_delivers_what_dashboards_do_but_for_hosts_who_left(tmp_path: Path) -> None:
    people = {"users": 400}
    with harness.sandbox(**people) as business, harness.sandbox(plan="pro", **people) as pro:
        by_day = harness.work_for(business, tmp_path / "business")
        by_host = harness.work_for(pro, tmp_path / "pro", zoom_plan="pro")
        assert by_host.settings.meetings_from == "hosts"
        for work in (by_day, by_host):
            assert not harness.ingest(work, "zoom.meetings", [DAY]).failures
            assert not harness.ingest(work, "zoom.users", [DAY]).failures
        assert not any(path.startswith("/v2/metrics") for path, _ in harness.reports_asked(pro))

        dashboards, hosts = _meetings(by_day), _meetings(by_host)
        lost = dashboards.keys() - hosts.keys()
        assert hosts == {uuid: meeting for uuid, meeting in dashboards.items() if uuid not in lost}

        # Exactly the meetings of hosts who have been deleted from the account are lost, and there are some.
        users = set(harness.column(by_day, "zoom.users", "email", DAY))
        assert lost == {uuid for uuid, meeting in dashboards.items() if meeting["host_email"] not in users}
        assert 0 < len(lost) < len(dashboards) / 10

        webinars = _webinars(pro)
        assert webinars, "the day needs a webinar for this test to show anything"
        assert not webinars & hosts.keys()
        assert not webinars & dashboards.keys()


def test_a_plan_without_dashboards_says_so(tmp_path: Path) -> None:
    with harness.sandbox(plan="pro") as running:
        work = harness.work_for(running, tmp_path, zoom_meetings_from="dashboards")
        done = harness.ingest(work, "zoom.meetings", [DAY])
        assert done.committed == []
        assert "/metrics/meetings" in done.sentence
        assert "Business" in done.sentence


def _meetings(work: harness.Work) -> dict[str, dict[str, object]]:
    found = harness.rows(work, "zoom.meetings", DAY).select(SHARED).to_pylist()
    return {meeting["meeting_uuid"]: meeting for meeting in found}


def _webinars(running: Running) -> set[str]:
    """UUIDs of the webinars that started on the day, asked of the sandbox host by host, without the product's client."""
    found = set()
    for path, query in sorted(set(harness.reports_asked(running))):
        if path.endswith("/meetings") and "type=past&" in query + "&":
            records = harness.answer(running, f"{path}?{query}")["meetings"]
            found |= {one["uuid"] for one in records if one["type"] in (5, 6, 9) and one["start_time"].startswith(DAY)}
    return found
