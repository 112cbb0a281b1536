"""The machinery of Steward (群管家). The rooms and what each may import: docs/house.md."""

__version__ = "0.1.0"
