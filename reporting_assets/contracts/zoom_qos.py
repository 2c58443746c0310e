"""Contracts of quality of service: samples per minute and stream, and the QSS summaries per session."""

from __future__ import annotations

from dataclasses import replace

from reporting_assets.contracts.model import (
    Additivity,
    Column,
    Expectation,
    Field,
    Input,
    Item,
    Leg,
    Parse,
    Partition,
    Personal,
    Table,
    Type,
)
from reporting_assets.contracts.sampling import SAMPLE_COLUMNS, sampled
from reporting_assets.contracts.zoom_sessions import Kind, connection_columns, join_seconds, session_columns, text

GROUP = "zoom_dashboards"
_PARTICIPANT = "$parent."
_STREAMS = {"audio": "audio", "video": "video", "as": "screen_share"}
_GATEWAYS = ("crc", "rwg")


def _legs() -> tuple[Leg, ...]:
    """The vendor's names. `input` and `from` are what the participant sent, `output` and `to` what arrived there."""
    found = []
    for short, stream in _STREAMS.items():
        for suffix, direction in (("input", "sent"), ("output", "received")):
            found.append(Leg(f"{short}_{suffix}", {"stream": stream, "direction": direction, "route": "client"}))
        for gateway in _GATEWAYS:
            for way, direction in (("from", "sent"), ("to", "received")):
                labels = {"stream": stream, "direction": direction, "route": gateway}
                found.append(Leg(f"{short}_device_{way}_{gateway}", labels))
    return tuple(found)


LEGS = _legs()


def _measured(name: str, meaning: str, unit: str, path: str, parse: Parse, type_: Type = Type.NUMBER) -> Column:
    return Column(name, type_, meaning, unit=unit, source=Field(path, parse), additivity=Additivity.NONE)


def _cpu(name: str, meaning: str, path: str) -> Column:
    return _measured(name, meaning, "percent", path, Parse.PERCENT)


def _rssi(which: str, meaning: str) -> Column:
    path = f"wifi_rssi.{which}_rssi"
    return _measured(f"wifi_rssi_{which}", meaning, "dBm", path, Parse.PLAIN, Type.INTEGER)


_STREAM = (
    _measured("bitrate_kbps", "Bits per second of the stream.", "kbit/s", "$leg.bitrate", Parse.KBPS),
    _measured(
        "latency_ms",
        "Delay as Zoom measures it: from sending until the answer, processing included, so a round trip.",
        "milliseconds",
        "$leg.latency",
        Parse.MILLISECONDS,
    ),
    _measured("jitter_ms", "Variation of the delay.", "milliseconds", "$leg.jitter", Parse.MILLISECONDS),
    _measured("avg_loss_pct", "Mean loss of packets.", "percent", "$leg.avg_loss", Parse.PERCENT),
    _measured("max_loss_pct", "Highest loss of packets.", "percent", "$leg.max_loss", Parse.PERCENT),
    _measured("frame_rate_fps", "Pictures per second; NULL for audio.", "fps", "$leg.frame_rate", Parse.FRAMES),
    _measured(
        "width_px", "Width of the picture; NULL for audio.", "pixels", "$leg.resolution", Parse.WIDTH, Type.INTEGER
    ),
    _measured(
        "height_px", "Height of the picture; NULL for audio.", "pixels", "$leg.resolution", Parse.HEIGHT, Type.INTEGER
    ),
)
# Of the whole machine, so the same in every row of the minute.
_MACHINE = (
    _cpu(
        "zoom_cpu_min_pct", "Lowest load by Zoom; repeated in every row of the minute.", "cpu_usage.zoom_min_cpu_usage"
    ),
    _cpu("zoom_cpu_avg_pct", "Mean load by Zoom; repeated in every row of the minute.", "cpu_usage.zoom_avg_cpu_usage"),
    _cpu(
        "zoom_cpu_max_pct", "Highest load by Zoom; repeated in every row of the minute.", "cpu_usage.zoom_max_cpu_usage"
    ),
    _cpu(
        "system_cpu_max_pct",
        "Highest load of the machine; repeated in every row of the minute.",
        "cpu_usage.system_max_cpu_usage",
    ),
    *(
        text(
            f"system_cpu_pressure_{which}",
            "Pressure on the machine: normal, fair, serious or critical; repeated in every row of the minute.",
            f"cpu_pressure_level.system_{which}_cpu_pressure_level",
        )
        for which in ("min", "avg", "max")
    ),
    _rssi("min", "Weakest wireless signal; repeated in every row of the minute."),
    _rssi("avg", "Mean wireless signal; repeated in every row of the minute."),
    _rssi("max", "Strongest wireless signal; repeated in every row of the minute."),
    text("wifi_rssi_unit", "The unit the vendor states for the signal: dBm.", "wifi_rssi.rssi_unit"),
)
_HEALTH = (
    text("health", "Zoom's verdict on the session: Good, Warning or Critical.", f"{_PARTICIPANT}health"),
    Column(
        "issues",
        Type.LIST,
        "What Zoom found wrong in the session.",
        source=Field(f"{_PARTICIPANT}issue_list"),
        items=(Item("issue", Type.TEXT, "One finding, such as audio.", ""),),
    ),
)


