"""Tokens over HTTP and through their file: kept whatever happens, shared by processes, safe from other eyes."""

from __future__ import annotations

import json
import logging
import os
import signal
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
import requests

from reporting_assets.sources.errors import CredentialsError, ServerError
from reporting_assets.sources.webex.model import WebexConfig
from reporting_assets.sources.webex.tokens import Tokens
from reporting_assets_tests.sources.webex.fake_webex import FIRST, SECRET, Call, FakeWebex, Reply, error, serving

pytestmark = pytest.mark.integration

# One process that gets a token and prints it; `sys.argv` names the server and the folder of the token file.
CHILD = """
import sys
from pathlib import Path
import requests
from reporting_assets_tests.sources.webex.fake_webex import FakeWebex
from reporting_assets.sources.webex.tokens import Tokens
url, folder, refused = sys.argv[1:]
fake = object.__new__(FakeWebex)
fake.url = url
tokens = Tokens(requests.Session(), fake.config(Path(folder)))
print(tokens.renewed(refused) if refused else tokens.current())
"""


def unused(_: Call) -> Reply:
    return Reply(500)


def tokens_of(config: WebexConfig) -> Tokens:
    """As a new process would have them."""
    return Tokens(requests.Session(), config)


def child(webex: FakeWebex, folder: Path, refused: str = "") -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", CHILD, webex.url, str(folder), refused], stdout=subprocess.PIPE, text=True
    )


def spent(webex: FakeWebex) -> list[str]:
    return [call.form["refresh_token"] for call in webex.token_calls]


def test_a_token_is_asked_for_as_documented_and_kept_for_the_next_process(tmp_path: Path) -> None:
    with serving(unused) as webex:
        config = webex.config(tmp_path)
        first = tokens_of(config)
        assert first.current() == "access-1"
        assert first.scopes == {"meeting:admin_config_read", "analytics:read_all"}
        assert tokens_of(config).current() == "access-1"
        (asked,) = webex.token_calls
        assert asked.form == {
            "grant_type": "refresh_token",
            "client_id": "id",
            "client_secret": SECRET,
            "refresh_token": FIRST,
        }
        assert asked.headers["Content-Type"] == "application/x-www-form-urlencoded"
        assert asked.headers.get("Authorization") is None


def test_whatever_refresh_token_comes_back_is_used_next(tmp_path: Path) -> None:
    with serving(unused) as webex:
        config = webex.config(tmp_path)
        token = ""
        for number in range(1, 5):
            token = tokens_of(config).renewed(token)
            assert token == f"access-{number}"
        assert spent(webex) == [FIRST, "refresh-1", "refresh-2", "refresh-3"]


def test_an_answer_without_refresh_token_keeps_the_one_that_was_used(tmp_path: Path) -> None:
    with serving(unused) as webex:
        webex.token_reply = lambda _: Reply(body={"access_token": f"a{len(webex.token_calls)}", "expires_in": 100})
        config = webex.config(tmp_path)
        assert tokens_of(config).current() == "a1"
        assert tokens_of(config).renewed("a1") == "a2"
        assert spent(webex) == [FIRST, FIRST]


def test_a_token_is_renewed_before_it_ends(tmp_path: Path) -> None:
    with serving(unused) as webex:
        webex.expires_in = 1  # short ones are renewed at half their life
        tokens = tokens_of(webex.config(tmp_path))
        assert tokens.current() == tokens.current() == "access-1"
        time.sleep(0.6)
        assert tokens.current() == "access-2"


def test_many_threads_renew_once(tmp_path: Path) -> None:
    with serving(unused) as webex:
        tokens = tokens_of(webex.config(tmp_path))
        old = tokens.current()
        together = threading.Barrier(8)

        def renew(_: int) -> str:
            together.wait()
            return tokens.renewed(old)

        with ThreadPoolExecutor(8) as pool:
            assert set(pool.map(renew, range(8))) == {"access-2"}
        assert len(webex.token_calls) == 2


def test_processes_at_once_spend_one_refresh_token_once(tmp_path: Path) -> None:
    with serving(unused) as webex:
        webex.token_delay = 0.5
        children = [child(webex, tmp_path) for _ in range(3)]
        found = {process.communicate(timeout=60)[0].strip() for process in children}
        assert found == {"access-1"}
        assert spent(webex) == [FIRST]
        # The same again when a token that all of them hold is refused.
        children = [child(webex, tmp_path, "access-1") for _ in range(3)]
        found = {process.communicate(timeout=60)[0].strip() for process in children}
        assert found == {"access-2"}
        assert spent(webex) == [FIRST, "refresh-1"]
        assert tokens_of(webex.config(tmp_path)).renewed("access-2") == "access-3"


def test_a_process_killed_while_it_renews_leaves_what_was_there(tmp_path: Path) -> None:
    """Killed with its answer on the way: the file is whole, nobody waits for the dead, and the next process goes on."""
    with serving(unused) as webex:
        config = webex.config(tmp_path)
        tokens_of(config).current()
        before = config.token_file.read_bytes()
        webex.token_delay, webex.forgives = 1.0, True  # most authorization servers forgive an answer that was lost
        process = child(webex, tmp_path, "access-1")
        while webex.token_arrivals < 2:
            time.sleep(0.02)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        assert config.token_file.read_bytes() == before
        webex.token_delay = 0.0
        assert tokens_of(config).renewed("access-1").startswith("access-")
        assert sorted(path.name for path in config.token_file.parent.iterdir()) == ["webex.json", "webex.json.lock"]


