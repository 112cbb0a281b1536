"""What `doctor` looks up about e-mail and webhooks: connects, encrypts, logs in, and sends nothing."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from steward.cli.diagnosis import Line, ok, refused, unknown
from steward.cli.words import _
from steward.model.delivery import NotSent, Outcome, Refused
from steward.model.settings import Settings
from steward.model.settings.channels import Email


def channels(settings: Settings, environment: Mapping[str, str], root: Path) -> Iterator[Line]:
    """Yield a line for e-mail, one for its charts, and one for each webhook; nothing where none is set up."""
    if settings.email is not None:
        yield _email(settings.email, environment, root)
        yield _pictures()
    for name in settings.webhooks:
        yield _webhook(name, settings, environment, root)


def _email(email: Email, environment: Mapping[str, str], root: Path) -> Line:
    from steward.cli.channels import to_mail_server
    from steward.delivery.smtp import SmtpSession, ehlo_name

    server = to_mail_server(email, environment, root, lease_s=60)
    name = ehlo_name(email.from_address.rpartition("@")[2])

    def look() -> None:
        with SmtpSession(server, ehlo_name=name, monotonic=time.monotonic):
            pass

    place = f"{server.host}:{server.port}"
    done = _("{place} 已连接并登录（没有试发）") if email.user else _("{place} 已连接，不登录（没有试发）")
    return _tried("email", _("邮件"), look, done.format(place=place))


def _webhook(name: str, settings: Settings, environment: Mapping[str, str], root: Path) -> Line:
    from steward.cli.channels import to_endpoint
    from steward.delivery.webhook import connect

    endpoint = to_endpoint(name, settings.webhooks[name], environment, root)
    key, title = f"webhook.{name}", f"webhook {name}"
    if not endpoint.secret():
        detail = _("签名密钥 {source} 没有设置").format(source=endpoint.secret_place)
        remedy = _("把与接收方约定的密钥放进 {source}").format(source=endpoint.secret_place)
        return refused(key, title, detail, remedy)

    def look() -> None:
        connect(endpoint).close()

    return _tried(key, title, look, _("已连接（没有试发）"))


def _tried(key: str, name: str, look: Callable[[], None], done: str) -> Line:
    from steward.delivery.connecting import Ended

    try:
        look()
    except Ended as ended:
        return _of_outcome(key, name, ended.outcome)
    return ok(key, name, done)


def _of_outcome(key: str, name: str, outcome: Outcome) -> Line:
    if isinstance(outcome, NotSent | Refused):
        return refused(key, name, outcome.detail, outcome.remedy)
    return unknown(key, name, str(getattr(outcome, "detail", "")))


def _pictures() -> Line:
    from steward.delivery.email_pictures import can_draw_chinese

    name = _("邮件图表")
    if can_draw_chinese():
        return ok("email.charts", name, _("本机能画出中文"))
    detail = _("本机没有中文字体：日报邮件不附图表，数字照样在表格里")
    return unknown(
        "email.charts", name, detail, _("Debian/Ubuntu：apt install fonts-wqy-microhei，再重启服务")
    )
