"""What people call their groups."""

import random
from collections import Counter
from collections.abc import Callable

from steward.simulator.records import Department

_DRAWS = 4
_PROJECTS = (
    "华东", "MES上线", "智能仓", "ISO换证", "ERP切换", "二期厂房", "出口认证", "新能源产线", "降本增效", "包装升级",
    "西南拓展", "数据中台", "精益改善", "自动化改造",
)  # fmt: skip
_PLAIN = (
    "双11作战",
    "年终盘点协调",
    "新品上市筹备",
    "展会筹备群",
    "质量月活动群",
    "出差报销答疑",
    "新员工入职群",
    "消防安全群",
)
_BY_DEPARTMENT = ("{}周会群", "{}工作群", "{}日报群", "{}值班群", "{}管理群", "{}协作群")
_WITH_CUSTOMER = (
    "{c}项目对接群",
    "{c}服务群",
    "{c}×云帆 沟通群",
    "{c}订单交付群",
    "{c}售后群",
    "{c}技术支持",
)
_REGIONS = ("客户售后群（{}）", "{}经销商群", "{}客户交流群", "{}渠道伙伴群")
_PLACES = ("苏州", "杭州", "广州", "深圳", "上海", "南京", "青岛", "天津", "宁波", "合肥")
_FROM_APP = ("{}通知群", "{}日报推送", "{}异常快报", "{}值班播报", "{}公告群")
# People do type such names: WeCom shows them as text, Markdown and spreadsheets may not.
ODD_GROUP_NAMES = (
    "**冲刺**{}业绩群",
    "🚀{}新品上市🚀",
    "[必看]{}差旅报销",
    "{}_接口_联调",
    "{}<重点>跟进群",
    "\u202e{}专项\u202c群",
)


class GroupNamer:
    """Gives group names; the same name a second time gets a number, as people do it."""

    def __init__(self) -> None:
        self._used: Counter[str] = Counter()

    def internal(self, rng: random.Random, department: Department) -> str:
        """Return the name of a group of colleagues: 研发周会群, 华东项目群, 双11作战."""
        return self._new(lambda: _internal(rng, department))

    def with_customers(self, rng: random.Random, company: str) -> str:
        """Return the name of a group held with a customer or a region's customers."""
        return self._new(lambda: _with_customers(rng, company))

    def by_app(self, rng: random.Random, department: Department) -> str:
        """Return the name of a chat the company's own application opened."""
        return self._new(lambda: rng.choice(_FROM_APP).format(_short(department)))

    def odd(self, rng: random.Random, department: Department) -> str:
        """Return a name with Markdown, an emoji, markup or a change of writing direction in it."""
        return self._new(lambda: rng.choice(ODD_GROUP_NAMES).format(_short(department)))

    def _new(self, draw: Callable[[], str]) -> str:
        for _ in range(_DRAWS):
            name = draw()
            if name not in self._used:
                break
        self._used[name] += 1
        number = self._used[name]
        return name if number == 1 else f"{name}{number}"


def _short(department: Department) -> str:
    return department.name.removesuffix("部")


def _internal(rng: random.Random, department: Department) -> str:
    chance = rng.random()
    if chance < 0.55:
        return rng.choice(_BY_DEPARTMENT).format(_short(department))
    if chance < 0.85:
        return rng.choice(_PROJECTS) + rng.choice(("项目群", "专项群", "推进群"))
    return rng.choice(_PLAIN)


def _with_customers(rng: random.Random, company: str) -> str:
    if rng.random() < 0.7:
        return rng.choice(_WITH_CUSTOMER).format(c=company)
    return rng.choice(_REGIONS).format(rng.choice(_PLACES))
