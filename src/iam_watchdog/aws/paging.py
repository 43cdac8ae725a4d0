"""All pages of a listing, up to a limit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from botocore.exceptions import OperationNotPageableError


def paged(
    client: Any, operation: str, items: str, limit: int, params: Mapping[str, Any]
) -> tuple[tuple[Any, ...], bool]:
    """The items of one operation and whether there are more; one page for an operation that has no pages."""
    try:
        pager = client.get_paginator(operation)
    except OperationNotPageableError:
        found = tuple(getattr(client, operation)(**params).get(items, ()))
        return found[:limit], len(found) > limit
    result = pager.paginate(PaginationConfig={"MaxItems": limit}, **params).build_full_result()
    return tuple(result.get(items, ())), bool(result.get("NextToken"))
