"""Settings from the environment and `.env`, their errors, and the example file."""

from __future__ import annotations

import zoneinfo
from pathlib import Path

import duckdb
import pytest

from reporting_assets import settings
from reporting_assets.commands.show_settings import example_file
from reporting_assets.settings import SettingsError

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(autouse=True)
def _empty_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    for name in settings.Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)


def test_an_empty_environment_means_the_sandbox() -> None:
    config = settings.load()
    assert config.is_sandbox
    assert config.missing_credentials() == []
    assert config.lake == Path("data/sandbox/lake")


def test_simulated_and_real_data_lie_in_different_folders(monkeypatch: pytest.MonkeyPatch) -> None:
    simulated = settings.load()
    monkeypatch.setenv("REPORTING_SOURCE", "live")
    live = settings.load()
    assert simulated.lake != live.lake
    assert simulated.warehouse != live.warehouse


def test_live_without_credentials_names_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REPORTING_SOURCE", "live")
    monkeypatch.setenv("ZOOM_CLIENT_ID", "client")
    assert settings.load().missing_credentials() == ["ZOOM_ACCOUNT_ID", "ZOOM_CLIENT_SECRET"]


def test_webex_is_missing_on_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    assert settings.load().missing_webex_credentials() == []  # the sandbox has its own
    monkeypatch.setenv("REPORTING_SOURCE", "live")
    for name in ("ZOOM_ACCOUNT_ID", "ZOOM_CLIENT_ID", "ZOOM_CLIENT_SECRET", "WEBEX_CLIENT_SECRET"):
        monkeypatch.setenv(name, "set")
    config = settings.load()
    assert config.missing_credentials() == []
    assert config.missing_webex_credentials() == ["WEBEX_CLIENT_ID", "WEBEX_REFRESH_TOKEN"]
    assert config.token_file == Path("data/live/tokens/webex.json")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("REPORTING_SOURCE", "production"),
        ("ZOOM_PLAN", "gold"),
        ("ZOOM_BUDGET_SHARE", "3"),
        ("REPORTING_THREADS", "many"),
        ("REPORTING_START_DATE", "soon"),
        ("REPORTING_LOOK_BACK_DAYS", "0"),
        ("REPORTING_TIMEZONE", "localtime"),
        ("REPORTING_TIMEZONE", "Berlin"),
        ("REPORTING_QUALITY_PROFILE", "harsh"),
        ("REPORTING_SITES", "Vienna"),
        ("REPORTING_SITES", "Vienna=203.0.113.0/24; =10."),
        ("REPORTING_SITES", "Vienna=203.0.113.0/33"),
        ("REPORTING_SITES", "Vienna=2001:db8::/32"),
    ],
)
def test_a_wrong_value_is_one_sentence_that_names_the_setting(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as error:
        settings.load()
    assert str(error.value).startswith(f"{name} (it is '{value}')")
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("value", ["Vienna=203.0.113.7/24; Graz = Graz (AT);", "HQ=2001:db8:7:"])
def test_sites_are_networks_or_beginnings(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("REPORTING_SITES", value)
    assert settings.load().reporting_sites == value


def test_time_zones_are_those_that_duckdb_knows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REPORTING_TIMEZONE", " europe/berlin")
    assert settings.load().reporting_timezone == "Europe/Berlin"
    with duckdb.connect() as con:
        for name in zoneinfo.available_timezones() - {"localtime"}:
            con.execute("SELECT timezone($zone, TIMESTAMPTZ '2024-03-31 01:30:00+00')", {"zone": name}).fetchall()


@pytest.mark.parametrize("value", ["lots", "1", "-1GB", "1GB'; SELECT 1; --"])
def test_memory_is_a_size(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("REPORTING_DUCKDB_MEMORY", value)
    with pytest.raises(SettingsError, match="not a size of memory, write one such as 1gb"):
        settings.load()


@pytest.mark.parametrize("value", ["1GB", "512 MB", "1.5GiB", "200mb"])
def test_sizes_that_duckdb_takes_are_taken(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("REPORTING_DUCKDB_MEMORY", value)
    duckdb.connect(config={"memory_limit": settings.load().reporting_duckdb_memory}).close()


def test_the_home_folder_may_be_written_as_shells_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    Path(".env").write_text("REPORTING_LAKE=~/lake\n")
    assert settings.load().lake == tmp_path / "lake"


def test_an_env_file_that_is_no_text_is_said_in_a_sentence() -> None:
    Path(".env").write_bytes(b"REPORTING_LAKE=\xff\n")
    with pytest.raises(SettingsError, match=r"\.env cannot be read as UTF-8 text"):
        settings.load()


def test_secrets_do_not_print(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZOOM_CLIENT_SECRET", "do-not-print-me")
    monkeypatch.setenv("REPORTING_PSEUDONYM_KEY", "do-not-print-me-either")
    assert "do-not-print" not in repr(settings.load())


def test_the_plan_decides_where_meetings_come_from(monkeypatch: pytest.MonkeyPatch) -> None:
    assert settings.load().meetings_from == "dashboards"
    monkeypatch.setenv("ZOOM_PLAN", "Pro")
    assert settings.load().meetings_from == "hosts"
    monkeypatch.setenv("ZOOM_MEETINGS_FROM", "dashboards")
    assert settings.load().meetings_from == "dashboards"


def test_the_example_file_is_current() -> None:
    assert (ROOT / ".env.example").read_text() == example_file(), "run `make docs`"