def qos(kind: Kind) -> Table:
    """Samples per minute of a meeting's or webinar's sessions."""
    endpoint = kind.endpoint(
        "qos",
        "/qos",
        f"What every participant of a past {kind.noun} sent and received, minute by minute.",
        f"list_{kind.noun}_participants_qos",
        page_size=10,
        params={"type": "past"},
    )
    endpoint = replace(endpoint, each="user_qos", legs=LEGS)
    group = Column("group_id", Type.TEXT, "The user group of the participant.", source=Field(f"{_PARTICIPANT}groupId"))
    return Table(
        schema="zoom",
        name=f"{kind.noun}_qos",
        grain=(
            f"One row per session of a participant, minute, stream, direction and route, in a sampled {kind.noun} that "
            "started on the UTC day."
        ),
        about=(
            "Only what was measured is a row; a minute in which nothing was is one row without stream, so that minutes "
            "can be counted. Facts of the session and the machine repeat in every row: never sum them, and count "
            "minutes distinct. `sent` and `received` are from the participant's side. Which ones are asked for is a "
            "policy (`sample_reason`), and people alone in a meeting have no samples."
        ),
        partition=Partition.DAY,
        key=(
            kind.uuid,
            "session_user_id",
            "participant_uuid",
            "joined_at",
            "sample_index",
            "stream",
            "direction",
            "route",
        ),
        group=GROUP,
        priority=4,
        row_floor=0,
        endpoints=(endpoint,),
        inputs=(Input(kind.parent),),
        asks=sampled(
            endpoint.name,
            kind.parent,
            kind.uuid,
            select=kind.select,
            path=kind.path,
            where="listing = 'past'" if kind.is_meeting else "true",  # this call knows no other listing
        ),
        columns=(
            *kind.columns(),
            *SAMPLE_COLUMNS,
            *session_columns(_PARTICIPANT),
            Column("measured_at", Type.TIMESTAMP, "The minute, as stated by Zoom.", source=Field("date_time")),
            Column(
                "sample_index",
                Type.INTEGER,
                "Which of the session's samples it is, from 0.",
                required=True,
                source=Field("$place"),
            ),
            text("stream", "`audio`, `video` or `screen_share`; NULL where nothing was measured.", "$label.stream"),
            text("direction", "`sent` or `received`, from the participant's side.", "$label.direction"),
            text(
                "route",
                "`client`, `crc` (a room system over Zoom's connector) or `rwg` (the web client's gateway).",
                "$label.route",
            ),
            *_STREAM,
            *_MACHINE,
            *_HEALTH,
            *connection_columns(_PARTICIPANT),
            group,
            *((join_seconds(_PARTICIPANT),) if kind.is_meeting else ()),
            kind.number(),
        ),
        expectations=(
            Expectation(
                "loss_is_a_percentage",
                "(avg_loss_pct IS NULL OR avg_loss_pct BETWEEN 0 AND 100) AND (max_loss_pct IS NULL OR max_loss_pct BETWEEN 0 AND 100)",
                "Loss lies between 0 and 100 %.",
            ),
            Expectation(
                "within_the_session",
                "measured_at IS NULL OR joined_at IS NULL OR left_at IS NULL OR measured_at BETWEEN joined_at - INTERVAL 2 MINUTE AND left_at + INTERVAL 2 MINUTE",
                "Minutes lie between joining and leaving, two minutes aside.",
            ),
            Expectation("has_a_minute", "measured_at IS NOT NULL", "Every sample says its minute."),
        ),
    )


_SUMMARISED = (
    ("bitrate", "kbps", "bits per second", "kbit/s", Parse.KBPS),
    ("latency", "ms", "delay", "milliseconds", Parse.MILLISECONDS),
    ("jitter", "ms", "variation of the delay", "milliseconds", Parse.MILLISECONDS),
    ("loss", "pct", "loss of packets", "percent", Parse.PERCENT),
    ("frame_rate", "fps", "pictures per second", "fps", Parse.FRAMES),
)
_WHICH = {"min": "Lowest", "avg": "Mean", "max": "Highest"}


