"""The documents that events carry: a resource's policy as it was written, and what stood there before it.

A document in an event is only data: what is malformed or too long is not known.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from iam_watchdog.aws.history import Event
from iam_watchdog.aws.read.piece import document

LONGEST = 32_768
"""Characters: a key policy's limit, the largest of those that are looked at.

https://docs.aws.amazon.com/kms/latest/developerguide/resource-limits.html
"""
NOTHING: Mapping[str, Any] = {"Version": "2012-10-17", "Statement": []}
"""It is known that no document stood there."""
DOCUMENTS: Mapping[str, tuple[str, tuple[tuple[str, ...], ...]]] = {
    "PutBucketPolicy": ("bucket", (("bucketPolicy",),)),
    "DeleteBucketPolicy": ("bucket", ()),
    "PutKeyPolicy": ("key", (("policy",),)),
    "CreateKey": ("key", (("policy",),)),
    "PutResourcePolicy": ("resource", (("resourcePolicy",), ("policy",))),
    "DeleteResourcePolicy": ("resource", ()),
    "SetQueueAttributes": ("queue", (("attributes", "Policy"),)),
    "CreateQueue": ("queue", (("attributes", "Policy"),)),
    "SetRepositoryPolicy": ("repository", (("policyText",),)),
    "DeleteRepositoryPolicy": ("repository", ()),
}
"""Event → what it is about, and where its parameters carry the document; () deletes it."""


def of_resource(event: Event, older: Sequence[Event]) -> Mapping[str, Any] | None:
    """The document that the event replaced or took away, if an earlier event wrote it."""
    kind = DOCUMENTS[event.name][0]
    if kind == "queue" and not list(_documents(event)):
        return None  # Another attribute was set.
    for e in older:
        if DOCUMENTS.get(e.name, ("", ()))[0] == kind and (there := list(_documents(e))):
            return {"document": parsed(there[0]) if there[0] else NOTHING, "put": where(e)}
    return None


def _documents(event: Event) -> Iterator[Any]:
    """The document that the event put there, "" where it took it away; none if it says nothing of it."""
    _, paths = DOCUMENTS[event.name]
    if not paths:
        yield ""
    for path in paths:
        value: Any = event.params
        for name in path:
            value = value.get(name) if isinstance(value, Mapping) else None
        if value is not None:
            yield value


def parsed(value: object) -> Mapping[str, Any]:
    """A policy document as an event carries it: an object, JSON text, or URL-encoded. Raises ValueError."""
    text = document(value)
    if len(text) > LONGEST:
        raise ValueError(f"a document of {len(text)} characters")
    found = json.loads(text)
    if isinstance(found, dict) and isinstance(found.get("Statement"), list | dict):
        return found
    raise ValueError("no policy document")


def where(event: Event) -> Mapping[str, str]:
    """Where a person finds the document."""
    return {"event": event.id, "region": event.region}
