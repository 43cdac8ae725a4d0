"""A function as the command line names it: a name or an ARN, with or without a version or alias."""

from __future__ import annotations

import argparse
import re
from dataclasses import dataclass

_FORM = re.compile(
    r"(?:arn:(?P<partition>aws[a-z-]*):lambda:(?P<region>[a-z0-9-]+):(?P<account>\d{12}):function:)?"
    r"(?P<name>[A-Za-z0-9_-]{1,64})(?::(?P<qualifier>\$LATEST|[A-Za-z0-9_-]{1,128}))?"
)
"""https://docs.aws.amazon.com/lambda/latest/api/API_GetFunctionConfiguration.html"""


@dataclass(frozen=True, slots=True)
class Named:
    """What was named; Region and account are "" without an ARN, the qualifier is "" if none is meant."""

    name: str
    qualifier: str = ""
    region: str = ""
    account: str = ""

    def elsewhere(self, account: str, region: str) -> str:
        """Why this is no function of this account and Region, or ""."""
        if self.account and self.account != account:
            return f"the ARN names account {self.account}, and these credentials are of {account}; check --profile"
        if self.region and self.region != region:
            return f"the ARN names {self.region}, and {region} is asked; give --region {self.region}"
        return ""


def function(text: str) -> Named:
    """For argparse. Raises ArgumentTypeError."""
    found = _FORM.fullmatch(text)
    if found is None:
        raise argparse.ArgumentTypeError(f"{text[:80]!r} is no name and no ARN of a function")
    return Named(*(found[part] or "" for part in ("name", "qualifier", "region", "account")))
