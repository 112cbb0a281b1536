"""The parts of the daily digest: its facts, its report, and its three forms."""
