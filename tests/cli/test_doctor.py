"""`doctor` as an admin runs it, against a simulated WeCom that refuses one thing after the other."""

from __future__ import annotations

from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

from steward.cli.probes import clock_offset
from steward.cli.probes_here import why_not_writable
from steward.simulator import Simulator
from tests.cli.desk import Desk, make_desk, make_desk_for


def lines(desk: Desk, *, code: int) -> dict[str, dict[str, Any]]:
    return {line["key"]: line for line in desk.data("doctor", code=code)}


def owner(simulator: Simulator) -> str:
    return str(simulator.rooms()[0]["owner"])


def test_nothing_is_refused_when_everything_is_as_it_should_be(simulator: Simulator, tmp_path: Path) -> None:
    desk = make_desk_for(simulator, tmp_path, hr=owner(simulator))
    desk.call("db", "upgrade")
    found = lines(desk, code=0)
    for key in ("settings", "database", "secret.app", "secret.contacts", "secret.archive", "trusted_ip"):
        assert found[key]["state"] == "ok", found[key]
    for key in (
        "visible_range",
        "departments",
        "users",
        "customer_groups",
        "archive",
        "receivers",
        "bot.ops",
    ):
        assert found[key]["state"] == "ok", found[key]
    assert "没有需要处理的" in desk.call("doctor").stdout


def test_doctor_sends_and_leaves_nothing_when_it_looks(simulator: Simulator, tmp_path: Path) -> None:
    desk = make_desk_for(simulator, tmp_path, hr=owner(simulator))
    desk.call("doctor")
    assert simulator.received == []
    assert [path.name for path in tmp_path.iterdir()] == ["settings.toml"]


def test_address_and_its_page_are_named_when_the_ip_is_not_trusted(
    simulator: Simulator, tmp_path: Path
) -> None:
    simulator.set_limits(trusted_ips=["198.51.100.1"], caller_ip="203.0.113.9")
    desk = make_desk_for(simulator, tmp_path, hr=owner(simulator))
    found = lines(desk, code=1)
    assert "203.0.113.9" in found["trusted_ip"]["detail"]
    assert "企业可信IP" in found["trusted_ip"]["remedy"]
    assert found["secret.app"]["state"] == "ok"
    assert found["departments"]["state"] == "unknown"


def test_refused_right_names_its_page_when_one_is_missing(simulator: Simulator, tmp_path: Path) -> None:
    simulator.set_limits(app_rights=["directory", "message"], archive_is_enabled=False)
    found = lines(make_desk_for(simulator, tmp_path, hr=owner(simulator)), code=1)
    assert "客户联系" in found["customer_groups"]["remedy"]
    assert "会话内容存档" in found["archive"]["remedy"]
    assert found["users"]["state"] == "ok"


def test_only_one_wrong_token_is_asked_for_when_a_secret_is_wrong(
    simulator: Simulator, tmp_path: Path
) -> None:
    good = make_desk_for(simulator, tmp_path, hr=owner(simulator))
    desk = Desk(folder=tmp_path, environment={**good.environment, "T_APP_SECRET": "wrong-wrong-wrong"})
    found = lines(desk, code=1)
    assert found["secret.app"]["state"] == "refused"
    assert found["secret.contacts"]["state"] == "ok"
    assert simulator.calls["gettoken", 40001] == 1
    assert "wrong-wrong-wrong" not in desk.call("doctor").output


def test_receiver_is_refused_when_nobody_has_that_userid(simulator: Simulator, tmp_path: Path) -> None:
    found = lines(make_desk_for(simulator, tmp_path, hr="nobody-here"), code=1)
    assert "nobody-here" in found["receivers"]["detail"]


def test_visible_range_is_completed_by_contact_sync_when_it_is_narrow(
    simulator: Simulator, tmp_path: Path
) -> None:
    simulator.set_limits(visible_departments=[2])
    found = lines(make_desk_for(simulator, tmp_path), code=1)
    assert found["visible_range"]["state"] == "ok"
    assert "通讯录同步" in found["visible_range"]["detail"]


def test_everything_else_is_examined_when_there_are_no_settings(tmp_path: Path) -> None:
    found = lines(Desk(folder=tmp_path), code=1)
    assert found["settings"]["state"] == "refused"
    assert found["wecom"]["state"] == "unknown"
    assert {"python", "timezone", "database", "folder", "disk", "calendar", "font"} < set(found)


def test_wecom_is_left_alone_when_the_settings_are_still_the_template(tmp_path: Path) -> None:
    template = Path(__file__).resolve().parents[2] / "settings.toml"
    desk = make_desk(tmp_path, settings=template.read_text(encoding="utf8"))
    found = lines(desk, code=1)
    assert "我的企业" in found["settings"]["remedy"]
    assert found["departments"]["state"] == "unknown"
    assert "WECOM_APP_SECRET" in found["secret.app"]["detail"]


def test_network_is_unknown_and_asked_once_when_nobody_listens(desk: Desk) -> None:
    found = lines(desk, code=1)
    assert found["secret.app"]["state"] == "unknown"
    assert found["users"]["state"] == "unknown"


def test_damaged_database_is_a_line_when_the_rest_is_examined(desk: Desk) -> None:
    (desk.folder / "var").mkdir()
    (desk.folder / "var" / "steward.db").write_bytes(b"no database at all " * 500)
    found = lines(desk, code=1)
    assert "已损坏" in found["database"]["detail"]
    assert "font" in found


def test_folder_is_not_writable_when_a_file_stands_in_its_place(tmp_path: Path) -> None:
    (tmp_path / "var").write_text("")
    assert why_not_writable(tmp_path / "var")
    assert why_not_writable(tmp_path / "not" / "yet") is None


class DatedAnswer(BaseHTTPRequestHandler):
    """Answers with a time of its own."""

    def do_HEAD(self) -> None:
        self.send_response_only(404)
        self.send_header("Date", "Fri, 20 Nov 2026 00:00:00 GMT")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def test_offset_is_read_off_the_date_header_when_the_server_sends_one() -> None:
    server = HTTPServer(("127.0.0.1", 0), DatedAnswer)
    Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}/"
    offset = clock_offset(url, lambda: datetime(2026, 11, 20, 0, 2, tzinfo=UTC), 5)
    server.shutdown()
    server.server_close()
    assert offset is not None
    assert offset.total_seconds() == 120
    assert clock_offset(url, lambda: datetime(2026, 11, 20, tzinfo=UTC), 1) is None