def _summary_values() -> tuple[Column, ...]:
    at = "details."
    streams = [
        _measured(f"{which}_{name}_{suffix}", f"{word} {words} of the session.", unit, f"{at}{which}_{name}", parse)
        for name, suffix, words, unit, parse in _SUMMARISED
        for which, word in _WHICH.items()
    ]
    return (
        *streams,
        _measured("width_px", "Width of the picture.", "pixels", f"{at}resolution", Parse.WIDTH, Type.INTEGER),
        _measured("height_px", "Height of the picture.", "pixels", f"{at}resolution", Parse.HEIGHT, Type.INTEGER),
        *(
            _cpu(
                f"zoom_cpu_{which}_pct", f"{word} load by Zoom; in rows of `cpu_usage`.", f"{at}zoom_{which}_cpu_usage"
            )
            for which, word in _WHICH.items()
        ),
        _cpu(
            "system_cpu_max_pct",
            "Highest load of the machine; in rows of `cpu_usage`.",
            f"{at}system_max_cpu_usage",
        ),
        *(
            text(
                f"system_cpu_pressure_{which}",
                "Pressure on the machine: normal, fair, serious or critical; in rows of `cpu_usage`.",
                f"{at}system_{which}_cpu_pressure_level",
            )
            for which in _WHICH
        ),
    )


def qos_summary(kind: Kind) -> Table:
    """The QSS add-on's summaries, one per session and kind of measurement."""
    endpoint = kind.endpoint(
        "qos_summary",
        "/qos_summary",
        f"Lowest, mean and highest values of every participant of a past {kind.noun}, with the QSS add-on.",
        f"list_{kind.noun}_participants_qos",
        page_size=10,
        section="qss",
    )
    endpoint = replace(
        endpoint,
        plan=f"{kind.plan}, and the QSS add-on with a subscription to its summary event",
        each="qos",
        is_optional=True,
    )
    return Table(
        schema="zoom",
        name=f"{kind.noun}_qos_summary",
        grain=(
            f"One row per session of a participant and kind of measurement, in a sampled {kind.noun} that started on the "
            "UTC day."
        ),
        about=(
            "From the Quality of Service Subscription; fetched only where the account has that add-on "
            "(`ZOOM_HAS_QSS`). Its figures are not comparable with the dashboards', and it names streams from the "
            f"client's side: `audio_input` here is what the client received, in `zoom.{kind.noun}_qos` what it sent."
        ),
        partition=Partition.DAY,
        key=(kind.uuid, "session_user_id", "measurement"),
        group=GROUP,
        priority=4,
        row_floor=0,
        endpoints=(endpoint,),
        inputs=(Input(kind.parent),),
        asks=sampled(
            endpoint.name,
            kind.parent,
            kind.uuid,
            select=kind.select,
            path=kind.path,
            when={"has_qss": "yes"},
        ),
        columns=(
            *kind.columns(),
            *SAMPLE_COLUMNS,
            text(
                "session_user_id",
                "Zoom's id of this join; every rejoin gets a new one.",
                f"{_PARTICIPANT}participant_id",
            ),
            text(
                "user_id",
                "Zoom's id of the signed-in user; NULL for guests.",
                f"{_PARTICIPANT}id",
                Personal.USER_ID,
            ),
            text("email", "E-mail address; NULL where Zoom hides it.", f"{_PARTICIPANT}email", Personal.IDENTITY),
            text(
                "display_name",
                "Name as shown; anybody may type anything.",
                f"{_PARTICIPANT}user_name",
                Personal.IDENTITY,
            ),
            text(
                "measurement",
                "What was measured, in the vendor's words: `audio_input` (received by the client), `audio_output` (sent), "
                "`video_…`, `as_…` (screen sharing), `…_device_from_crc`, `…_to_rwg` and so on, or `cpu_usage`.",
                "type",
            ),
            *_summary_values(),
        ),
        expectations=(
            Expectation(
                "loss_in_order",
                "(min_loss_pct IS NULL OR avg_loss_pct IS NULL OR min_loss_pct <= avg_loss_pct) AND (avg_loss_pct IS NULL OR max_loss_pct IS NULL OR avg_loss_pct <= max_loss_pct)",
                "The mean loss lies between the lowest and the highest.",
            ),
            Expectation("has_a_measurement", "measurement IS NOT NULL", "Every row says what was measured."),
        ),
    )
