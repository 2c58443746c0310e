"""What the dashboards tell about one participant's connection, and in what meetings and webinars differ there.

Here: the facts that several dashboard tables share. Not here: the tables themselves.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from reporting_assets.contracts.model import Column, Endpoint, Field, Item, Personal, RateLabel, Type

_DOCS = "https://developers.zoom.us/docs/api"
ITEM_PATH = {"meeting": "meetingId", "webinar": "webinarId"}


@dataclass(frozen=True)
class Kind:
    """Meetings, or webinars, and in what the calls about them differ."""

    noun: str
    parent: str  # the table that lists them
    plan: str
    is_meeting: bool

    @property
    def uuid(self) -> str:
        """The column of the instance's UUID, here and in `parent`."""
        return f"{self.noun}_uuid"

    @property
    def select(self) -> Mapping[str, str]:
        """What is taken from a row of `parent` for a request about it."""
        return {
            self.uuid: self.uuid,
            f"{self.noun}_started_at": "strftime(started_at, '%Y-%m-%dT%H:%M:%SZ')",
        }

    @property
    def path(self) -> Mapping[str, str]:
        """Which of those fills the path's placeholder."""
        return {ITEM_PATH[self.noun]: self.uuid}

    def endpoint(
        self,
        name: str,
        below: str,
        purpose: str,
        scope: str,
        *,
        page_size: int = 300,
        section: str = "accounts",
        params: Mapping[str, str | int] | None = None,
    ) -> Endpoint:
        """One dashboard call about a past meeting or webinar; `below` stands below its participants."""
        path = f"/metrics/{self.noun}s/{{{ITEM_PATH[self.noun]}}}/participants{below}"
        return Endpoint(
            name=f"metrics_{self.noun}_{name}",
            path=path,
            rows_at="participants",
            purpose=purpose,
            rate_label=RateLabel.HEAVY,
            scope=f"dashboard:read:{scope}:admin",
            classic_scopes=(f"dashboard_{self.noun}s:read:admin", "dashboard:read:admin"),
            plan=self.plan,
            look_back="1 year",
            look_back_days=365,
            doc_url=f"{_DOCS}/{section}/#tag/dashboards/GET{path}",
            page_size=page_size,
            params=params or {},
            is_optional=not self.is_meeting,  # webinars are an add-on
        )

    def columns(self) -> tuple[Column, Column]:
        """Which instance the row is about."""
        return (
            Column(self.uuid, Type.TEXT, f"The {self.noun} instance.", required=True, source=_request(self.uuid)),
            Column(
                f"{self.noun}_started_at",
                Type.TIMESTAMP,
                "When that instance started: it decides the partition.",
                required=True,
                source=_request(f"{self.noun}_started_at"),
            ),
        )

    def number(self) -> Column:
        """The number that dashboards state once per answer, beside the rows."""
        return Column(
            f"{self.noun}_number",
            Type.TEXT,
            "The series: recurring ones and personal rooms reuse their number, and a personal room's names its owner.",
            personal=Personal.USER_ID,
            source=Field(f"_answer.{self.noun}_number"),
        )


MEETING = Kind("meeting", "zoom.meetings", "Business or higher, with Dashboard", is_meeting=True)
WEBINAR = Kind("webinar", "zoom.webinars", "Business or Education, with the Webinar add-on", is_meeting=False)
KINDS = (MEETING, WEBINAR)


def _request(name: str) -> Field:
    return Field(f"$request.{name}")


def text(name: str, meaning: str, path: str, personal: Personal = Personal.NONE) -> Column:
    """A column of text as the vendor writes it."""
    return Column(name, Type.TEXT, meaning, personal=personal, source=Field(path))


def flag(name: str, meaning: str, path: str) -> Column:
    """A column of true or false."""
    return Column(name, Type.BOOLEAN, meaning, source=Field(path))


