"""What the bucket behind an S3 access point has to say about a call that comes through it.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-points-policies.html
"""

from __future__ import annotations

import json
from dataclasses import replace
from functools import lru_cache
from typing import Any

from iam_watchdog.model import CAPTURED, Answer, Evidence, Layer, Policy, Request, Target
from iam_watchdog.policy.decide import answer
from iam_watchdog.policy.wildcards import compiled, expression, pieces
from iam_watchdog.remedy.arns import covers, part


def point_of(resource: str, evidence: Evidence) -> Target | None:
    """The access point that the call comes through, if the bucket behind it is known."""
    return next((t for t in evidence.targets if "bucket" in t.traits and covers(t.arn, resource)), None)


def with_bucket(request: Request, own: tuple[Policy, ...], evidence: Evidence) -> tuple[Policy, ...]:
    """The documents of a call with the bucket's: its Denies count, its Allows only let those of the point count."""
    behind = _behind(request, evidence)
    if point_of(request.resource, evidence) and answer(request, behind) is not Answer.ALLOWED:
        own = tuple(replace(p, level=CAPTURED) if p.layer is Layer.RESOURCE else p for p in own)
    return (*own, *(replace(p, level=CAPTURED) for p in behind))


def doubtful(request: Request, evidence: Evidence) -> bool:
    """Does something unknown decide whether the bucket lets the access point's own policy count?"""
    point = point_of(request.resource, evidence)
    own = bool(point and evidence.of(Layer.RESOURCE, point.arn))
    return own and answer(request, _behind(request, evidence)) is Answer.UNKNOWN


def _behind(request: Request, evidence: Evidence) -> tuple[Policy, ...]:
    point = point_of(request.resource, evidence)
    if point is None:
        return ()
    bucket = point.traits["bucket"]
    return tuple(replace(p, text=_as_called(p.text, bucket, point.arn)) for p in evidence.of(Layer.RESOURCE, bucket))


@lru_cache(maxsize=256)
def _as_called(text: str, bucket: str, point: str) -> str:
    """The bucket's document with its own ARNs as the access point's; what is no policy stays as it is."""
    try:
        document: Any = json.loads(text)
        rows = document["Statement"]
        for row in rows if isinstance(rows, list) else [rows]:
            for element in ("Resource", "NotResource"):
                if element in row:
                    row[element] = _through(row[element], bucket, point)
    except (LookupError, TypeError, ValueError, AttributeError):
        return text
    return json.dumps(document)


def _through(named: Any, bucket: str, point: str) -> Any:
    if isinstance(named, list):
        return [_through(each, bucket, point) for each in named]
    head, slash, key = named.partition("/")
    if part(head, 5) == "" or not compiled(expression(pieces(head))).fullmatch(bucket):
        return named
    if slash:
        return f"{point}/object/{key}"
    return f"{point}*" if head.endswith("*") else point
