"""The members of a group that no API shows, as its owner hands them in: a table, or pasted names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, cast

from steward.intake.cells import folded, to_userid
from steward.intake.columns import Column, read_header
from steward.intake.decode import decode, kind_of
from steward.intake.errors import IntakeError, RowProblem
from steward.intake.pasted import outside_name, pasted_names
from steward.intake.reading import BAD_USERID, Reader, one_of, with_labels
from steward.intake.table import Row, Table, read_table
from steward.model.group import GroupKind, Member, MemberKind, Roster
from steward.model.words import Words

NAME_ID_PREFIX = "name:"
"""A member known by name only has this before the name in `member_id`: a name is not an id."""
MAX_PASTED_NAMES = 20_000

COLUMNS = (
    Column(
        key="nickname",
        label="群昵称",
        names=("昵称", "群内昵称", "群名片", "在本群的昵称", "群内名称", "群成员昵称", "我在本群的昵称"),
    ),
    Column(
        key="name",
        label="姓名",
        names=("成员姓名", "名字", "员工姓名", "成员", "群成员", "成员名称", "member"),
    ),
    Column(
        key="userid",
        label="账号",
        names=("帐号", "user_id", "员工账号", "成员账号", "企业微信账号", "memberid", "member_id"),
    ),
    Column(key="kind", label="类型", names=("成员类型", "身份", "人员类型", "type", "内外部")),
    Column(key="role", label="角色", names=("群角色", "群内角色", "职责")),
)
_KIND = one_of(
    {
        "staff": (
            "员工",
            "内部",
            "企业成员",
            "内部成员",
            "同事",
            "本公司",
            "公司员工",
            "成员",
            "群主",
            "管理员",
            "1",
        ),
        "external": ("外部", "客户", "外部联系人", "外部成员", "微信", "微信用户", "合作方", "外部人员", "2"),
    }
)
_BAD_KIND = Words("不认识的类型；可用：员工、外部", "unknown type; allowed: staff, external")
_OUTSIDE_ID = re.compile(r"w[mo][0-9A-Za-z_\-]{20,}")
"""What an external contact's id looks like: wm… or wo… (document path 92113)."""
_NAMELESS = Words("这一行没有姓名、昵称或账号", "neither name, nickname nor userid in this row")


@dataclass(frozen=True, slots=True, kw_only=True)
class RosterIntake:
    """What a handed-in roster gave.

    Args:
        roster: None when no member could be read.
        owner_member_id: whom the roster marks as 群主, by userid or `name:…`; None if nobody, or several.
    """

    roster: Roster | None
    owner_member_id: str | None
    problems: tuple[RowProblem, ...]
    notes: tuple[Words, ...]


class _Read(NamedTuple):
    """One member as read, with the line they stand on and whether they are marked as the owner."""

    line: int
    member: Member
    is_owner: bool


def read_roster(
    data: bytes | str,
    *,
    filename: str,
    chat_id: str,
    now: datetime,
    kind: GroupKind = "handed_in",
    name: str = "",
) -> RosterIntake:
    """Return the roster in a table (Excel, CSV) or in pasted text with one name a line or names joined by 、.

    A pasted name is taken as the nickname in the group, for that is what WeCom's member list shows. A member
    without a userid gets the member id `name:<nickname>`; `resolve_names` finds who that is. 某人@微信 and
    某人@公司 are people from outside, as WeCom's own client marks them; everybody else counts as staff until the
    directory says otherwise.

    Args:
        data: the file's bytes, or pasted text.
        now: when the roster was handed in; becomes `seen_at`.
        kind, name: of the group, where it is known; the roster itself does not say.

    Raises:
        IntakeError: nothing can be taken from the file.
    """
    raw = data.encode("utf-8", "replace") if isinstance(data, str) else data
    notes: tuple[Words, ...] = ()
    problems: list[RowProblem] = []
    if _is_table(raw, filename):
        table = read_table(raw, filename=filename, columns=COLUMNS, needs=(("nickname", "name", "userid"),))
        read, problems = _from_table(table)
        notes = table.notes
    else:
        read = _from_pasted(decode(raw, filename=filename)[0], filename)
    members, repeated = _once(read)
    owners = {one.member.member_id for one in read if one.is_owner}
    owner = owners.pop() if len(owners) == 1 else None
    roster = Roster(
        chat_id=chat_id,
        kind=kind,
        name=name,
        owner_userid=None if owner is None or owner.startswith(NAME_ID_PREFIX) else owner,
        members=members,
        seen_at=now,
    )
    ordered = sorted((*problems, *repeated), key=lambda problem: problem.line)
    return RosterIntake(
        roster=roster if members else None, owner_member_id=owner, problems=tuple(ordered), notes=notes
    )


