"""What holds for every test."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")  # Wall-clock says nothing on a busy machine; tests/bench measures.
