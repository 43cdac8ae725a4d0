"""An ARN in its six parts; names may hold dots, slashes and colons, so it is only ever cut from the left."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Arn:
    """One resource's name; region and account are "" where the service leaves them out (S3)."""

    text: str
    partition: str
    service: str
    region: str
    account: str
    rest: str

    @property
    def kind(self) -> str:
        """The first word of the rest: `table`, `secret`, `role` …; "" when the rest is a bare name."""
        head = self.rest.replace("/", ":").split(":", 1)
        return head[0] if len(head) == 2 else ""

    @property
    def name(self) -> str:
        """The rest without its first word."""
        return self.rest[len(self.kind) + 1 :] if self.kind else self.rest

    def sibling(self, rest: str, service: str = "") -> str:
        """The ARN of another resource in the same place."""
        return f"arn:{self.partition}:{service or self.service}:{self.region}:{self.account}:{rest}"


def parse(text: str | None) -> Arn | None:
    """Take an ARN apart, None for anything else."""
    parts = (text or "").split(":", 5)
    if len(parts) != 6 or parts[0] != "arn" or not parts[1].startswith("aws") or not parts[2] or not parts[5]:
        return None
    return Arn(text or "", *parts[1:])
