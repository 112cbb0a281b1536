"""From an HTTP answer, or from its absence, to what that means for the message. Pure."""

from __future__ import annotations

import re
import socket
import ssl
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final

from steward.delivery.smtp_outcomes import one_line
from steward.model.delivery import Accepted, NotSent, Outcome, Refused, Unknown

_LATER: Final = frozenset({408, 425, 500, 502, 503, 504})
_LONGEST_WAIT: Final = timedelta(hours=1)
_USUAL_WAIT: Final = timedelta(minutes=1)
_REMEDIES: Final = {
    400: "接收方看不懂内容：核对它读取的字段（docs/channels.md）",
    401: "接收方不认签名：核对双方的密钥是否相同，以及两台机器的时钟",
    403: "接收方不认签名或不允许本机访问：核对密钥、时钟和它的访问名单",
    404: "核对 [webhooks.{name}] 的 url",
    405: "接收方不接受 POST：核对 [webhooks.{name}] 的 url",
    410: "接收方已停用：更换 [webhooks.{name}] 的 url，或从 [people] 的 webhooks 里去掉它",
    413: "内容太大：请接收方调大上限",
}
_USUAL_REMEDY: Final = "请接收方的维护人员查看它的日志"


def judge_answer(name: str, status: int, retry_after: str | None, text: str, *, now: datetime) -> Outcome:
    """Return what an answer means.

    Args:
        text: the start of the answer's body, for people.
    """
    said = f"webhook {name} 回答 HTTP {status} {one_line(text)}".rstrip()
    if 200 <= status < 300:
        return Accepted()
    if 300 <= status < 400:
        remedy = f"接收方要求转到别的网址，为防内容外泄不跟随：把 [webhooks.{name}] 的 url 改成最终的网址"
        return Refused(errcode=status, detail=said, retry_class="never", remedy=remedy)
    wait = _wait(retry_after or "", now)
    if status == 429 or (status == 503 and wait is not None):
        wait = wait or _USUAL_WAIT
        return Refused(errcode=status, detail=said, retry_class="wait", wait=wait, remedy=_USUAL_REMEDY)
    if status in _LATER or status > 504:
        return Refused(errcode=status, detail=said, retry_class="retry", remedy=_USUAL_REMEDY)
    remedy = _REMEDIES.get(status, _USUAL_REMEDY).format(name=name)
    return Refused(errcode=status, detail=said, retry_class="never", remedy=remedy)


def _wait(written: str, now: datetime) -> timedelta | None:
    """Return the wait that Retry-After names (seconds or a date, RFC 9110, 10.2.3), at most an hour."""
    if re.fullmatch(r"[0-9]{1,9}", written):
        return min(timedelta(seconds=int(written)), _LONGEST_WAIT)
    try:
        at = parsedate_to_datetime(written)
    except ValueError:
        return None
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return min(max(at - now, timedelta()), _LONGEST_WAIT)


def judge_silence(name: str, error: Exception) -> Outcome:
    """Return what a request means that was written whole and got no answer."""
    why = "等了太久没有回答" if isinstance(error, TimeoutError) else "连接在回答之前中断"
    return Unknown(detail=f"webhook {name}：内容已发出，{why}（{type(error).__name__}）")


def judge_unreachable(name: str, error: Exception) -> NotSent:
    """Return what a request means that was never written whole: its length and signature forbid taking a part."""
    why, remedy = _reason(error)
    return NotSent(detail=f"webhook {name}：{why}", remedy=remedy.format(section=f"[webhooks.{name}]"))


def _reason(error: Exception) -> tuple[str, str]:
    if isinstance(error, ssl.SSLCertVerificationError):
        remedy = "核对 {section} 的 url 是否就是证书上的名字；公司自建证书请写 ca_file"
        return f"证书不可信（{error.verify_message}）", remedy
    if isinstance(error, ssl.SSLError):
        return f"加密协商失败（{error.reason or 'SSL'}）", "核对 {section} 的 url：这个端口提供 https 吗？"
    if isinstance(error, socket.gaierror):
        return "找不到这个服务器名", "核对 {section} 的 url 和本机的 DNS"
    if isinstance(error, TimeoutError):
        return "连接超时", "核对 {section} 的 url、网络和防火墙"
    if isinstance(error, ConnectionRefusedError):
        return "连接被拒绝", "核对 {section} 的 url；接收方在运行吗？"
    return f"连接不上（{type(error).__name__}）", "核对 {section} 的 url、网络和防火墙"
