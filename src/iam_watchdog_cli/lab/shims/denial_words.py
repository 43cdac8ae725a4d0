"""Words a denial as AWS does: with the resource, and with the layer that the evaluator found to deny.

https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
"""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

IDENTITY, BOUNDARY, SESSION, RESOURCE = (
    "identity-based policy",
    "permissions boundary",
    "session policy",
    "resource-based policy",
)


@dataclass(frozen=True, slots=True)
class Refusal:
    """What the evaluator refused last in this request."""

    action: str
    resource: str
    layer: str
    explicit: bool


class Limit(list[Any]):
    """A ceiling that remembers which one it is."""

    layer = ""


refused: ContextVar[Refusal | None] = ContextVar("refused", default=None)


def install() -> None:
    """Follow the layer through the evaluator, and word the answer with it."""
    from ministack.core import iam_actions
    from ministack.core import iam_evaluator as evaluator

    evaluator._permissions_boundary = _labelled(evaluator._permissions_boundary, BOUNDARY)
    evaluator._session_policy_limits = _labelled(evaluator._session_policy_limits, SESSION)
    evaluator.evaluate = _naming(evaluator.evaluate, evaluator._first_match)
    evaluator.evaluate_resource_policy = _of_resource(evaluator.evaluate_resource_policy)
    evaluator.enforce = _remembering(evaluator.enforce, evaluator.EvalResult)
    iam_actions.identity_denial_message = _message
    iam_actions.access_denied_response = _worded(iam_actions.access_denied_response)


def _labelled(original: Callable[..., list[Any]], layer: str) -> Callable[..., list[Any]]:
    def limits(*args: Any) -> list[Any]:
        labelled = [Limit(policies) for policies in original(*args)]
        for limit in labelled:
            limit.layer = layer
        return list(labelled)

    return limits


def _naming(original: Callable[..., Any], first_match: Callable[..., Any]) -> Callable[..., Any]:
    """Keep the evaluator's decision; put the layer that made it into `reason`."""

    def evaluate(context: Any, policies: Any, *limits: Any) -> Any:
        result = original(context, policies, *limits)
        layers = [(IDENTITY, policies), *((getattr(limit, "layer", IDENTITY), limit) for limit in limits)]
        effect = "Deny" if result.decision == "Deny" else "Allow"
        for layer, documents in layers:
            hit = first_match(context, [s for statements in documents for s in statements], effect)
            if bool(hit) == (effect == "Deny"):
                result.reason = layer
                break
        return result

    return evaluate


def _of_resource(original: Callable[..., Any]) -> Callable[..., Any]:
    def evaluate_resource_policy(*args: Any, **options: Any) -> Any:
        result = original(*args, **options)
        result.reason = RESOURCE
        return result

    return evaluate_resource_policy


def _remembering(original: Callable[..., Any], denial: Any) -> Callable[..., Any]:
    def enforce(key: str, action: str, service: str, region: str, resource_arn: str = "*", **options: Any) -> Any:
        result = original(key, action, service, region, resource_arn=resource_arn, **options)
        refused.set(
            Refusal(action, resource_arn, result.reason, result.decision == "Deny")
            if isinstance(result, denial)
            else None
        )
        return result

    return enforce


def _message(action: str, principal: str, resource: str, explicit: bool) -> str:
    found = refused.get()
    layer = found.layer if found else IDENTITY
    article = "an" if layer == IDENTITY else "a"
    why = (
        f"with an explicit deny in {article} {layer}" if explicit else f"because no {layer} allows the {action} action"
    )
    on = f" on resource: {resource}" if resource not in ("", "*") else ""
    return f"User: {principal} is not authorized to perform: {action}{on} {why}"


def _worded(original: Callable[..., tuple[Any, ...]]) -> Callable[..., tuple[Any, ...]]:
    def access_denied_response(
        service: str, action: str, principal: str, request_id: str, **options: Any
    ) -> tuple[Any, ...]:
        found = refused.get()
        if found and not options.get("error_code"):
            options["message"] = sentence(service, principal, found)
            options["explicit_deny"] = found.explicit
        return original(service, action, principal, request_id, **options)

    return access_denied_response


def sentence(service: str, principal: str, found: Refusal) -> str:
    """Spell one denial as the service spells it (S3 quotes the ARN, SQS and SNS have their own case)."""
    prefix, _, name = found.action.partition(":")
    action = {"sqs": f"sqs:{name.lower()}", "sns": f"SNS:{name}"}.get(prefix, found.action)
    resource = f'"{found.resource}"' if service == "s3" and found.resource != "*" else found.resource
    start = "You are not authorized to perform this operation. " if service == "ec2" else ""
    return start + _message(action, principal, resource, found.explicit)
