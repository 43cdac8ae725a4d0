"""What the demo breaks, one scenario a file: real functions, really denied; no scenario holds a word of a denial."""

from __future__ import annotations

SCENARIOS = ("mute", "reader", "bucket_arn", "guardrail", "uninvited", "distrusted", "relapse", "approved")
"""In the order played; each module has NAME, RULE, EXPECTED and play(stage)."""
VERIFIED_BY_INVOKING = ("mute", "relapse", "approved")
"""Whose function the deployment may re-invoke."""