def test_a_spent_refresh_token_says_what_to_do(tmp_path: Path) -> None:
    """As after a kill between answer and file, where the vendor does not forgive."""
    with serving(unused) as webex:
        config = webex.config(tmp_path)
        tokens_of(config).current()
        webex.good_refresh.clear()
        with pytest.raises(CredentialsError, match=r"90 days.*set the new WEBEX_REFRESH_TOKEN\.$") as raised:
            tokens_of(config).renewed("access-1")
        assert "refresh-1" not in str(raised.value)
        assert len(webex.token_calls) == 2


def test_a_refresh_token_set_anew_wins_over_the_kept_one(tmp_path: Path) -> None:
    with serving(unused) as webex:
        config = webex.config(tmp_path)
        tokens_of(config).current()
        webex.good_refresh |= {"authorized-again"}
        anew = replace(config, refresh_token="authorized-again")
        assert tokens_of(anew).current() == "access-2"
        assert tokens_of(anew).renewed("access-2") == "access-3"
        assert spent(webex) == [FIRST, "authorized-again", "refresh-2"]


def test_the_file_is_for_its_owner_alone(tmp_path: Path) -> None:
    with serving(unused) as webex:
        config = webex.config(tmp_path)
        before = os.umask(0)
        try:
            tokens_of(config).current()
        finally:
            os.umask(before)
        folder = config.token_file.parent
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}
        assert len(list(folder.iterdir())) == 2  # and the lock


def test_a_file_that_others_could_read_is_replaced_by_one_they_cannot(tmp_path: Path) -> None:
    with serving(unused) as webex:
        config = webex.config(tmp_path)
        tokens_of(config).current()
        config.token_file.chmod(0o644)
        tokens_of(config).renewed("access-1")
        assert stat.S_IMODE(config.token_file.stat().st_mode) == 0o600


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"{}", b"\xff", b'{"origin": 1, "renew_at": "soon"}'])
def test_a_damaged_file_is_replaced(tmp_path: Path, content: bytes) -> None:
    with serving(unused) as webex:
        config = webex.config(tmp_path)
        config.token_file.parent.mkdir()
        config.token_file.write_bytes(content)
        assert tokens_of(config).current() == "access-1"
        assert json.loads(config.token_file.read_bytes())["refresh_token"] == "refresh-1"


def test_no_refresh_token_is_spent_that_could_not_be_kept(tmp_path: Path) -> None:
    with serving(unused) as webex:
        (tmp_path / "file").write_text("no folder")
        config = webex.config(tmp_path, token_file=tmp_path / "file" / "webex.json")
        with pytest.raises(CredentialsError, match="WEBEX_TOKEN_FILE"):
            tokens_of(config).current()
        config = webex.config(tmp_path, token_file=tmp_path / "folder" / "webex.json")
        (tmp_path / "folder" / "webex.json").mkdir(parents=True)
        with pytest.raises(CredentialsError, match="WEBEX_TOKEN_FILE"):
            tokens_of(config).current()
        assert webex.token_calls == []


@pytest.mark.parametrize(
    ("status", "message", "names"),
    [
        (401, "The client credentials are invalid.", ["WEBEX_CLIENT_ID", "WEBEX_CLIENT_SECRET"]),
        (400, f"The refresh token {FIRST} is expired.", ["WEBEX_REFRESH_TOKEN", "90 days"]),
        (400, f"unknown secret {SECRET}", ["WEBEX_CLIENT_SECRET", "WEBEX_REFRESH_TOKEN"]),
        (302, "", ["WEBEX_API_URL"]),
        (404, "Not found.", ["WEBEX_API_URL"]),
    ],
)
def test_refused_credentials_name_the_settings(tmp_path: Path, status: int, message: str, names: list[str]) -> None:
    with serving(unused) as webex:
        webex.token_reply = lambda _: error(status, message, Location="http://elsewhere.example/")
        with pytest.raises(CredentialsError) as raised:
            tokens_of(webex.config(tmp_path)).current()
        assert all(name in str(raised.value) for name in names)
        assert SECRET not in repr(raised.value)
        assert FIRST not in repr(raised.value)
        assert "ROUTER" not in str(raised.value)


def test_a_token_server_in_trouble_is_tried_again_by_the_client_alone(open_webex: Callable) -> None:
    client, webex = open_webex(unused)
    webex.token_reply = lambda _: error(503, "Overloaded.")
    with pytest.raises(ServerError):
        client.scopes()
    assert len(webex.token_calls) == client._config.retry.attempts


def test_the_end_of_the_refresh_token_is_warned_of_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with serving(unused) as webex, caplog.at_level(logging.WARNING):
        config = webex.config(tmp_path)
        tokens_of(config).current()
        assert caplog.records == []
        webex.refresh_expires_in = 5 * 86_400 + 60
        tokens = tokens_of(config)
        tokens.renewed("access-1")
        assert tokens.current() == tokens.renewed("access-1")
        (record,) = caplog.records
        assert "ends in 5 days" in record.getMessage()
        assert "WEBEX_REFRESH_TOKEN" in record.getMessage()
        assert "refresh-" not in record.getMessage()


def test_nothing_kept_is_told(tmp_path: Path) -> None:
    with serving(unused) as webex:
        tokens = tokens_of(webex.config(tmp_path))
        tokens.current()
        assert "access-1" not in repr(tokens._held)
        assert "refresh-1" not in repr(tokens._held)
        assert {SECRET, FIRST, "access-1", "refresh-1"} == set(tokens.secrets)
