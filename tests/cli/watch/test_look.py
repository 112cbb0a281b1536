"""A look at the rows that keeps nobody waiting."""

from __future__ import annotations

import time
from threading import Event, Thread
from typing import Any

from steward.cli.watch.look import Look, Seen
from tests.cli.watch.asking import Seconds

FIGURES: Any = object()


def test_look_is_shared_when_many_ask_within_five_seconds() -> None:
    looked: list[int] = []

    def load() -> Any:
        looked.append(1)
        return FIGURES

    clock = Seconds()
    look = Look(load, monotonic=clock)
    assert [look.get().figures for _ in range(100)] == [FIGURES] * 100
    assert len(looked) == 1
    clock.at += 5
    look.get()
    assert len(looked) == 2


def test_look_begins_once_when_many_ask_at_the_same_time() -> None:
    go, looked = Event(), []

    def load() -> Any:
        looked.append(1)
        go.wait(10)
        return FIGURES

    look, seen = Look(load, patience_s=10), list[Seen]()
    asking = [Thread(target=lambda: seen.append(look.get())) for _ in range(8)]
    for one in asking:
        one.start()
    go.set()
    for one in asking:
        one.join()
    assert len(looked) == 1
    assert [one.figures for one in seen] == [FIGURES] * 8


def test_answer_says_so_when_the_database_hangs_and_comes_back_with_it() -> None:
    go = Event()

    def load() -> Any:
        go.wait(10)
        return FIGURES

    look = Look(load, patience_s=0.05, kept_for_s=100)
    for _ in range(3):
        seen = look.get()
        assert seen.figures is None
        assert "没有回答" in str(seen.trouble)
    go.set()
    deadline = time.monotonic() + 10
    while look.get().figures is not FIGURES:
        assert time.monotonic() < deadline


def test_trouble_is_told_without_secrets_when_the_look_fails() -> None:
    def load() -> Any:
        raise OSError("postgresql://steward:s3cret-word@db/x refused")

    seen = Look(load).get()
    assert seen.figures is None
    assert "OSError" in str(seen.trouble)
    assert "s3cret-word" not in str(seen.trouble)
