"""Who is asked when a group's owner has not acted."""

from __future__ import annotations

from collections.abc import Iterator

from steward.model.directory import Company, Employee


def is_reachable(userid: str | None, company: Company) -> bool:
    """Return whether a message can reach that person; somebody an incomplete directory does not show may be there."""
    if not userid:
        return False
    employee = company.employees.get(userid)
    if employee is None:
        return not company.complete
    return employee.left_at is None and employee.status == "active"


def head_for(department_id: int | None, owner_userid: str | None, company: Company) -> str | None:
    """Return the head to ask about a group: its department's, else the owner's superior, else the next one up.

    Never the owner himself. None where nobody can be found: then it is HR's.
    """
    for userid in _candidates(department_id, owner_userid, company):
        if userid != owner_userid and is_reachable(userid, company):
            return userid
    return None


def _candidates(department_id: int | None, owner_userid: str | None, company: Company) -> Iterator[str]:
    owner: Employee | None = company.employees.get(owner_userid or "")
    departments = list(_upwards(department_id, company))
    if departments:
        yield from company.departments[departments[0]].leader_userids
    yield from owner.direct_leader_userids if owner else ()
    for above in departments[1:]:
        yield from company.departments[above].leader_userids


def _upwards(department_id: int | None, company: Company) -> Iterator[int]:
    # A directory can name a department as its own ancestor: each is visited once.
    seen: set[int] = set()
    while department_id is not None and department_id not in seen:
        department = company.departments.get(department_id)
        if department is None:
            return
        seen.add(department_id)
        yield department_id
        department_id = department.parent_id
