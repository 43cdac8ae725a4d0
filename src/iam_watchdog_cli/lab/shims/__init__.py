"""AWS behaviour that the emulator lacks, one file each; nothing in the deployed package knows of them."""

from __future__ import annotations

import importlib
from collections.abc import Collection

SHIMS = (
    "lambda_actions",
    "iam_keys",
    "lambda_keys",
    "leading_keys",
    "named_resources",
    "literal_characters",
    "hidden_keys",
    "source_function",
    "session_name",
    "denial_words",
    "pass_role",
    "filter_patterns",
    "request_ids",
    "stream_names",
    "silent_roles",
    "trail",
    "managed_policies",
    "absent_policies",
    "async_failures",
    "invited_callers",
    "trusted_roles",
    "joined_conditions",
    "loopback_is_safe",
    "workers",
)
"""In the order installed: `trail` records what `denial_words` has worded."""


def install(without: Collection[str] = ()) -> None:
    """Install all shims but the named ones (a test sabotages the demo with that). KeyError: no such shim."""
    if strange := set(without) - set(SHIMS):
        raise KeyError(f"no such shim: {sorted(strange)[0]}")
    for name in SHIMS:
        if name not in without:
            importlib.import_module(f"{__name__}.{name}").install()
