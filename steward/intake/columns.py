"""Which columns a table may have, by all the names people give them, and finding the row that names them."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from steward.intake.cells import folded
from steward.model.words import Words

_REMARK = re.compile(r"[(\[【].*?[)\]】]|[*:：_\-/\\.。?？#]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column we know. `label` is its Chinese name in messages; `names` are the other names accepted."""

    key: str
    label: str
    names: tuple[str, ...] = ()

    @property
    def spellings(self) -> frozenset[str]:
        """Every accepted spelling, folded."""
        return frozenset(fold_header(name) for name in (self.key, self.label, *self.names))


def fold_header(text: str) -> str:
    """Return a header for comparing: half-width, lower case, without spaces, marks and remarks in brackets."""
    return _REMARK.sub("", folded(text))


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """What the cells of a header row mean: the column's place -> key (ours, or the file's own word)."""

    keys: dict[int, str]
    labels: dict[str, str]
    unknown: tuple[str, ...]
    repeated: tuple[str, ...]
    known_count: int


def read_header(cells: Sequence[str], columns: Sequence[Column]) -> Header:
    """Return what a row says if it is taken as the header. Of two columns of one meaning the first counts."""
    meanings = {spelling: column.key for column in columns for spelling in column.spellings}
    keys: dict[int, str] = {}
    labels: dict[str, str] = {}
    unknown: list[str] = []
    repeated: list[str] = []
    for place, cell in enumerate(cells):
        if not cell:
            continue
        key = meanings.get(fold_header(cell), cell)
        if key in labels:
            repeated.append(cell)
            continue
        keys[place], labels[key] = key, cell
        if key == cell and cell not in {c.key for c in columns}:
            unknown.append(cell)
    known_count = len(labels) - len(unknown)
    return Header(
        keys=keys, labels=labels, unknown=tuple(unknown), repeated=tuple(repeated), known_count=known_count
    )


def header_notes(header: Header, columns: Sequence[Column]) -> Iterable[Words]:
    """Yield what people should know about the header: columns ignored, and what they were probably meant to be."""
    spelt = {spelling: column.label for column in columns for spelling in column.spellings}
    for name in header.unknown if columns else ():
        near = difflib.get_close_matches(fold_header(name), spelt, n=1, cutoff=0.6)
        zh, en = f"不认识的列「{name}」，已忽略", f'unknown column "{name}", ignored'
        if near:
            zh, en = f"{zh}；是不是「{spelt[near[0]]}」？", f'{en}; did you mean "{spelt[near[0]]}"?'
        yield Words(zh, en)
    for name in header.repeated:
        yield Words(f"列「{name}」重复，只读第一列", f'column "{name}" stands twice, only the first is read')


def labels_of(columns: Iterable[Column], keys: Iterable[str]) -> str:
    """Return the Chinese names of some columns, as "群ID、群名称"."""
    wanted = list(keys)
    return "、".join(column.label for column in columns if column.key in wanted)
