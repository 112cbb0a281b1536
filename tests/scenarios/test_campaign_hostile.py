"""What else a machine does to us: no room on the disk, a clock set wrong, several houses, death at any step."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import time, timedelta
from multiprocessing.process import BaseProcess
from pathlib import Path

import pytest

from steward.cli.house import House
from tests.processes import start_process
from tests.scenarios.campaign.conduct import Log, finish, waiting
from tests.scenarios.campaign.deliverer import Round, deliver, move_in
from tests.scenarios.campaign.field import Field, at, open_field
from tests.scenarios.campaign.judge import Disturbance, Verdict, judge
from tests.scenarios.campaign.steps import die_at_every
from tests.scenarios.town import THURSDAY

SEED = 5
SPEED = 300.0


@contextmanager
def scene_of(folder: Path, messages: int, database_url: str | None = None) -> Iterator[Field]:
    with open_field(
        folder,
        seed=SEED,
        speed=SPEED,
        starts_at=at(time(9, 0), THURSDAY),
        hours=0.1,
        messages=messages,
        batches=3,
        database_url=database_url,
    ) as scene:
        yield scene


def wait_for(condition: Callable[[], bool], process: BaseProcess, at_most_s: float = 8.0) -> None:
    for _ in range(int(at_most_s / 0.05)):
        if condition():
            return
        process.join(0.05)
    raise AssertionError("it did not come to that")


def said(scene: Field, process: BaseProcess, words: str) -> bool:
    path = scene.post.log_of(process.pid)
    return path.exists() and words in path.read_text(encoding="utf8")


def judged(scene: Field, *disturbances: Disturbance) -> Verdict:
    return judge(scene.evidence(list(disturbances)))


def test_nothing_is_lost_or_doubled_when_the_disk_is_full_for_a_while(tmp_path: Path) -> None:
    with scene_of(tmp_path / "scene", 60) as scene:
        database, log = move_in(scene.post).database, Log()
        database.close()
        assert database.path is not None
        room = database.path.stat().st_size + 40_000
        from_at = scene.line.now()
        cramped = start_process(deliver, replace(scene.post, most_bytes=room))
        wait_for(lambda: said(scene, cramped, "数据库"), cramped)
        finish(scene, log, [cramped], at_most=timedelta())
        full = Disturbance(kind="disk full", from_at=from_at, until_at=scene.line.now())
        finish(scene, log, [start_process(deliver, scene.post)], at_most=timedelta(hours=8))
        assert log.wrongs == []
        assert judged(scene, full).wrongs == []


def test_nothing_is_lost_or_doubled_when_the_clock_is_set_back_by_an_hour(tmp_path: Path) -> None:
    with scene_of(tmp_path / "scene", 100) as scene:
        log = Log()
        back = scene.line.jumping(scene.line.start + timedelta(minutes=8), timedelta(hours=-1))
        process = start_process(deliver, replace(scene.post, line=back))
        finish(scene, log, [process], at_most=timedelta(hours=8))
        assert log.wrongs == []
        verdict = judged(scene)
        assert verdict.wrongs == []
        assert verdict.counts["app"]["arrived"] > 0


def test_nothing_is_lost_or_doubled_when_the_clock_is_set_ahead_while_a_message_is_under_way(
    tmp_path: Path,
) -> None:
    with scene_of(tmp_path / "scene", 100) as scene:
        log = Log()
        ahead = scene.line.jumping(scene.line.start + timedelta(minutes=4), timedelta(hours=2))
        process = start_process(deliver, replace(scene.post, line=ahead))
        finish(scene, log, [process], at_most=timedelta(hours=8))
        assert log.wrongs == []
        jumped = Disturbance(kind="clock", from_at=scene.line.start, until_at=scene.line.now())
        assert judged(scene, jumped).wrongs == []


@pytest.mark.parametrize("count", [2, 3])
def test_every_message_arrives_once_when_one_process_has_several_houses(
    tmp_path: Path, database_url: str, count: int
) -> None:
    with scene_of(tmp_path / "scene", 80, database_url) as scene:
        houses = [move_in(scene.post) for _ in range(count)]
        stopping = threading.Event()
        threads = [threading.Thread(target=work, args=(house, scene, stopping)) for house in houses]
        for thread in threads:
            thread.start()
        gives_up_at = scene.line.now() + timedelta(hours=2)
        while waiting(scene) and scene.line.now() < gives_up_at:
            scene.line.sleep(60)
        stopping.set()
        for thread, house in zip(threads, houses, strict=True):
            thread.join()
            house.database.close()
            house.client.close()
        verdict = judged(scene)
        assert verdict.wrongs == []
        assert sum(counts["unknown"] for counts in verdict.counts.values()) == 0


def work(house: House, scene: Field, stopping: threading.Event) -> None:
    Round(house, scene.day, scene.line).work(stopping)


def test_nothing_is_lost_or_doubled_when_a_process_dies_at_any_step(tmp_path: Path) -> None:
    report, wrongs = die_at_every(tmp_path / "scene", SEED, stride=11)
    print(report)
    assert wrongs == []


def test_app_message_is_not_doubled_when_the_service_was_down_longer_than_wecom_remembers(
    tmp_path: Path,
) -> None:
    with scene_of(tmp_path / "scene", 12) as scene:
        log = Log()
        scene.simulator.fail_next("message/send", cut="after", times=None)
        first = start_process(deliver, scene.post)
        wait_for(lambda: len(scene.simulator.unanswered) > 2, first)
        finish(scene, log, [first], at_most=timedelta())
        scene.simulator.clear_faults()
        scene.move_on(timedelta(hours=5))
        finish(scene, log, [start_process(deliver, scene.post)], at_most=timedelta(hours=8))
        assert log.wrongs == []
        assert judged(scene).wrongs == []
