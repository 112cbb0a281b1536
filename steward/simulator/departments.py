"""The company's tree: a trading and manufacturing company that grows sub-departments with its size."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil

from steward.simulator.records import ROOT_DEPARTMENT, Department

COMPANY_NAME = "云帆实业有限公司"

_LEAF_PEOPLE = 60
_TEAM_PEOPLE = 30
_SECTION_PEOPLE = 300
_FIRST_ORDER = 100_000_000


@dataclass(frozen=True, slots=True)
class Branch:
    """A top department: its share of the people, its parts, and what its people are called."""

    name: str
    name_en: str
    share: int
    parts: tuple[str, ...]
    positions: tuple[str, ...]
    head: str
    team: str = "组"
    section: str = "科"


# Ordered by what a small company has first.
BRANCHES = (
    Branch("财务部", "Finance", 5, ("会计核算组", "资金税务组", "成本管理组", "费用审核组"),
           ("会计", "出纳", "成本会计", "税务专员"), "财务总监"),
    Branch("人力行政部", "HR & Administration", 4, ("招聘组", "薪酬绩效组", "行政组", "员工关系组"),
           ("招聘专员", "薪酬专员", "行政专员", "人事专员"), "人力行政总监"),
    Branch("华东销售部", "Sales East", 11,
           ("上海办事处", "苏州办事处", "杭州办事处", "南京办事处", "宁波办事处", "合肥办事处"),
           ("销售代表", "客户经理", "大客户经理", "销售助理"), "大区总监", section="片区"),
    Branch("售后服务部", "After-sales Service", 8, ("热线组", "现场服务组", "备件组", "培训组"),
           ("服务工程师", "热线专员", "备件专员", "现场工程师"), "售后服务经理", section="站"),
    Branch("研发部", "R&D", 13, ("结构设计组", "电气设计组", "软件开发组", "测试组", "工艺组"),
           ("结构工程师", "电气工程师", "软件工程师", "测试工程师"), "研发总监"),
    Branch("生产部", "Production", 22, ("一车间", "二车间", "三车间", "装配车间", "设备保障组", "计划组"),
           ("操作工", "技工", "班长助理", "调度员"), "生产总监", team="班", section="工段"),
    Branch("华南销售部", "Sales South", 8, ("广州办事处", "深圳办事处", "佛山办事处", "厦门办事处", "东莞办事处"),
           ("销售代表", "客户经理", "大客户经理", "销售助理"), "大区总监", section="片区"),
    Branch("采购部", "Purchasing", 4, ("原料采购组", "设备采购组", "供应商管理组"),
           ("采购专员", "采购工程师", "供应商管理专员"), "采购经理"),
    Branch("仓储物流部", "Warehouse & Logistics", 6, ("成品仓", "原料仓", "运输组", "单证组"),
           ("仓管员", "调度员", "单证员", "叉车工"), "物流经理", team="班"),
    Branch("质量部", "Quality", 5, ("来料检验组", "过程检验组", "体系组", "客诉处理组"),
           ("检验员", "质量工程师", "体系专员"), "质量经理"),
    Branch("市场部", "Marketing", 4, ("品牌组", "活动组", "数字营销组"),
           ("品牌专员", "活动策划", "文案", "设计师"), "市场总监"),
    Branch("华北销售部", "Sales North", 6, ("北京办事处", "天津办事处", "济南办事处", "青岛办事处"),
           ("销售代表", "客户经理", "大客户经理", "销售助理"), "大区总监", section="片区"),
    Branch("信息部", "IT", 3, ("系统运维组", "应用开发组", "信息安全组"),
           ("系统工程师", "应用工程师", "桌面支持"), "信息总监"),
    Branch("法务部", "Legal", 1, ("合同组", "知识产权组"), ("法务专员", "合同专员"), "法务经理"),
)  # fmt: skip

BRANCH_BY_NAME = {branch.name: branch for branch in BRANCHES}
CUSTOMER_FACING = ("华东销售部", "售后服务部", "华南销售部", "华北销售部", "市场部")


@dataclass(frozen=True, slots=True)
class Seats:
    """A department and how many people belong to it directly; the first of them is its head."""

    department: Department
    people: int


class TreeBuilder:
    """Divides a number of people over departments; ids count upwards from the root's 1."""

    def __init__(self) -> None:
        self._last_id = ROOT_DEPARTMENT

    def build(self, people: int) -> list[Seats]:
        """Return every department, parents first. The seats add up to `people`."""
        root = Department(
            id=ROOT_DEPARTMENT,
            name=COMPANY_NAME,
            name_en="",
            parent_id=0,
            order=_FIRST_ORDER,
            family="",
        )
        branches = BRANCHES[: min(len(BRANCHES), max(5, people // 8))]
        seats = [Seats(root, 1)]
        for branch, count in zip(branches, _divide(people - 1, [b.share for b in branches]), strict=True):
            top = self._department(branch.name, root.id, branch.name, branch.name_en)
            seats.extend(self._grow(top, count, branch))
        return seats

    def _grow(self, department: Department, people: int, branch: Branch) -> Iterator[Seats]:
        parts = _parts_of(department, people, branch)
        if not parts:
            yield Seats(department, people)
            return
        yield Seats(department, 1)
        for name, count in zip(parts, _divide(people - 1, [1] * len(parts)), strict=True):
            part = self._department(name, department.id, branch.name)
            yield from self._grow(part, count, branch)

    def _department(self, name: str, parent_id: int, family: str, name_en: str = "") -> Department:
        self._last_id += 1
        order = _FIRST_ORDER - 1000 * self._last_id if self._last_id < 90_000 else self._last_id
        return Department(
            id=self._last_id, name=name, name_en=name_en, parent_id=parent_id, order=order, family=family
        )


def _parts_of(department: Department, people: int, branch: Branch) -> list[str]:
    if department.name == branch.name and people >= 12:
        return list(branch.parts[: max(2, people // 7)])
    if people <= _LEAF_PEOPLE:
        return []
    if people <= _SECTION_PEOPLE * 3:
        return [_ordinal(n) + branch.team for n in range(1, ceil(people / _TEAM_PEOPLE) + 1)]
    return [_ordinal(n) + branch.section for n in range(1, ceil(people / _SECTION_PEOPLE) + 1)]


def _divide(people: int, shares: list[int]) -> list[int]:
    """Split `people` in proportion to `shares`, every part at least 1, rounding by the largest remainder."""
    free = people - len(shares)
    exact = [free * share / sum(shares) for share in shares]
    counts = [1 + int(value) for value in exact]
    by_remainder = sorted(range(len(shares)), key=lambda i: int(exact[i]) - exact[i])
    for i in by_remainder[: people - sum(counts)]:
        counts[i] += 1
    return counts


_DIGITS = "零一二三四五六七八九"


def _ordinal(number: int) -> str:
    """Chinese numeral of 1..999: 十二, 一百零三."""
    hundreds, rest = divmod(number, 100)
    tens, ones = divmod(rest, 10)
    text = f"{_DIGITS[hundreds]}百" if hundreds else ""
    if tens:
        text += ("" if tens == 1 and not hundreds else _DIGITS[tens]) + "十"
    elif hundreds and ones:
        text += "零"
    return text + (_DIGITS[ones] if ones else "")
