"""Made-up people: Chinese names with their pinyin, and the names outsiders give themselves."""

import random
import re
from collections import Counter
from itertools import accumulate

_SURNAMES = (
    "王wang李li张zhang刘liu陈chen杨yang黄huang赵zhao吴wu周zhou徐xu孙sun马ma朱zhu胡hu郭guo何he林lin高gao罗luo"
    "郑zheng梁liang谢xie宋song唐tang许xu邓deng韩han冯feng曹cao彭peng曾zeng肖xiao田tian董dong潘pan袁yuan蔡cai"
    "蒋jiang余yu于yu杜du叶ye程cheng魏wei苏su吕lv丁ding任ren卢lu姚yao沈shen钟zhong姜jiang崔cui谭tan陆lu范fan"
    "汪wang廖liao石shi金jin贾jia韦wei夏xia付fu方fang邹zou熊xiong白bai孟meng秦qin邱qiu侯hou江jiang尹yin薛xue"
    "闫yan雷lei龙long黎li史shi陶tao贺he毛mao郝hao顾gu龚gong邵shao万wan覃qin武wu钱qian戴dai严yan莫mo孔kong"
    "向xiang常chang汤tang欧阳ouyang"
)
_MEN_SINGLE = (
    "伟wei强qiang磊lei军jun勇yong杰jie涛tao超chao明ming刚gang平ping辉hui鹏peng波bo斌bin浩hao宇yu飞fei凯kai"
    "健jian俊jun峰feng龙long亮liang毅yi东dong旭xu宁ning翔xiang晨chen"
)
_WOMEN_SINGLE = (
    "芳fang娜na敏min静jing丽li艳yan娟juan霞xia燕yan玲ling洁jie梅mei莉li萍ping红hong丹dan雪xue慧hui颖ying"
    "倩qian婷ting琳lin佳jia蕾lei薇wei琴qin悦yue晓xiao"
)
_MEN_FIRST = (
    "志zhi建jian国guo文wen晓xiao海hai俊jun家jia明ming子zi宇yu天tian永yong德de正zheng浩hao嘉jia泽ze思si振zhen"
    "立li一yi启qi世shi"
)
_MEN_SECOND = (
    "强qiang华hua伟wei军jun平ping明ming杰jie辉hui峰feng龙long斌bin涛tao鹏peng宇yu轩xuan然ran博bo东dong林lin"
    "文wen勇yong豪hao飞fei凯kai成cheng航hang"
)
_WOMEN_FIRST = (
    "晓xiao丽li雅ya梦meng雨yu思si佳jia欣xin海hai美mei玉yu春chun秀xiu雪xue慧hui静jing诗shi子zi嘉jia小xiao"
    "文wen若ruo艺yi"
)
_WOMEN_SECOND = (
    "敏min芳fang丽li娟juan燕yan玲ling红hong梅mei静jing琪qi涵han怡yi婷ting雯wen洁jie颖ying萍ping霞xia莹ying"
    "瑶yao蓉rong萱xuan云yun"
)

Syllable = tuple[str, str]


def _syllables(text: str) -> list[Syllable]:
    return re.findall(r"([一-鿿]+)([a-z]+)", text)


SURNAMES = _syllables(_SURNAMES)
# Surnames thin out roughly like 1/rank; the head start keeps 王 from swallowing the company.
_SURNAME_WEIGHTS = list(accumulate(1 / (rank + 8) for rank in range(len(SURNAMES))))
_SINGLE = (_syllables(_MEN_SINGLE), _syllables(_WOMEN_SINGLE))
_FIRST = (_syllables(_MEN_FIRST), _syllables(_WOMEN_FIRST))
_SECOND = (_syllables(_MEN_SECOND), _syllables(_WOMEN_SECOND))

ENGLISH_NAMES = ("Kevin", "Lily", "Jason", "Cindy", "Leo", "Amy", "Eric", "Vivian", "Tony", "Grace")

_CITIES = (
    "苏州",
    "宁波",
    "无锡",
    "佛山",
    "青岛",
    "常州",
    "东莞",
    "合肥",
    "厦门",
    "温州",
    "嘉兴",
    "济南",
    "长沙",
)
_BRANDS = (
    "恒启",
    "海润达",
    "盛泰和",
    "明川",
    "鑫沃",
    "博联兴",
    "嘉禾源",
    "瑞丰来",
    "成一",
    "华誉通",
    "同舟",
    "沐林",
)
_TRADES = (
    "机械",
    "贸易",
    "电子",
    "建材",
    "新材料",
    "物流",
    "食品",
    "纺织",
    "包装",
    "五金",
    "环保",
    "医疗器械",
)
_MANNERS = (
    "{name}",
    "{name}",
    "{name}",
    "{call}",
    "{brand}-{name}",
    "{brand}{trade} {name}",
    "A{brand}{call}",
)
ODD_OUTSIDER_NAMES = (
    "*平安喜乐*",
    "王老板💰",
    "[微笑]小雨",
    "=老周=",
    "A0建材批发<诚信>",
    "مؤسسة النور",
    "\u202e徐工\u202c",
    "@所有人",
    "`Leo`",
)


class NameMaker:
    """Gives out names, and userids that are unique for ever, leavers included."""

    def __init__(self) -> None:
        self._given_out: Counter[str] = Counter()

    def employee(self, rng: random.Random) -> tuple[str, str]:
        """Return (name, userid): `("张伟", "zhangwei")`, the second of them `zhangwei2`."""
        surname, pinyin = rng.choices(SURNAMES, cum_weights=_SURNAME_WEIGHTS)[0]
        given, given_pinyin = _given_name(rng)
        userid = pinyin + given_pinyin
        self._given_out[userid] += 1
        number = self._given_out[userid]
        return surname + given, userid if number == 1 else f"{userid}{number}"


def _given_name(rng: random.Random) -> Syllable:
    gender = rng.randrange(2)
    if rng.random() < 0.28:
        return rng.choice(_SINGLE[gender])
    first, second = rng.choice(_FIRST[gender]), rng.choice(_SECOND[gender])
    return first[0] + second[0], first[1] + second[1]


def customer_company(rng: random.Random) -> str:
    """Return the short name of a made-up company: 苏州恒启机械."""
    return rng.choice(_CITIES) + rng.choice(_BRANDS) + rng.choice(_TRADES)


def outsider_name(rng: random.Random, company: str) -> str:
    """Return the name an outsider shows in WeChat: a real name, a form of address, or company and name."""
    surname = rng.choices(SURNAMES, cum_weights=_SURNAME_WEIGHTS)[0][0]
    name = surname + _given_name(rng)[0]
    call = surname + rng.choice(("工", "总", "经理", "姐", "先生", "女士", "师傅"))
    return rng.choice(_MANNERS).format(name=name, call=call, brand=company[2:4], trade=company[-2:])
