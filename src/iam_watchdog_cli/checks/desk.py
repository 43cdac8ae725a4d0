"""What a check is given, what it answers, and what becomes of one that AWS does not let us make."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

OK, WARN, FAIL = "ok", "warn", "fail"


@dataclass(frozen=True)
class Check:
    """One finding: `says` is complete without the rest, `remedy` is "" where there is nothing to do."""

    name: str
    status: str
    says: str
    remedy: str = ""


@dataclass(frozen=True)
class Desk:
    """The account as the doctor sees it; without a stack `parameters` and `outputs` are empty."""

    client: Callable[[str], Any]
    account: str
    region: str
    stack: str
    parameters: Mapping[str, str] = field(default_factory=dict)
    outputs: Mapping[str, str] = field(default_factory=dict)
    emulated: bool = False
    """The embedded emulator: it does not know everything that AWS knows."""

    @property
    def deployed(self) -> bool:
        """Whether our stack stands here."""
        return bool(self.outputs)

    def words(self, parameter: str) -> tuple[str, ...]:
        """A comma-separated parameter of the stack."""
        return tuple(word for part in self.parameters.get(parameter, "").split(",") if (word := part.strip()))


def look(name: str, examination: Callable[[Desk], Iterator[Check]], desk: Desk) -> tuple[Check, ...]:
    """Make one check; what AWS refuses or does not know becomes a warning that says so."""
    try:
        return tuple(examination(desk))
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code", "")
        call = f"{error.operation_name}: {code}"
    except BotoCoreError as error:
        call = str(error)
    remedy = "run doctor with credentials that may make this call"
    if desk.emulated:
        remedy = "the embedded emulator does not know it; AWS does"
    return (Check(name, WARN, f"could not be looked at ({call})", remedy),)
