"""What `doctor` asks WeCom: harmless reading calls only, each once. What they mean is decided in `diagnosis`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

from steward.cli.diagnosis import (
    Answer,
    Line,
    judge_agent,
    judge_bot,
    judge_credential,
    judge_range,
    judge_receivers,
    judge_right,
    judge_trusted_ip,
)
from steward.cli.words import _
from steward.model.settings import Settings
from steward.model.settings.base import SecretSource
from steward.wecom.client import SecretName, WeComClient
from steward.wecom.errors import NoAnswer, TokenExpired, WeComError

_NOT_THERE = frozenset({60111, 40003, 46004})
_PAGES = {
    "app": _("企业微信管理后台 → 应用管理 → 应用 → 本应用 → Secret"),
    "contacts": _("企业微信管理后台 → 安全与管理 → 管理工具 → 通讯录同步 → Secret"),
    "archive": _("企业微信管理后台 → 管理工具 → 会话内容存档 → Secret"),
}


class WeComProbe:
    """Asks the questions, one after the other, and keeps the answers.

    Args:
        is_ready: False where it makes no sense to ask: the corp id is still the template's.
    """

    def __init__(self, settings: Settings, client: WeComClient, *, is_ready: bool) -> None:
        self._settings, self._client, self._is_ready = settings, client, is_ready
        self._answers: dict[str, Answer] = {}
        self._bodies: dict[str, dict[str, Any]] = {}
        self._dead: set[str] = set()

    def ask(
        self,
        endpoint: str,
        rows: str | None,
        secret: SecretName = "app",  # noqa: S107 - a name, not a secret
        **over: Any,
    ) -> Answer:
        """Ask once; not at all where the same secret's token was refused, or nothing answers.

        Args:
            rows: the key of the answer's list, which is counted; None: an answer counts as one.
        """
        answer = Answer()
        if self._is_ready and self._client.has(secret) and not self._dead & {secret, "network"}:
            try:
                # Not as a "read": those are tried again and again, and a doctor asks once.
                body = self._client.call(endpoint, secret=secret, read=False, **over)
                found = body.get(rows) if rows else [body]
                answer = Answer(count=len(found) if isinstance(found, list) else 0)
                self._bodies[endpoint] = body
            except WeComError as error:
                answer = Answer(error=error)
                if isinstance(error, TokenExpired) or error.endpoint == "gettoken":
                    self._dead.add("network" if isinstance(error, NoAnswer) else secret)
        self._answers[f"{secret} {endpoint}"] = answer
        return answer

    def lines(self) -> Iterator[Line]:
        """Yield what was found, in the order in which an admin mends it."""
        departments = self.ask("department/list", "department")
        contacts = self.ask("user/list_id", "dept_user", "contacts", body={"cursor": "", "limit": 1})
        archive = self.ask("msgaudit/get_permit_user_list", "ids", "archive", body={})
        yield from self._credentials()
        yield judge_trusted_ip(list(self._answers.values()))
        yield self._agent()
        ids = self._ids("department/list", "department", "id")
        yield judge_range(ids, contacts_work=contacts.count is not None)
        yield judge_right("departments", _("通讯录：部门"), departments, _("{count} 个部门"))
        yield self._users(ids)
        yield from self._customer_groups()
        yield from self._optional(contacts, archive)
        yield judge_receivers(self._receivers(), has_channel=self._has_channel())

    def _credentials(self) -> Iterator[Line]:
        agents = self._settings.company.agents
        for secret, name in (
            ("app", _("自建应用 Secret")),
            ("contacts", _("通讯录同步 Secret")),
            ("archive", _("会话存档 Secret")),
        ):
            agent = getattr(agents, secret)
            yield judge_credential(
                f"secret.{secret}",
                name,
                [answer for key, answer in self._answers.items() if key.startswith(f"{secret} ")],
                is_set=self._client.has(secret),  # type: ignore[arg-type]
                source=str(agent.secret) if agent else None,
                where=_PAGES[secret],
                is_needed=secret == "app",  # noqa: S105 - a name, not a secret
            )

    def _agent(self) -> Line:
        agent_id = self._settings.company.agents.app.agent_id
        answer = self.ask("agent/get", None, query={"agentid": agent_id})
        return judge_agent(agent_id, answer, is_closed=self._bodies.get("agent/get", {}).get("close") == 1)

    def _ids(self, endpoint: str, rows: str, key: str) -> list[int] | None:
        if endpoint not in self._bodies:
            return None
        found = self._bodies[endpoint].get(rows)
        return [row[key] for row in found or [] if isinstance(row, dict) and isinstance(row.get(key), int)]

    def _users(self, department_ids: list[int] | None) -> Line:
        answer = Answer()
        if department_ids:
            answer = self.ask("user/list", "userlist", query={"department_id": department_ids[0]})
        return judge_right("users", _("通讯录：成员详情"), answer, _("可以读取（试读一个部门：{count} 人）"))

    def _customer_groups(self) -> Iterator[Line]:
        if not self._settings.groups.customer_groups:
            return
        endpoint = "externalcontact/get_follow_user_list"
        owners = self.ask(endpoint, "follow_user")
        yield judge_right("customer_contact", _("客户联系：成员"), owners, _("{count} 人可以有客户群"))
        first = self._bodies.get(endpoint, {}).get("follow_user") or []
        chosen = {"owner_filter": {"userid_list": first[:1]}} if first else {}
        body = {"status_filter": 0, "cursor": "", "limit": 1, **chosen}
        answer = self.ask("externalcontact/groupchat/list", "group_chat_list", body=body)
        yield judge_right("customer_groups", _("客户联系：客户群"), answer, _("可以读取"))

    def _optional(self, contacts: Answer, archive: Answer) -> Iterator[Line]:
        agents = self._settings.company.agents
        if agents.contacts:
            yield judge_right("user_ids", _("通讯录同步：全员账号"), contacts, _("可以读取"))
        if agents.archive:
            unit = _("{count} 人开通了存档")
            yield judge_right("archive", _("会话内容存档"), archive, unit)

    def _has_channel(self) -> bool:
        return not self._settings.people.hr.is_empty

    def _receivers(self) -> dict[str, bool | None]:
        people = self._settings.people
        named = (*people.hr.users, *people.admins.users, *filter(None, [people.general_manager]))
        return {userid: self._is_there(userid) for userid in dict.fromkeys(named)}

    def _is_there(self, userid: str) -> bool | None:
        answer = self.ask("user/get", None, query={"userid": userid})
        if answer.error is not None and answer.error.errcode in _NOT_THERE:
            return False
        return True if answer.count is not None else None


def bots(settings: Settings, is_set: Callable[[SecretSource], bool]) -> Iterator[Line]:
    """Yield a line for each bot. Only whether its key is there: a key can be tried by sending only."""
    for name, bot in settings.people.bots.items():
        for number, key in enumerate(bot.every_key, start=1):
            yield judge_bot(name if number == 1 else f"{name} #{number}", str(key), is_set=is_set(key))


def clock_offset(url: str, now: Callable[[], datetime], timeout_s: float) -> timedelta | None:
    """Return how far this machine's clock is ahead of the server's, by the Date header of a bare request.

    No token goes along, nothing is asked of WeCom's API. None: no answer, or no such header.
    """
    from urllib.error import HTTPError
    from urllib.request import Request, urlopen

    request = Request(url, method="HEAD")  # noqa: S310 - the settings allow http and https only
    try:
        with urlopen(request, timeout=timeout_s) as answer:  # noqa: S310
            written = answer.headers.get("Date")
    except HTTPError as error:
        written = error.headers.get("Date")
    except (OSError, ValueError):
        return None
    try:
        return now() - parsedate_to_datetime(written).astimezone(UTC) if written else None
    except ValueError:
        return None
