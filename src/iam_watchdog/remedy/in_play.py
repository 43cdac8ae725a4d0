"""Which of the documents that were read have a say in one request, and which of the unread would have had one."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from iam_watchdog.model import Denial, Evidence, Kind, Layer, Policy, Request, Unread
from iam_watchdog.policy.grant import assumes
from iam_watchdog.remedy.arns import covers, is_arn
from iam_watchdog.remedy.behind import doubtful, with_bucket

TOLERATED = (Layer.SCP, Layer.RCP, Layer.VPCE, Layer.SESSION)
"""Named when unread, but they do not lower `verified`: an Allow under them can be useless, never excessive."""
OF_RESOURCES = (Layer.RESOURCE, Layer.TRUST, Layer.INVOKE)
VIA_SERVICE = "kms:ViaService"
"""Present when a service calls KMS for the role."""
OF_SERVICES = {Kind.LAMBDA_ASSUME_ROLE: Layer.TRUST, Kind.INVOKE_PERMISSION: Layer.INVOKE}
"""Where a service asks, not the role, one layer alone decides."""


def documents(request: Request, kind: Kind, evidence: Evidence) -> tuple[Policy, ...]:
    """A role's policies for what the role asks; a resource's policy only for that resource."""
    own = tuple(p for p in evidence.policies if speaks(p, request, kind))
    return own if kind in OF_SERVICES else with_bucket(request, own, evidence)


def unread(request: Request, kind: Kind, evidence: Evidence) -> tuple[Layer, ...]:
    """The layers that could not be read and might decide this request."""
    layers = [u.layer for u in evidence.unread if u.decides and _matters(u, request, kind)]
    if evidence.role is None and kind not in OF_SERVICES:
        layers.append(Layer.IDENTITY)  # No role was read: silence is no absence.
    if kind not in OF_SERVICES and doubtful(request, evidence):
        layers.append(Layer.RESOURCE)
    return tuple(dict.fromkeys(layers))


def speaks(document: Policy, request: Request, kind: Kind) -> bool:
    """Has this document, attached where it is, a say in the request?"""
    if kind in OF_SERVICES:
        return document.layer is OF_SERVICES[kind] and document.on in ("", request.resource)
    if document.layer is Layer.VPCE and request.context.get(VIA_SERVICE):
        return False  # The service calls KMS from its own network, not through the function's endpoints.
    if document.layer not in OF_RESOURCES:
        return True
    return _fits(document.layer, request) and (not document.on or covers(document.on, request.resource))


def _fits(layer: Layer, request: Request) -> bool:
    """A trust policy speaks to assuming the role, a function's policy to calls of that function."""
    if layer is Layer.TRUST:
        return assumes(request.action)
    return layer is not Layer.INVOKE or request.action.startswith("lambda:")


def _matters(missing: Unread, request: Request, kind: Kind) -> bool:
    """Another resource's policy that could not be read leaves this request decided."""
    if kind in OF_SERVICES:
        return missing.layer is OF_SERVICES[kind]
    if missing.layer not in OF_RESOURCES:
        return True
    named = [word for word in (w.strip("'\",;()") for w in missing.what.split()) if is_arn(word)]
    return _fits(missing.layer, request) and (not named or any(covers(arn, request.resource) for arn in named))


def granted(request: Request, denial: Denial, evidence: Evidence) -> bool | None:
    """Whether a grant on the key covers the call; AWS refused the denied call itself, so there none does.

    https://docs.aws.amazon.com/kms/latest/developerguide/grants.html
    """
    if not request.action.startswith("kms:") or request.action == denial.action:
        return False
    listed = next(
        (t.traits["grants"] for t in evidence.targets if t.arn == request.resource and "grants" in t.traits), ""
    )
    return by_grant(listed, request, evidence.role.arn if evidence.role else "")


def by_grant(listed: str, request: Request, role: str) -> bool | None:
    """Whether one of a key's grants (JSON, "" if they could not be read) covers a call of a role."""
    if not listed or not role:
        return None
    fitting = [g for g in json.loads(listed) if _covers(g, request, role)]
    return None if any(g["constraints"] for g in fitting) else bool(fitting)


def _covers(grant: Mapping[str, Any], request: Request, role: str) -> bool:
    return grant["grantee"] in (role, request.principal) and request.action[4:] in grant["operations"]
