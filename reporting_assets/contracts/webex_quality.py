"""Contract of Webex's media quality: samples of every stream of every session of a meeting."""

from __future__ import annotations

from reporting_assets.contracts.asking import PerItem
from reporting_assets.contracts.model import (
    Column,
    Endpoint,
    Expectation,
    Field,
    Input,
    Leg,
    Partition,
    Personal,
    RateLabel,
    Service,
    Table,
    Type,
)

_STREAMS = ("video", "audio", "share")
_SERIES = (
    "packetLoss",
    "latency",
    "jitter",
    "mediaBitRate",
    "frameRate",
    "resolutionHeight",
    "processAverageCPU",
    "processMaxCPU",
    "systemAverageCPU",
    "systemMaxCPU",
)

MEETING_QUALITY_REPORT = Endpoint(
    name="webex_meeting_qualities",
    path="/meeting/qualities",
    rows_at="items",
    purpose="Media quality of every session of one meeting, sample by sample.",
    rate_label=RateLabel.WEBEX,
    scope="analytics:read_all",
    classic_scopes=(),
    plan="Webex Pro Pack, asked by an administrator of the organisation",
    look_back="7 days; one call in 5 minutes per meeting",
    look_back_days=7,
    doc_url="https://developer.webex.com/docs/api/v1/meeting-qualities/get-meeting-qualities",
    page_size=100,
    service=Service.WEBEX_ANALYTICS,
    legs=(
        *(
            Leg(f"{stream}{direction.title()}", {"stream": stream, "direction": direction})
            for stream in _STREAMS
            for direction in ("in", "out")
        ),
        Leg("resources", {"stream": "resources"}),
    ),
    series=_SERIES,
    is_optional=True,  # many organisations are without Pro Pack
)


def _text(name: str, meaning: str, path: str, personal: Personal = Personal.NONE) -> Column:
    return Column(name, Type.TEXT, meaning, personal=personal, source=Field(path))


def _sample(name: str, meaning: str, unit: str, path: str) -> Column:
    return Column(name, Type.NUMBER, meaning, unit=unit, source=Field(f"$leg.{path}"))


