"""Employees: user/list, user/simplelist, user/list_id, user/get (document paths 90201, 90200, 96067, 90196)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import replace
from typing import Any

from steward.model.directory import Employee, EmployeeStatus
from steward.wecom.answers import (
    need_list,
    need_str,
    objects,
    to_int,
    to_name,
    to_userid,
    to_userids,
)
from steward.wecom.client import SecretName, WeComClient
from steward.wecom.errors import BadAnswer, Refused, WeComError
from steward.wecom.paging import read_pages
from steward.wecom.reach import concerns_everything

_STATUS: Mapping[int, EmployeeStatus] = {1: "active", 2: "disabled", 4: "not_activated", 5: "left"}
_ID_PAGE = 10_000
_ID_CREDENTIAL: SecretName = "contacts"


def list_employees(
    client: WeComClient,
    department_ids: Iterable[int],
    *,
    refused: list[WeComError] | None = None,
    problems: list[str] | None = None,
) -> list[Employee]:
    """Return the employees of these departments with all details, each once.

    Args:
        refused: gets the refusals of single departments, and the rest is read all the same; without it the first
            one is raised. A refusal that concerns every department alike is always raised.
        problems: gets a line for every row that had to be skipped.
    """
    return _list_by_department(client, "user/list", department_ids, refused, problems)


def list_employee_names(
    client: WeComClient,
    department_ids: Iterable[int],
    *,
    refused: list[WeComError] | None = None,
    problems: list[str] | None = None,
) -> list[Employee]:
    """Return the employees of these departments with name and departments only, each once."""
    return _list_by_department(client, "user/simplelist", department_ids, refused, problems)


def list_employee_ids(client: WeComClient, problems: list[str] | None = None) -> list[Employee]:
    """Return everybody in the company by id and departments, without names (contact-sync secret only).

    Args:
        problems: gets a line when paging had to be broken off, and for every row that was skipped.
    """
    endpoint = "user/list_id"

    def fetch(cursor: str) -> dict[str, Any]:
        return client.call(endpoint, secret=_ID_CREDENTIAL, body={"cursor": cursor, "limit": _ID_PAGE})

    departments: dict[str, list[int]] = {}
    for rows in read_pages(fetch, "dept_user", endpoint, problems):
        for row in objects(rows, problems, endpoint):
            userid, department_id = row.get("userid"), to_int(row.get("department"))
            if not isinstance(userid, str) or not userid:
                _tell(problems, f"{endpoint}: 跳过一行，缺 userid")
                continue
            mine = departments.setdefault(to_userid(userid), [])
            if department_id is not None and department_id not in mine:
                mine.append(department_id)
    return [Employee(userid=userid, department_ids=tuple(ids)) for userid, ids in departments.items()]


def get_employee(client: WeComClient, userid: str) -> Employee:
    """Return one employee.

    Raises:
        Refused: 60111 where the person left or is out of the app's range.
    """
    return _to_employee(client.call("user/get", query={"userid": userid}), "user/get")


def _list_by_department(
    client: WeComClient,
    endpoint: str,
    department_ids: Iterable[int],
    refused: list[WeComError] | None,
    problems: list[str] | None,
) -> list[Employee]:
    def read(department_id: int) -> list[Employee]:
        answer = client.call(endpoint, query={"department_id": department_id})
        return _to_employees(need_list(answer, "userlist", endpoint), endpoint, problems)

    found: dict[str, Employee] = {}
    with closing(client.map_parallel(read, department_ids)) as results:
        for _, result in results:
            if not isinstance(result, WeComError):
                for employee in result:
                    found[employee.userid] = _merged(found.get(employee.userid), employee)
            elif refused is None or not isinstance(result, Refused) or concerns_everything(result):
                raise result
            else:
                refused.append(result)
    return list(found.values())


def _merged(known: Employee | None, again: Employee) -> Employee:
    if known is None or set(again.department_ids) <= set(known.department_ids):
        return known or again
    return replace(known, department_ids=tuple(dict.fromkeys((*known.department_ids, *again.department_ids))))


def _to_employees(rows: list[Any], endpoint: str, problems: list[str] | None) -> list[Employee]:
    found = []
    for row in objects(rows, problems, endpoint):
        try:
            found.append(_to_employee(row, endpoint))
        except BadAnswer as error:
            _tell(problems, error.detail)
    if rows and not found:
        raise BadAnswer("没有一行成员可读", endpoint, field="userid")
    return found


def _to_employee(row: Mapping[str, Any], endpoint: str) -> Employee:
    departments = row.get("department")
    return Employee(
        userid=to_userid(need_str(row, "userid", endpoint)),
        name=to_name(row.get("name")) or None,
        alias=to_name(row.get("alias")) or None,
        position=to_name(row.get("position")) or None,
        department_ids=_to_ids(departments) if isinstance(departments, list) else (),
        main_department_id=to_int(row.get("main_department")) or None,
        direct_leader_userids=to_userids(row.get("direct_leader")),
        status=_STATUS.get(to_int(row.get("status")) or 1, "active"),
    )


def _to_ids(rows: list[Any]) -> tuple[int, ...]:
    return tuple(number for row in rows if (number := to_int(row)) is not None)


def _tell(problems: list[str] | None, text: str) -> None:
    if problems is not None:
        problems.append(text)
