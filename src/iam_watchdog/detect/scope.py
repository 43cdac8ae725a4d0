"""The resource as counted: what one fix would mend is one incident."""

from __future__ import annotations

_OBJECT = ":s3:::"
_POINT = ":accesspoint/"


def scope(action: str, resource: str | None) -> str:
    """S3 objects as bucket (access point) and directory, log streams as their group, the rest exact; "" if unknown."""
    if not resource:
        return ""
    if ":logs:" in resource and ":log-group:" in resource:
        return _group(resource)
    if action.lower().startswith("s3:") and _is_object(resource):
        return f"{resource.rsplit('/', 1)[0]}/*"
    return resource


def _is_object(resource: str) -> bool:
    return (_OBJECT in resource and "/" in resource) or (_POINT in resource and "/object/" in resource)


def _group(resource: str) -> str:
    head, _, name = resource.partition(":log-group:")
    return f"{head}:log-group:{name.split(':')[0]}"