def session_columns(at: str = "", user_id: str = "id", fallback: str | None = None) -> tuple[Column, ...]:
    """Who is connected, from when to when; `at` leads to the participant's object."""
    return (
        text(
            "participant_uuid",
            "Zoom's id of the participant in this instance; may be empty.",
            f"{at}participant_uuid",
        ),
        text("session_user_id", "Zoom's id of this join; every rejoin gets a new one.", f"{at}user_id"),
        Column(
            "user_id",
            Type.TEXT,
            "Zoom's id of the signed-in user; NULL for guests.",
            personal=Personal.USER_ID,
            source=Field(f"{at}{user_id}", fallback=fallback and f"{at}{fallback}"),
        ),
        text("email", "E-mail address; NULL where Zoom hides it.", f"{at}email", Personal.IDENTITY),
        text(
            "display_name",
            "Name as shown; anybody may type anything.",
            f"{at}user_name",
            Personal.IDENTITY,
        ),
        Column("joined_at", Type.TIMESTAMP, "When the participant joined.", source=Field(f"{at}join_time")),
        Column(
            "left_at",
            Type.TIMESTAMP,
            "When the participant left; NULL while still there.",
            source=Field(f"{at}leave_time"),
        ),
    )


def connection_columns(at: str = "") -> tuple[Column, ...]:
    """Device, client, network and place of the connection, and what was done on it."""
    device = Personal.DEVICE
    return (
        text("device_type", "Windows, Mac, iOS, Android, Phone or H.323/SIP.", f"{at}device"),
        text("device_name", "The device's name or model.", f"{at}device_name", device),
        text("os", "Operating system.", f"{at}os"),
        text("os_version", "Its version.", f"{at}os_version"),
        text("browser_name", "Browser, for those who used the web client.", f"{at}browser_name"),
        text("browser_version", "Its version.", f"{at}browser_version"),
        text("client", "Client software, where it is a web client or an SDK.", f"{at}client"),
        text("client_version", "Version of Zoom's client.", f"{at}version"),
        text(
            "thin_client_version",
            "Version of the thin client's plugin on virtual desktops.",
            f"{at}zoom_thin_client_plugin_version",
        ),
        text("network_type", "Wired, Wifi, PPP, Cellular or Others.", f"{at}network_type"),
        text("connection_type", "How it was connected: UDP, TCP, SSL, ….", f"{at}connection_type"),
        text("video_connection_type", "The same for video; filled without video too.", f"{at}video_connection_type"),
        text("screen_share_connection_type", "The same for screen sharing.", f"{at}as_connection_type"),
        text("data_center", "The data centre that was joined.", f"{at}data_center"),
        text("data_centers", "Where the data is kept, each followed by a semicolon.", f"{at}full_data_center"),
        text("location", "Where the connection came from, by its address.", f"{at}location", device),
        text("ip_address", "Public address.", f"{at}ip_address", device),
        Column(
            "internal_ip_addresses",
            Type.LIST,
            "Addresses in the local network.",
            personal=device,
            source=Field(f"{at}internal_ip_addresses"),
            items=(Item("address", Type.TEXT, "One address.", "", personal=device),),
        ),
        text("mac_address", "Hardware address of the network card.", f"{at}mac_addr", device),
        text("hard_disk_id", "Id of the hard disk; NULL for people outside the account.", f"{at}harddisk_id", device),
        text("pc_name", "Name of the computer.", f"{at}pc_name", device),
        text("pc_domain", "Windows domain of the computer.", f"{at}domain", device),
        flag("has_shared_application", "Whether an application was shared.", f"{at}share_application"),
        flag("has_shared_desktop", "Whether the desktop was shared.", f"{at}share_desktop"),
        flag("has_shared_whiteboard", "Whether a whiteboard was shared.", f"{at}share_whiteboard"),
        flag("has_recording", "Whether the participant recorded.", f"{at}recording"),
        flag("has_archiving", "Whether archiving was on.", f"{at}has_archiving"),
        text(
            "archiving_choice",
            "How an internal participant answered where archiving is optional.",
            f"{at}optional_archiving",
        ),
    )


def join_seconds(at: str = "") -> Column:
    """How long joining took, which only meetings state."""
    return Column(
        "join_seconds",
        Type.NUMBER,
        "Time it took to join.",
        unit="seconds",
        source=Field(f"{at}total_jointime_cost"),
    )
