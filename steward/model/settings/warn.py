"""What is no error and yet will not work as the admin expects."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from steward.model.settings.company import PLACEHOLDER_CORP_ID
from steward.model.settings.errors import Path, Problem, to_key
from steward.model.settings.lines import index_lines, line_of
from steward.model.settings.policies import Policy
from steward.model.settings.root import Settings
from steward.model.settings.secrets import IsFile, is_set, secret_sources
from steward.model.words import Words

Warned = tuple[Path, Words]

_PLACEHOLDER = Words(
    "还是模板里的企业ID；请换成管理后台“我的企业”页底部的企业ID",
    'still the template\'s corp id; put in the one at the foot of "My Company" in the admin console',
)
_NO_HR = Words("没有日报的收件人；日报只会存档，没有人收到", "nobody receives the digest; it is only filed")
_NO_ADMINS = Words(
    "没有管理员通道；任务失败或凭据失效时没有人会知道",
    "no admins' channel; nobody learns of a failed job or credential",
)
_NO_MANAGER = Words("没有写总负责人；逐级上报到 HR 为止", "no general manager; escalation ends with HR")
_NO_QUIET = Words(
    "静默时段起止相同，等于没有静默时段", "quiet hours start and end at the same time: there are none"
)
_MAIL_IN_THE_CLEAR = Words(
    "邮件不加密，途中的人能读到日报；内网中继以外请改用 implicit 或 starttls",
    "mails are not encrypted, others on the way can read the digest; use implicit or starttls beyond your own network",
)
_OPEN_PORT = Words(
    "别的机器也能访问健康检查端口，它没有密码；请用防火墙限制来源，或改回 127.0.0.1",
    "other machines can reach the health port, which has no password; limit who may ask, or go back to 127.0.0.1",
)


def warnings(
    settings: Settings,
    env: Mapping[str, str],
    *,
    file: str = "settings.toml",
    text: str = "",
    is_file: IsFile | None = None,
) -> tuple[Problem, ...]:
    """Return what an admin should know although the settings are valid, in the order of the lines.

    Args:
        text: the text the settings came from, for the lines; "" where it is not at hand.
        is_file: tells whether a secret's file is there; None leaves files unchecked.
    """
    lines = index_lines(text)
    problems = [
        Problem(file=file, line=line_of(lines, path), key=to_key(path), message=words)
        for path, words in _warned(settings, env, is_file)
    ]
    return tuple(sorted(problems, key=lambda problem: problem.line or 0))


def _warned(settings: Settings, env: Mapping[str, str], is_file: IsFile | None) -> Iterator[Warned]:
    if settings.company.corp_id == PLACEHOLDER_CORP_ID:
        yield ("company", "corp_id"), _PLACEHOLDER
    for path, source in secret_sources(settings):
        if is_set(source, env, is_file) is False:
            yield path, _not_set(str(source))
    yield from _people(settings)
    for name in type(settings.policies).model_fields:
        yield from _quiet(("policies", name), settings.policies.named(name))
    if settings.email is not None and settings.email.is_in_the_clear:
        yield ("email", "tls"), _MAIL_IN_THE_CLEAR
    address = settings.observability.address
    if address is not None and not address.is_loopback:
        yield ("observability", "listen"), _OPEN_PORT


def _not_set(source: str) -> Words:
    kind, _, place = source.partition(":")
    if kind == "env":
        return Words(
            f"环境变量 {place} 没有设置，用到这个密钥的功能不可用",
            f"{place} is not set; what needs this secret will not work",
        )
    return Words(
        f"密钥文件 {place} 不存在，用到这个密钥的功能不可用",
        f"{place} does not exist; what needs this secret will not work",
    )


def _people(settings: Settings) -> Iterator[Warned]:
    people = settings.people
    if people.hr.is_empty:
        yield ("people", "hr"), _NO_HR
    if people.admins.is_empty:
        yield ("people", "admins"), _NO_ADMINS
    if people.general_manager is None:
        yield ("people", "general_manager"), _NO_MANAGER


def _quiet(path: Path, policy: Policy) -> Iterator[Warned]:
    start, end = policy.quiet_from, policy.quiet_until
    if start == end:
        yield (*path, "quiet_from"), _NO_QUIET
        return
    minutes = ((end.hour * 60 + end.minute) - (start.hour * 60 + start.minute)) % 1440
    if minutes > 14 * 60:
        hours = f"{minutes / 60:.1f}".removesuffix(".0")
        yield (
            (*path, "quiet_from"),
            Words(
                f"静默时段 {start:%H:%M} 至 {end:%H:%M} 长达 {hours} 小时，起止是否写反了？",
                f"quiet hours {start:%H:%M} to {end:%H:%M} last {hours} hours; are start and end swapped?",
            ),
        )
