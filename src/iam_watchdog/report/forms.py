"""The forms of a fix, written once; a document that AWS could not take is not written at all."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from iam_watchdog.model import Fix, Guardrail
from iam_watchdog.report import formats

LONGEST = 30_000
"""Characters of a fix: the longest policy that AWS takes has 20,480 (a bucket's).

https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-policies.html
"""
NAMES = {
    "json": "JSON",
    "sam": "SAM",
    "cloudformation": "CloudFormation",
    "cli": "AWS CLI",
    "terraform": "Terraform",
    "cdk": "CDK (Python)",
}


@lru_cache(maxsize=16)
def forms(fix: Fix | Guardrail) -> Mapping[str, str]:
    """The fix in every language; {} for one that no policy could hold."""
    return {} if len(repr(fix)) > LONGEST else {k: v for k, v in formats.render(fix).items() if v}


@lru_cache(maxsize=16)
def short_sam(fix: Fix, region: str = "") -> formats.ShortSam | None:
    """The shorter SAM form, if there is one for a function of this Region."""
    return None if len(repr(fix)) > LONGEST else formats.short_sam(fix, region)