MEETING_QUALITIES = Table(
    schema="webex",
    name="meeting_qualities",
    grain=(
        "One row per sample of a stream and direction of a participant's session in a Webex meeting instance that started "
        "on the UTC day."
    ),
    about=(
        "A session's stream may come in several runs, each with its own start. Sample `n` of a run begins "
        "`n * sampling_interval_seconds` after `run_started_at`. A stream without any sample is one row without "
        "`sample_index`, a session without any stream one row without `stream`. Lists of one run may differ in length: "
        "what is missing at a place is NULL. Webex keeps all of this for seven days only."
    ),
    partition=Partition.DAY,
    key=(
        "meeting_instance_id",
        "session_place",
        "stream",
        "direction",
        "run_started_at",
        "sample_index",
        "twin",
    ),
    row_floor=0,
    endpoints=(MEETING_QUALITY_REPORT,),
    inputs=(Input("webex.meeting_usage"),),  # says which meetings to ask for
    priority=0,  # gone after a week
    asks=(
        PerItem(
            endpoint=MEETING_QUALITY_REPORT.name,
            parent="webex.meeting_usage",
            select={
                "meeting_instance_id": "meeting_instance_id",
                "meeting_started_at": "strftime(started_at, '%Y-%m-%dT%H:%M:%SZ')",
            },
            params={"meetingId": "meeting_instance_id"},
        ),
    ),
    group="webex",
    columns=(
        Column(
            "meeting_instance_id",
            Type.TEXT,
            "The instance.",
            required=True,
            source=Field("meetingInstanceId", fallback="$request.meeting_instance_id"),
        ),
        Column(
            "session_place",
            Type.INTEGER,
            "Position of the session in the vendor's list of the instance, from 0; the session's id may be empty.",
            required=True,
            source=Field("$parent_place"),
        ),
        Column(
            "meeting_started_at",
            Type.TIMESTAMP,
            "When the instance started: it decides the partition.",
            required=True,
            source=Field("$request.meeting_started_at"),
        ),
        _text("participant_session_id", "Webex's id of this stay in the meeting.", "participantSessionId"),
        _text("participant_id", "Webex's id of the participant in this instance.", "participantId", Personal.USER_ID),
        _text("user_name", "Name as shown in the meeting.", "webexUserName", Personal.IDENTITY),
        _text("user_email", "E-mail address.", "webexUserEmail", Personal.IDENTITY),
        Column("joined_at", Type.TIMESTAMP, "When the participant joined.", source=Field("joinTime")),
        Column("left_at", Type.TIMESTAMP, "When the participant left.", source=Field("leaveTime")),
        Column(
            "join_seconds",
            Type.NUMBER,
            "How long it took to get into the meeting.",
            unit="seconds",
            source=Field("joinMeetingTime"),
        ),
        _text("client_type", "Client, and its operating system.", "clientType"),
        _text("client_version", "Version of the client.", "clientVersion"),
        _text("os_type", "Operating system.", "osType"),
        _text("os_version", "Version of the operating system.", "osVersion"),
        _text("hardware_type", "Kind of machine.", "hardwareType"),
        _text("network_type", "`wifi`, `cellular`, `ethernet` or `unknown`.", "networkType"),
        _text("speaker_name", "Loudspeaker in use.", "speakerName", Personal.DEVICE),
        _text("microphone", "Microphone in use.", "microphone", Personal.DEVICE),
        _text("camera", "Camera in use.", "camera", Personal.DEVICE),
        _text("local_ip", "IP address in the local network.", "localIP", Personal.DEVICE),
        _text("public_ip", "Public IP address.", "publicIP", Personal.DEVICE),
        _text("masked_local_ip", "Local IP address, its end masked.", "maskedLocalIP", Personal.DEVICE),
        _text("masked_public_ip", "Public IP address, its end masked.", "maskedPublicIP", Personal.DEVICE),
        _text("server_region", "Region of the media server.", "serverRegion"),
        _text("video_mesh_cluster", "Video mesh cluster, where one is used.", "videoMeshCluster"),
        _text("video_mesh_server", "Server of that cluster.", "videoMeshServer"),
        _text(
            "stream",
            "`video`, `audio`, `share` (of content), or `resources` for the machine's load.",
            "$label.stream",
        ),
        _text("direction", "`in` to the client or `out` of it; NULL for resources.", "$label.direction"),
        Column("run_started_at", Type.TIMESTAMP, "When this run began.", source=Field("$leg.startTime")),
        Column("run_ended_at", Type.TIMESTAMP, "When this run ended.", source=Field("$leg.endTime")),
        Column(
            "sampling_interval_seconds",
            Type.NUMBER,
            "Time that one sample stands for.",
            unit="seconds",
            source=Field("$leg.samplingInterval"),
        ),
        Column("sample_index", Type.INTEGER, "Place of the sample in its run, from 0.", source=Field("$index")),
        Column(
            "twin",
            Type.INTEGER,
            "0, or a number that tells apart runs of one stream that begin at the same moment, or say no beginning.",
            required=True,
            source=Field("$twin"),
        ),
        _text("codec", "Codec of the stream.", "$leg.codec"),
        _text("transport_type", "`UDP` or `TCP`.", "$leg.transportType"),
        _sample("packet_loss_pct", "Packets lost.", "percent", "packetLoss"),
        _sample("latency_ms", "Mean latency.", "milliseconds", "latency"),
        _sample("jitter_ms", "Jitter.", "milliseconds", "jitter"),
        _sample("media_bit_rate", "Bit rate; Webex does not document its unit.", "as Webex states it", "mediaBitRate"),
        _sample("frame_rate", "Frames per second; not for audio.", "frames per second", "frameRate"),
        _sample("resolution_height", "Height of the picture; not for audio.", "pixels", "resolutionHeight"),
        _sample("process_average_cpu_pct", "Mean load of the client's process.", "percent", "processAverageCPU"),
        _sample("process_max_cpu_pct", "Highest load of the client's process.", "percent", "processMaxCPU"),
        _sample("system_average_cpu_pct", "Mean load of the machine.", "percent", "systemAverageCPU"),
        _sample("system_max_cpu_pct", "Highest load of the machine.", "percent", "systemMaxCPU"),
    ),
    expectations=(
        Expectation(
            "loss_is_a_percentage",
            "packet_loss_pct IS NULL OR packet_loss_pct BETWEEN 0 AND 100",
            "Lost packets are a share.",
        ),
        Expectation(
            "leave_not_before_join", "left_at IS NULL OR left_at >= joined_at", "Nobody leaves before joining."
        ),
        Expectation(
            "known_stream",
            "stream IS NULL OR stream IN ('video', 'audio', 'share', 'resources')",
            "The stream is one of those asked for.",
        ),
    ),
)
