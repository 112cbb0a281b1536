"""The employee list from a file, for companies whose WeCom does not show the directory to our app."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import cast

from steward.intake.cells import clean, to_date, to_userid, to_yes
from steward.intake.columns import Column
from steward.intake.departments import Departments
from steward.intake.errors import IntakeError, RowProblem
from steward.intake.reading import Reader, one_of, with_labels
from steward.intake.table import Row, read_table
from steward.model.directory import DirectorySnapshot, Employee, EmployeeStatus
from steward.model.words import Words

COLUMNS = (
    Column(
        key="userid",
        label="账号",
        names=("帐号", "userid", "user_id", "员工账号", "成员账号", "企业微信账号", "工号", "员工编号"),
    ),
    Column(key="name", label="姓名", names=("员工姓名", "名字", "成员姓名", "name", "full_name")),
    Column(key="alias", label="别名", names=("英文名", "alias", "花名")),
    Column(
        key="department",
        label="部门",
        names=("所属部门", "所在部门", "部门路径", "部门名称", "department", "dept", "组织"),
    ),
    Column(key="position", label="职务", names=("职位", "岗位", "position", "title", "job_title")),
    Column(
        key="leader",
        label="直属上级",
        names=("直接上级", "上级", "上级账号", "直属上级账号", "direct_leader", "manager", "汇报对象"),
    ),
    Column(
        key="is_head",
        label="部门负责人",
        names=("是否部门负责人", "负责人", "部门主管", "是否负责人", "is_head", "is_leader"),
    ),
    Column(key="status", label="状态", names=("在职状态", "员工状态", "激活状态", "status")),
    Column(key="left_on", label="离职日期", names=("离职时间", "left_on", "leave_date")),
)
_STATUS = one_of(
    {
        "active": ("在职", "已激活", "正式", "试用", "试用期", "实习", "正常", "1"),
        "disabled": ("停用", "已禁用", "禁用", "2"),
        "not_activated": ("未激活", "4"),
        "left": ("离职", "已离职", "退出企业", "5"),
    }
)
_BAD_STATUS = Words(
    "不认识的状态；可用：在职、停用、未激活、离职",
    "unknown status; allowed: active, disabled, not_activated, left",
)
_BAD_DATE = Words("不是日期；请写成 2026-11-20", "not a date; write it as 2026-11-20")
_BAD_YES = Words("请写 是 或 否", "write yes or no")
_NO_USERID = Words("这一行没有账号（userid）", "no userid in this row")
_NO_SUPERIOR = Words(
    "找不到这位上级：请写账号，或表中唯一的姓名",
    "no such superior: write a userid, or a name that is unique in this table",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectoryIntake:
    """What an employee list gave. `snapshot.complete` is False when a row was left out: that person is no leaver."""

    snapshot: DirectorySnapshot
    problems: tuple[RowProblem, ...]
    notes: tuple[Words, ...]


def read_employees(data: bytes, *, filename: str, now: datetime) -> DirectoryIntake:
    """Return the directory that an employee list describes.

    Departments come from paths such as 公司/研发部/前端组 (several joined by ; , the first is the main one) and get
    ids as `departments.py` says. Superiors may be userids or names that are unique in the list.

    Args:
        now: when the list was handed in; becomes `seen_at`, and the day of leaving where a leaver has none.

    Raises:
        IntakeError: nothing can be taken from the file, or not one employee is in it (a complete list without
            anybody would make everybody a leaver).
    """
    table = read_table(data, filename=filename, columns=COLUMNS, needs=(("userid",),))
    reader = Reader(labels=with_labels(COLUMNS, table.labels))
    rows, unread_count = _once(table.rows, reader)
    if not rows:
        raise IntakeError(
            Words(
                "没有读到一个员工，因此不采用", "not one employee could be read, so nothing is taken from it"
            ),
            filename=filename,
            problems=tuple(reader.problems[:20]),
        )
    departments = Departments.of(row.values.get("department", "") for row in rows.values())
    superiors = _Superiors(rows)
    employees = tuple(
        _to_employee(userid, row, reader, departments, superiors, now) for userid, row in rows.items()
    )
    heads = _heads(rows, reader, employees)
    problems = sorted((*table.problems, *reader.problems), key=lambda problem: problem.line)
    snapshot = DirectorySnapshot(
        departments=departments.records(heads),
        employees=employees,
        source="file",
        complete=not table.problems and unread_count == 0,
        seen_at=now,
    )
    return DirectoryIntake(snapshot=snapshot, problems=tuple(problems), notes=table.notes)


def _once(rows: Iterable[Row], reader: Reader) -> tuple[dict[str, Row], int]:
    """Return userid -> row, the first of each userid, and the count of rows about nobody knows whom."""
    kept: dict[str, Row] = {}
    unread_count = 0
    for row in rows:
        userid = reader.userid(row, "userid", lost=True)
        if userid is None:
            unread_count += 1
            if not reader.text(row, "userid"):
                reader.refuse(row, _NO_USERID, lost=True)
            continue
        first = kept.setdefault(userid, row).line
        if first != row.line:
            words = Words(
                f"与第 {first} 行重复，以第 {first} 行为准",
                f"the same userid as in row {first}, which counts",
            )
            reader.refuse(row, words, key="userid", lost=True)
    return kept, unread_count


def _to_employee(
    userid: str, row: Row, reader: Reader, departments: Departments, superiors: _Superiors, now: datetime
) -> Employee:
    department_ids = departments.ids_of(row.values.get("department", ""))
    status = cast("EmployeeStatus | None", reader.parsed(row, "status", _STATUS, _BAD_STATUS)) or "active"
    left_on = reader.parsed(row, "left_on", to_date, _BAD_DATE)
    superior = reader.parsed(row, "leader", superiors.find, _NO_SUPERIOR)
    return Employee(
        userid=userid,
        name=reader.text(row, "name"),
        alias=reader.text(row, "alias"),
        position=reader.text(row, "position"),
        department_ids=department_ids,
        main_department_id=department_ids[0] if department_ids else None,
        direct_leader_userids=(superior,) if superior else (),
        status=status,
        left_at=_left_at(left_on, now) if status == "left" else None,
    )


def _left_at(left_on: date | None, now: datetime) -> datetime:
    # A list made ahead may name a day to come; whom it calls a leaver has left all the same.
    return now if left_on is None else min(now, datetime.combine(left_on, time(), tzinfo=now.tzinfo))


class _Superiors:
    """Finds whom a superior's cell means: a userid of the list, or a name that is unique in it."""

    def __init__(self, rows: Mapping[str, Row]) -> None:
        self._userids = set(rows)
        self._by_name: dict[str, list[str]] = defaultdict(list)
        for userid, row in rows.items():
            self._by_name[row.values.get("name", "")].append(userid)

    def find(self, written: str) -> str | None:
        # People write 张三(zhangsan), too.
        for part in (written, *re.split(r"[()（）]", written)):
            userid = to_userid(part)
            if userid in self._userids:
                return userid
            named = self._by_name.get(clean(part), []) if clean(part) else []
            if len(named) == 1:
                return named[0]
        # Superiors may stand in another list.
        return to_userid(written)


def _heads(rows: Mapping[str, Row], reader: Reader, employees: Sequence[Employee]) -> dict[int, list[str]]:
    """Return department id -> those marked as its head. The mark counts for the main department."""
    heads: dict[int, list[str]] = defaultdict(list)
    for employee in employees:
        is_head = reader.parsed(rows[employee.userid], "is_head", to_yes, _BAD_YES)
        if is_head and employee.main_department_id is not None and employee.status != "left":
            heads[employee.main_department_id].append(employee.userid)
    return heads
