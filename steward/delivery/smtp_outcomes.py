"""From how far an SMTP exchange came, and how it ended, to what that means for the message. Pure."""

from __future__ import annotations

import smtplib
import socket
import ssl
from typing import Final, Literal

from steward.model.delivery import NotSent, Outcome, Refused, Unknown

Stage = Literal["connect", "greeting", "tls", "login", "sender", "recipients", "data", "message", "end"]
"""connect: to the host · greeting: its first words · tls: STARTTLS · login: AUTH · sender: MAIL FROM · recipients:
RCPT TO · data: DATA and the text · message: the text is written but for its closing dot · end: the dot is written.
Only with the dot does a server take a message (RFC 5321, 4.1.1.4): until then nothing can have arrived."""

WORDS: Final[dict[Stage, str]] = {
    "connect": "连接邮件服务器",
    "greeting": "等邮件服务器应答",
    "tls": "与邮件服务器建立加密",
    "login": "登录邮件服务器",
    "sender": "提交发件人",
    "recipients": "提交收件人",
    "data": "提交邮件",
    "message": "传送邮件",
    "end": "等邮件服务器确认",
}
_TEXT_SHOWN: Final = 200
_REMEDIES: Final[dict[Stage, str]] = {
    "connect": "核对 settings.toml [email] 的 host 和 port，以及本机到它的网络和防火墙",
    "greeting": (
        "核对 [email] 的 host、port 和 tls 是否相配（implicit 465，starttls 587）；"
        "本机 IP 可能被邮件服务器拒收，请问邮件管理员"
    ),
    "tls": "核对 [email] 的 tls 和 port 是否相配：implicit 465，starttls 587",
    "login": "核对 [email] 的 user 和密码（{secret}）；多数邮箱要先开启 SMTP，并使用客户端专用密码或授权码",
    "sender": "[email] 的 from_address 一般必须与登录账号 user 相同",
    "recipients": "核对 settings.toml [people] 里的邮箱地址；地址无误时请问邮件管理员",
    "data": "请问邮件管理员为什么拒收（内容、附件或发信频率）",
    "message": "请问邮件管理员为什么拒收（内容、附件或发信频率）",
    "end": "请问邮件管理员为什么拒收（内容、附件或发信频率）",
}
TOO_BIG_REMEDY: Final = (
    "附件太大：请邮件管理员调大上限，或从 [people] 的 emails 里去掉这个收件人、改用企业微信接收"
)
_TOO_BIG: Final = 552
"""Exceeded storage allocation; also the answer to SIZE (RFC 1870, 6.1)."""
_FULL_MAILBOX: Final = "5.2.2"


def judge_reply(stage: Stage, code: int, text: str, *, secret: str = "", who: str = "") -> Outcome:
    """Return what a reply other than "go on" means.

    Args:
        text: the server's own words; without secrets.
        secret: where the password is kept, for the remedy.
        who: the recipient the reply is about, if any.
    """
    where = f"{WORDS[stage]}时{f'（{who}）' if who else ''}"
    detail = f"{where}被拒绝：{code} {one_line(text)}".rstrip()
    if 400 <= code < 500:
        return Refused(errcode=code, detail=detail, retry_class="retry", remedy=_temporary(stage, secret))
    if 500 <= code < 600:
        remedy = _permanent(stage, code, text, secret)
        return Refused(errcode=code, detail=detail, retry_class="never", remedy=remedy)
    strange = f"{where}得到看不懂的回答：{code} {one_line(text)}".rstrip()
    return Unknown(detail=strange) if stage == "end" else NotSent(detail=strange, remedy=_REMEDIES[stage])


def _temporary(stage: Stage, secret: str) -> str:
    return f"邮件服务器暂时不收，会自动再试；一直如此时：{_REMEDIES[stage].format(secret=secret)}"


def _permanent(stage: Stage, code: int, text: str, secret: str) -> str:
    if code == _TOO_BIG and _FULL_MAILBOX not in text:
        return TOO_BIG_REMEDY
    if stage == "recipients" and _FULL_MAILBOX in text:
        return "收件人的邮箱已满，请他清理"
    return _REMEDIES[stage].format(secret=secret)


def judge_error(stage: Stage, error: Exception, *, secret: str = "") -> Outcome:
    """Return what an exchange that broke off means. Of the error only its kind is told, never its text."""
    if stage == "connect" and isinstance(error, smtplib.SMTPServerDisconnected | smtplib.SMTPConnectError):
        stage = "greeting"  # there was somebody, but he did not say "220"
    if isinstance(error, smtplib.SMTPResponseException) and stage != "end":
        return judge_reply(stage, error.smtp_code, _decoded(error.smtp_error), secret=secret)
    if stage == "end":
        return Unknown(detail=f"邮件已交出，没有等到邮件服务器确认（{_kind(error)}）")
    why, remedy = _reason(stage, error)
    return NotSent(detail=f"{WORDS[stage]}失败：{why}", remedy=remedy.format(secret=secret))


def _reason(stage: Stage, error: Exception) -> tuple[str, str]:
    if isinstance(error, ssl.SSLCertVerificationError):
        return (
            f"证书不可信（{error.verify_message}）",
            "核对 [email] 的 host 是否就是证书上的名字；公司自建证书请写 ca_file",
        )
    if isinstance(error, ssl.SSLError):
        return f"加密协商失败（{error.reason or 'SSL'}）", _REMEDIES["tls"]
    if isinstance(error, socket.gaierror):
        return "找不到这个服务器名", "核对 [email] 的 host 和本机的 DNS"
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return _not_offered(stage)
    if isinstance(error, TimeoutError) or "timed out" in str(error):
        return "等了太久没有应答", _REMEDIES[stage]
    if isinstance(error, smtplib.SMTPServerDisconnected | ConnectionResetError | BrokenPipeError):
        return "连接中断", _REMEDIES[stage]
    return _kind(error), _REMEDIES[stage]


def _not_offered(stage: Stage) -> tuple[str, str]:
    if stage == "tls":
        return "服务器不提供 STARTTLS", '[email] 改为 tls = "implicit"（465 端口）；密码和邮件绝不明文发送'
    return "服务器不提供登录", "核对 [email] 的 port 和 tls；按 IP 放行的中继请去掉 user 和 password"


def _kind(error: Exception) -> str:
    reason = error.strerror if isinstance(error, OSError) and error.strerror else ""
    return f"{type(error).__name__} {one_line(reason)}".strip()


def _decoded(text: bytes | str) -> str:
    return text.decode("utf8", "replace") if isinstance(text, bytes) else text


def one_line(text: str) -> str:
    """Return the text on one line, printable and short enough for a log."""
    joined = " ".join(text.split())
    return "".join(c if c.isprintable() else "?" for c in joined)[:_TEXT_SHOWN]
