"""The comparisons behind the condition operators; None: a value that the operator cannot use.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal, InvalidOperation
from functools import lru_cache

_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,9})?")
_DATE = re.compile(
    r"(\d{4})-(\d\d)(?:-(\d\d)(?:[Tt](\d\d):(\d\d)(?::(\d\d)(?:\.(\d+))?)?(?:([Zz])|([+-])(\d\d):?(\d\d))?)?)?",
    re.ASCII,
)
type Network = tuple[int, int, int]
"""IP version, first address, number of low bits that do not count."""


@lru_cache(maxsize=4096)
def number(text: str) -> Decimal | None:
    """Decimal syntax, exact; `10abc` is no number."""
    if not _NUMBER.fullmatch(text):
        return None
    try:
        return Decimal(text)
    except InvalidOperation:
        return None


@lru_cache(maxsize=4096)
def date(text: str) -> Decimal | None:
    """Seconds since 1970 from ISO 8601 or from the epoch itself: one clock for both."""
    found = _DATE.fullmatch(text)
    if not found:
        return number(text)
    year, month, day, hour, minute, second, fraction, _, sign, hours, minutes = found.groups()
    zone = UTC
    try:
        if sign:
            away = timedelta(hours=int(hours), minutes=int(minutes))
            zone = timezone(away if sign == "+" else -away)
        fields = (int(month), int(day or 1), int(hour or 0), int(minute or 0), int(second or 0))
        moment = datetime(int(year), *fields, tzinfo=zone)
    except ValueError:
        return None
    return Decimal(int((moment - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds())) + Decimal(f"0.{fraction or 0}")


def boolean(text: str) -> bool:
    """ "true" in any case; everything else is false (measured on AWS's simulator)."""
    return text.lower() == "true"


@lru_cache(maxsize=4096)
def network(text: str) -> Network | None:
    """An address or a CIDR block; bits beyond the prefix do not count."""
    import ipaddress  # slow to load, and few policies need it

    address, slash, prefix = text.partition("/")
    if "%" in address or (slash and not (prefix.isascii() and prefix.isdigit())):
        return None
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return None
    low = found.max_prefixlen - int(prefix) if slash else 0
    return None if low < 0 else (found.version, int(found) >> low, low)


def inside(address: Network, block: Network) -> bool:
    """IPv4 blocks never hold IPv6 addresses, nor the other way round."""
    return address[0] == block[0] and address[2] <= block[2] and address[1] >> (block[2] - address[2]) == block[1]
