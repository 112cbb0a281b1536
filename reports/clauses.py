"""The clauses of the regulation that the reports name, as short labels. The data file of the clause ids."""

from __future__ import annotations

from typing import Final

from reports.words import N_, translations

LABELS: Final = {
    "A1": N_("逐级负责、统一管理"),
    "A2": N_("总经理负总责"),
    "A3": N_("每个群有一名文字编辑（联络人）"),
    "A4": N_("成员按职责供稿"),
    "A5": N_("群用于宣传、交流、学习和反馈客户问题"),
    "A6": N_("未经审核不得发布"),
    "A7": N_("发布和转发守法，不泄密"),
    "A8": N_("只发布规定类别的内容"),
    "B1": N_("遵守法律和网络规定"),
    "B2": N_("保守公司秘密"),
    "B3": N_("维护公司形象，文明用语"),
    "B4": N_("严禁色情、赌博、病毒链接"),
    "B5": N_("不服从管理坚持退群的给予警告"),
    "B6": N_("转发公司发布的朋友圈"),
    "B7": N_("群内不发图片"),
    "B8": N_("公司指令要送达到人"),
    "B9": N_("责任部门及时回复群内问题"),
    "B10": N_("内容积极正面"),
    "B11": N_("禁止商业广告"),
    "B12": N_("部门负责人监督本部门"),
    "C1": N_("建群须经负责人同意并备案"),
    "C2": N_("人力行政部负责管理群"),
    "C3": N_("群内只允许本公司员工"),
    "C4": N_("群昵称为部门+姓名"),
    "C5": N_("未经批准不得退群"),
    "C6": N_("群成员每天核对"),
    "C7": N_("实用、高效、正能量"),
    "C8": N_("内容与行业有关"),
    "C9": N_("超过200字用链接"),
    "C10": N_("责任部门及时回复群内问题"),
    "C11": N_("禁止负面时政内容"),
    "C12": N_("图片健康，不刷屏"),
    "C13": N_("禁止商业广告"),
    "C14": N_("禁止人身攻击和粗话"),
    "C15": N_("不谈政治话题"),
    "C16": N_("22:00 至 07:30 不在群里发言"),
    "C17": N_("不当内容及时制止"),
    "C18": N_("管理员可终止过时或跑题的讨论"),
    "C19": N_("广告：一次警告，二次移出"),
    "C20": N_("反动、色情内容：立即移出"),
    "C21": N_("不尊重他人、故意打断：警告"),
}


def clause_label(clause_id: str, lang: str) -> str:
    """Return "C3 群内只允许本公司员工"; the bare id where the regulation page has no such clause."""
    label = LABELS.get(clause_id)
    return f"{clause_id} {translations(lang).gettext(label)}" if label else clause_id
