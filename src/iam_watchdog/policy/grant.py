"""How the layers' answers make one: same account, cross account, KMS keys, trust policies, services.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-denyallow.html
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic-cross-account.html
https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from iam_watchdog.model import Layer
from iam_watchdog.policy.call import IDENTITIES, Call, Who
from iam_watchdog.policy.truth import Truth, all_of, any_of
from iam_watchdog.policy.weigh import RESOURCES, Weight

_KEY = re.compile(r"arn:[^:]*:kms:[^:]*:[^:]*:key/.*", re.DOTALL)
_ROLE = re.compile(r"arn:[^:]*:iam:[^:]*:[^:]*:role/.*", re.DOTALL)
_GRANT_OPERATIONS = """decrypt encrypt generatedatakey generatedatakeywithoutplaintext generatedatakeypair
generatedatakeypairwithoutplaintext reencryptfrom reencryptto sign verify getpublickey creategrant retiregrant
describekey generatemac verifymac derivesharedsecret"""
_GRANTABLE = frozenset(f"kms:{name}" for name in _GRANT_OPERATIONS.split())
"""https://docs.aws.amazon.com/kms/latest/developerguide/grants.html#terms-grant-operations"""
_SESSION_ACTIONS = frozenset({"sts:tagsession", "sts:setsourceidentity", "sts:setcontext"})
"""https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html#id_session-tags_permissions-required
https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_control-access_monitor.html"""
type Weights = Mapping[Layer, Weight]


def must_take_part(call: Call) -> bool:
    """KMS keys and roles: their own policy has to say yes, even in the same account."""
    if call.service == "kms":
        return _KEY.fullmatch(call.resource) is not None
    return assumes(call.action) and _ROLE.fullmatch(call.resource) is not None


def assumes(action: str) -> bool:
    """Is it one of the actions that a trust policy decides: the role is assumed, or its session told something?"""
    name = action.lower()
    return name.startswith("sts:assumerole") or name in _SESSION_ACTIONS


def grantable(call: Call) -> bool:
    """Could a KMS grant, which no policy shows, allow the call?"""
    return call.action in _GRANTABLE and call.caller.who in IDENTITIES and must_take_part(call)


def allowed(call: Call, weights: Weights, grants: Truth) -> Truth:
    """Do all who have to say yes say yes? Explicit denies are looked at elsewhere."""
    given = _given(call, weights)
    if grants is not False and given is not True and grantable(call):
        given = given or grants
    return all_of((given, _ceiling(weights, Layer.SCP), _ceiling(weights, Layer.VPCE)))


def _ceiling(weights: Weights, layer: Layer) -> Truth:
    """A layer that only limits: absent, it limits nothing."""
    weight = weights.get(layer)
    return True if weight is None else weight.allow


def _given(call: Call, weights: Weights) -> Truth:
    direct, role, account, theirs = _resource(call, weights)
    if call.caller.who not in IDENTITIES:
        return theirs
    identity = weights.get(Layer.IDENTITY)
    own: Truth = identity.allow if identity else False
    if call.caller.who is Who.ROOT:
        own = own or None  # The root user needs no policy; what limits it is not all in policies either.
    limits = all_of((_ceiling(weights, Layer.BOUNDARY), _ceiling(weights, Layer.SESSION)))
    own = all_of((own, limits))
    cross = all_of((own, theirs))
    if call.account and call.account != call.caller.account:
        return cross
    delegated = all_of((own, account)) if must_take_part(call) else own
    same = any_of((direct, all_of((role, limits)), delegated))
    return same if call.account or same == cross else None


def _unseen(call: Call) -> tuple[Truth, Truth, Truth, Truth]:
    """No policy was shown; a key and a role have one all the same.

    In a closed world it names nobody of ours, and whether it delegates to the account is not known; otherwise it may
    say anything.
    """
    if not must_take_part(call):
        return False, False, False, False
    return (False, False, None, None) if call.closed else (None, None, None, None)


def _resource(call: Call, weights: Weights) -> tuple[Truth, Truth, Truth, Truth]:
    """What the resource's policy grants, by the way it names the caller, and in any way."""
    found = [weight for weight in weights.values() if weight.layer in RESOURCES]
    if not found:
        return _unseen(call)
    first, *more = found
    result = (first.direct, first.role, first.account, first.named)
    if not more:
        return result
    return (
        any_of(weight.direct for weight in found),
        any_of(weight.role for weight in found),
        any_of(weight.account for weight in found),
        any_of(weight.named for weight in found),
    )