def _is_table(data: bytes, filename: str) -> bool:
    """Tell whether one of the first lines names columns, or every line has several. Pasted names have neither."""
    if kind_of(data, filename=filename) == "xlsx":
        return True
    lines = [line for line in decode(data, filename=filename)[0].splitlines() if line.strip()][:10]
    headers = [read_header(re.split(r"[,\t;|，]", line), COLUMNS) for line in lines]
    if any(header.known_count > 1 for header in headers):
        return True
    # One known word alone on a line is a header, too; "群成员(23)" is the heading of a pasted list.
    if any(
        h.known_count == 1 and len(h.keys) == 1 and not re.search(r"\d", line)
        for h, line in zip(headers, lines, strict=True)
    ):
        return True
    return len(lines) > 1 and all(re.search(r"[,;|]|\S\t\S", line) for line in lines)


def _from_table(table: Table) -> tuple[list[_Read], list[RowProblem]]:
    reader = Reader(labels=with_labels(COLUMNS, table.labels))
    read = [one for row in table.rows if (one := _from_row(row, reader)) is not None]
    return read, [*table.problems, *reader.problems]


def _from_row(row: Row, reader: Reader) -> _Read | None:
    userid = reader.parsed(row, "userid", _to_member_id, BAD_USERID)
    name, nickname = reader.text(row, "name"), row.values.get("nickname")
    # A name that stands in the column of userids is still somebody who is in the group.
    called = nickname or name or reader.text(row, "userid") or ""
    if not userid and not called:
        reader.refuse(row, _NAMELESS, lost=True)
        return None
    kind = reader.parsed(row, "kind", _KIND, _BAD_KIND)
    if kind is None:
        kind = "external" if outside_name(called) or _OUTSIDE_ID.fullmatch(userid or "") else "staff"
    member = Member(
        member_id=userid or f"{NAME_ID_PREFIX}{called}",
        kind=cast(MemberKind, kind),
        nickname=nickname,  # None where there is no such column: not observable; "": not set
        name=name,
    )
    roles = [folded(row.values.get(key, "")) for key in ("role", "kind")]
    return _Read(row.line, member, any(role in ("群主", "owner") for role in roles))


def _to_member_id(text: str) -> str | None:
    # Ids of people from outside keep their case: only a company's own userids are without regard to it.
    return text if _OUTSIDE_ID.fullmatch(text) else to_userid(text)


def _from_pasted(text: str, filename: str) -> list[_Read]:
    read = []
    for line, name, is_owner in pasted_names(text):
        outside = outside_name(name)
        kind: MemberKind = "external" if outside else "staff"
        member = Member(member_id=f"{NAME_ID_PREFIX}{name}", kind=kind, nickname=outside or name)
        read.append(_Read(line, member, is_owner))
    if not read:
        raise IntakeError(Words("没有读到一个名字", "not one name was found"), filename=filename)
    if len(read) > MAX_PASTED_NAMES:
        raise IntakeError(
            Words(
                f"超过 {MAX_PASTED_NAMES:,} 个名字，不像一个群",
                f"more than {MAX_PASTED_NAMES:,} names: no group",
            ),
            filename=filename,
        )
    return read


def _once(read: Sequence[_Read]) -> tuple[tuple[Member, ...], Iterable[RowProblem]]:
    """Return each member once. Two people of one name cannot be told apart without their userids: that is said."""
    first: dict[str, _Read] = {}
    problems: list[RowProblem] = []
    for one in read:
        kept = first.setdefault(one.member.member_id, one)
        if kept is not one:
            words = Words(
                f"与第 {kept.line} 行重复；若是同名的两个人，请加上账号列",
                f"the same as row {kept.line}; if these are two people of one name, add a userid column",
            )
            value = one.member.nickname or one.member.name or one.member.member_id
            problems.append(RowProblem(line=one.line, value=value, message=words, lost=True))
    return tuple(one.member for one in first.values()), problems
