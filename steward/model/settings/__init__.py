"""settings.toml as frozen, validated records. Reading and refusing: `load.py`; the sections: one file each."""

from steward.model.settings.errors import Problem, SettingsError
from steward.model.settings.load import decode_settings, parse_settings
from steward.model.settings.root import Settings
from steward.model.settings.secrets import masked, resolve_secret
from steward.model.settings.warn import warnings

__all__ = [
    "Problem",
    "Settings",
    "SettingsError",
    "decode_settings",
    "masked",
    "parse_settings",
    "resolve_secret",
    "warnings",
]
