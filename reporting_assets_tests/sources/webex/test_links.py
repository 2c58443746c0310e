"""The `Link` header, read by RFC 8288, and which links are followed."""

from __future__ import annotations

import pytest

from reporting_assets.sources.errors import BadRequestError, ServerError
from reporting_assets.sources.webex.links import next_target, next_url

BASE = "https://webexapis.com/v1"
ASKED = f"{BASE}/meetingReports/usage?siteUrl=a.webex.com&max=10"
SENT = {"siteUrl": "a.webex.com", "serviceType": "EventCenter", "from": "2026-11-01T00:00:00Z", "max": 10}
KEPT = "siteUrl=a.webex.com&serviceType=EventCenter&from=2026-11-01T00%3A00%3A00Z&max=10"


@pytest.mark.parametrize(
    ("header", "target"),
    [
        ("", None),
        ('<https://x/1>; rel="first"', None),
        ('<https://x/1>; rel="next"', "https://x/1"),
        ("<https://x/1>; rel=next", "https://x/1"),
        ('<https://x/1>;rel="NEXT"', "https://x/1"),
        ('<https://x/1>; REL = "last next"', "https://x/1"),
        ('<https://x/0>; rel="first", <https://x/1>; rel="next", <https://x/2>; rel="last"', "https://x/1"),
        ('<https://x/0?a=1,2;b=3>; rel="prev",<https://x/1?a=1,2;b=3>; rel="next"', "https://x/1?a=1,2;b=3"),
        ('<https://x/1>; title="a \\"quoted\\"; rel=prev, <no>"; rel="next"', "https://x/1"),
        ('<https://x/1>; rel="prev"; rel="next"', None),  # only the first of a name counts
        ('<https://x/1>; title="next"', None),
        ('<https://x/1>; rel="nextish"', None),
        ('<https://x/1>; anchor="#other"; rel="next", <https://x/2>; rel="next"', "https://x/2"),
        ('<https://x/1>; crossorigin; rel="next"', "https://x/1"),
        (" , ", None),
    ],
)
def test_the_next_link_is_found_among_others(header: str, target: str | None) -> None:
    assert next_target(header) == target


@pytest.mark.parametrize(
    "header",
    [
        "nonsense",
        '<https://x/1; rel="next"',
        '<https://x/0>; rel="prev" and, <https://x/1>; rel="next"',
        '<a>; rel="next',
    ],
)
def test_a_header_that_cannot_be_read_is_not_the_last_page(header: str) -> None:
    with pytest.raises(ServerError, match="cannot be read"):
        next_url(header, ASKED, BASE, SENT, "/meetingReports/usage")


def follow(target: str) -> str | None:
    return next_url(f'<{target}>; rel="next"', ASKED, BASE, SENT, "/meetingReports/usage")


def test_a_link_is_followed_as_it_is_written() -> None:
    url = f"{BASE}/meetingReports/usage?{KEPT}&cursor=a%2Fb%3D%3D,c"
    assert follow(url) == url


def test_a_link_may_be_relative_and_name_the_port_in_use() -> None:
    assert follow(f"/v1/meetingReports/usage?{KEPT}&cursor=1") == f"{BASE}/meetingReports/usage?{KEPT}&cursor=1"
    assert follow(f"https://WEBEXAPIS.com:443/v1/x?{KEPT}") == f"https://WEBEXAPIS.com:443/v1/x?{KEPT}"


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/v1/meetingReports/usage",
        "http://webexapis.com/v1/meetingReports/usage",
        "https://webexapis.com:8443/v1/meetingReports/usage",
        "https://webexapis.com.evil.example/v1",
        "https://webexapis.com@evil.example/v1",
        "https://user:password@webexapis.com/v1",
        "https://evil.example\\@webexapis.com/v1",
        "//evil.example/v1",
        "https://webexapis.com:no/v1",
        "file:///etc/passwd",
        "https://webexapis.com/v1?a=\tb",
    ],
)
def test_a_link_to_elsewhere_is_refused_without_naming_it(target: str) -> None:
    with pytest.raises(BadRequestError, match="another host") as raised:
        follow(target)
    assert "evil" not in str(raised.value)


def test_lost_parameters_are_put_back() -> None:
    url = follow(f"{BASE}/meetingReports/usage?max=10&cursor=abc")
    assert url == (
        f"{BASE}/meetingReports/usage?max=10&cursor=abc"
        "&siteUrl=a.webex.com&serviceType=EventCenter&from=2026-11-01T00%3A00%3A00Z"
    )
    bare = follow(f"{BASE}/meetingReports/usage")
    assert bare is not None
    assert bare.startswith(f"{BASE}/meetingReports/usage?siteUrl=a.webex.com&")


def test_a_link_to_another_listing_is_refused() -> None:
    with pytest.raises(ServerError, match="another siteUrl"):
        follow(f"{BASE}/meetingReports/usage?siteUrl=b.webex.com&cursor=1")
    with pytest.raises(ServerError, match="another serviceType"):
        follow(f"{BASE}/meetingReports/usage?siteUrl=A.webex.com&serviceType=MeetingCenter")


def test_dates_may_be_written_otherwise() -> None:
    url = f"{BASE}/x?siteUrl=A.WEBEX.COM&serviceType=EventCenter&from=2026-11-01T00:00:00.000%2B00:00"
    assert follow(url) == url
