"""The group register: which policy, department, liaison and audience a group has, and when it was filed [C1]."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from steward.intake.cells import to_date
from steward.intake.columns import Column
from steward.intake.errors import RowProblem
from steward.intake.reading import Reader, one_of, with_labels
from steward.intake.table import Row, read_table
from steward.model.group import Audience, GroupKind, PolicyName, RegistryEntry
from steward.model.words import Words

COLUMNS = (
    Column(
        key="chat_id",
        label="群ID",
        names=("群号", "群聊ID", "群编号", "群id", "会话ID", "chatid", "roomid", "group_id"),
    ),
    Column(
        key="name",
        label="群名称",
        names=("群名", "群聊名称", "群组名称", "群名字", "群聊", "微信群", "group", "group_name"),
    ),
    Column(
        key="policy",
        label="制度",
        names=("适用制度", "管理制度", "群类型", "类型", "群类别", "类别", "policy", "type"),
    ),
    Column(key="kind", label="来源", names=("接入方式", "群来源", "获取方式", "数据来源", "source")),
    Column(
        key="department",
        label="部门",
        names=("归属部门", "所属部门", "责任部门", "申请部门", "主管部门", "department", "dept"),
    ),
    Column(
        key="liaison",
        label="文字编辑",
        names=(
            "联络人",
            "联络员",
            "文字编辑账号",
            "联络人账号",
            "编辑",
            "liaison",
            "liaison_userid",
            "editor",
        ),
    ),
    Column(key="owner", label="群主", names=("群主账号", "群负责人", "owner", "owner_userid")),
    Column(key="audience", label="人群", names=("面向", "对象", "受众", "群成员类型", "audience", "内外部")),
    Column(
        key="filed_on",
        label="备案日期",
        names=("备案时间", "备案日", "登记日期", "filed_on", "filed", "filed_at"),
    ),
)
_POLICY = one_of(
    {
        "publicity": ("宣传群", "宣传", "信息宣传群", "公众宣传群", "制度一"),
        "exchange": ("交流群", "交流", "互动交流群", "制度二"),
        "work": ("工作群", "工作", "内部工作群", "内部群", "制度三"),
    }
)
_AUDIENCE = one_of(
    {
        "staff": ("员工", "内部", "内部员工", "公司员工", "同事", "employees"),
        "customers": ("客户", "外部", "外部客户", "含客户", "客户群", "customer", "external"),
    }
)
_KIND = one_of(
    {
        "customer": ("客户群", "外部群"),
        "archived": ("会话存档", "存档", "内部群（存档）", "会话内容存档"),
        "app": ("应用群", "应用创建", "自建应用群"),
        "handed_in": ("手工名单", "手工", "群主提供", "交名单", "无接口"),
    }
)
_BAD_POLICY = Words(
    "不认识的制度；可用：宣传群、交流群、工作群", "unknown policy; allowed: publicity, exchange, work"
)
_BAD_AUDIENCE = Words("不认识的人群；可用：员工、客户", "unknown audience; allowed: staff, customers")
_BAD_DATE = Words("不是日期；请写成 2026-11-20", "not a date; write it as 2026-11-20")
_NAMESAKE = Words(
    "与第 {first} 行同名；两行都已采用，若是同一个群请删去一行",
    "the same name as in row {first}; both are taken in, delete one if they are one group",
)
_BAD_KIND = Words(
    "不认识的来源；可用：客户群、会话存档、应用群、手工名单",
    "unknown source; allowed: customer, archived, app, handed_in",
)
_NAMELESS = Words("这一行既没有群ID也没有群名称", "neither a chat id nor a name in this row")


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterIntake:
    """What a register gave. A value that could not be read is None in its entry and stands in `problems`."""

    entries: tuple[RegistryEntry, ...]
    problems: tuple[RowProblem, ...]
    notes: tuple[Words, ...]


def read_register(data: bytes, *, filename: str) -> RegisterIntake:
    """Return the entries of a register file; of two rows about one group the first is kept.

    Raises:
        IntakeError: nothing can be taken from the file; see `read_table`.
    """
    table = read_table(data, filename=filename, columns=COLUMNS, needs=(("chat_id", "name"),))
    reader = Reader(labels=with_labels(COLUMNS, table.labels))
    first_lines: dict[tuple[str, str], int] = {}
    entries = [
        _to_entry(row, reader)
        for row in table.rows
        if _is_named(row, reader) and not _is_repeated(row, first_lines, reader)
    ]
    problems = sorted((*table.problems, *reader.problems), key=lambda problem: problem.line)
    return RegisterIntake(entries=tuple(entries), problems=tuple(problems), notes=table.notes)


def _is_named(row: Row, reader: Reader) -> bool:
    if reader.text(row, "chat_id") or reader.text(row, "name"):
        return True
    reader.refuse(row, _NAMELESS, lost=True)
    return False


def _is_repeated(row: Row, first_lines: dict[tuple[str, str], int], reader: Reader) -> bool:
    """Tell whether an earlier row speaks of this group. Two groups may share a name, if both have an id."""
    chat_id, name = reader.text(row, "chat_id"), reader.text(row, "name")
    by_id = first_lines.setdefault(("chat_id", chat_id), row.line) if chat_id else row.line
    by_name = first_lines.setdefault(("name", name), row.line) if name else row.line
    if by_id != row.line:
        reader.refuse(row, _repeated(by_id), key="chat_id", lost=True)
    elif by_name != row.line and chat_id:
        reader.refuse(row, _NAMESAKE.filled(first=by_name), key="name")
    elif by_name != row.line:
        reader.refuse(row, _repeated(by_name), key="name", lost=True)
    return by_id != row.line or (by_name != row.line and not chat_id)


def _repeated(first: int) -> Words:
    return Words(
        f"与第 {first} 行重复，以第 {first} 行为准", f"the same group as in row {first}; row {first} counts"
    )


def _to_entry(row: Row, reader: Reader) -> RegistryEntry:
    return RegistryEntry(
        chat_id=reader.text(row, "chat_id"),
        name=reader.text(row, "name"),
        kind=cast("GroupKind | None", reader.parsed(row, "kind", _KIND, _BAD_KIND)),
        policy=cast("PolicyName | None", reader.parsed(row, "policy", _POLICY, _BAD_POLICY)),
        department=reader.text(row, "department"),
        liaison_userid=reader.userid(row, "liaison"),
        owner_userid=reader.userid(row, "owner"),
        audience=cast("Audience | None", reader.parsed(row, "audience", _AUDIENCE, _BAD_AUDIENCE)),
        filed_on=reader.parsed(row, "filed_on", to_date, _BAD_DATE),
    )
