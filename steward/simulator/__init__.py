"""A WeCom on loopback with a made-up company in it: for the demo and for tests. Imports nothing of ours."""

from steward.simulator.alone import run_alone
from steward.simulator.simulator import Simulator

__all__ = ["Simulator", "run_alone"]
