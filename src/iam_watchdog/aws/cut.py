"""The session policy of one change: this one call on this one role or function, and this one policy."""

from __future__ import annotations

from typing import Any

from iam_watchdog.model import AddInvokePermission, AttachManagedPolicy, Receipt


def cut_to(action: str, receipt: Receipt) -> dict[str, Any]:
    """What a session of the Hands is cut down to: this guards against our own mistakes, the fence against everyone."""
    grant = receipt.grant
    on = grant.function if isinstance(grant, AddInvokePermission) else grant.role
    resources = [on, f"{on}:{grant.qualifier}"] if isinstance(grant, AddInvokePermission) and grant.qualifier else on
    statement: dict[str, Any] = {"Effect": "Allow", "Action": action, "Resource": resources}
    if isinstance(grant, AttachManagedPolicy):
        statement["Condition"] = {"ArnEquals": {"iam:PolicyARN": receipt.name}}
    return {"Version": "2012-10-17", "Statement": [statement]}
