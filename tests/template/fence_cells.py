"""What the Hands may and must not do, as data: a test here decides the cells over the template, the lab tries them.

Every denied cell names an allowed twin that differs in one fact, so that no cell passes because everything is denied.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields

from tests.template.translate import ACCOUNT, BOUNDARY, REGION

EVALUATOR, EMULATOR = "evaluator", "emulator"
BASIC = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
ADMIN = "arn:aws:iam::aws:policy/AdministratorAccess"
BOUND = BOUNDARY["InlineBoundaryArn"]
OTHER_BOUND = f"arn:aws:iam::{ACCOUNT}:policy/anything-goes"
APPROVE, AUTO_FIX = {"iam-watchdog": "approve"}, {"iam-watchdog": "auto-fix"}
HELD = {"iam-watchdog-hold": "INC-1"}


@dataclass(frozen=True)
class Cell:
    """One attempt with a Hands role's own credentials; `tags` and `boundary` are those of what is touched."""

    name: str
    hands: str
    """HandsAuto or HandsApproved."""
    action: str
    on: str
    """role/<path and name>, function/<name>, or a whole ARN."""
    allowed: bool
    twin: str = ""
    """The allowed cell that differs in one fact."""
    tags: Mapping[str, str] = field(default_factory=dict)
    boundary: str = ""
    policy: str = ""
    caller: str = ""
    """The principal of an invoke permission."""
    url: str = ""
    """The function-URL type of an invoke permission."""
    oracle: str = EMULATOR
    """Who can judge it beside our evaluator: the enforcing emulator, or nobody but the evaluator."""
    given: str = "auto_and_approvals"
    """The parameter set."""

    @property
    def arn(self) -> str:
        """What is touched."""
        kind, _, name = self.on.partition("/")
        if kind == "role":
            return f"arn:aws:iam::{ACCOUNT}:role/{name}"
        return f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{name}" if kind == "function" else self.on

    @property
    def context(self) -> dict[str, tuple[str, ...]]:
        """The condition keys that AWS sets for this call."""
        keys = {f"aws:ResourceTag/{tag}": value for tag, value in self.tags.items()}
        keys |= {"iam:PermissionsBoundary": self.boundary} if self.boundary else {}
        keys |= {"iam:PolicyARN": self.policy} if self.policy else {}
        keys |= {"lambda:Principal": self.caller} if self.caller else {}
        keys |= {"lambda:FunctionUrlAuthType": self.url} if self.url else {}
        return {key: (value,) for key, value in keys.items()}

    def differs_from(self, other: Cell) -> list[str]:
        """The facts in which two cells differ."""
        facts = [f.name for f in fields(self) if f.name not in ("name", "allowed", "twin", "oracle")]
        return [name for name in facts if getattr(self, name) != getattr(other, name)]


def _attach(name: str, allowed: bool, twin: str = "", **given: object) -> Cell:
    facts: dict[str, object] = {"on": "role/orders", "policy": BASIC, "tags": APPROVE, **given}
    return Cell(name, "HandsApproved", "iam:AttachRolePolicy", allowed=allowed, twin=twin, **facts)  # type: ignore[arg-type]


def _inline(name: str, allowed: bool, twin: str = "", **given: object) -> Cell:
    facts: dict[str, object] = {"on": "role/orders", "boundary": BOUND, "tags": APPROVE, **given}
    return Cell(name, "HandsApproved", "iam:PutRolePolicy", allowed=allowed, twin=twin, **facts)  # type: ignore[arg-type]


def _permit(name: str, allowed: bool, twin: str = "", **given: object) -> Cell:
    facts: dict[str, object] = {"on": "function/orders", "caller": "events.amazonaws.com", "tags": APPROVE, **given}
    return Cell(name, "HandsApproved", "lambda:AddPermission", allowed=allowed, twin=twin, **facts)  # type: ignore[arg-type]


def _auto(name: str, allowed: bool, twin: str = "", **given: object) -> Cell:
    facts: dict[str, object] = {
        "action": "iam:AttachRolePolicy",
        "on": "role/orders",
        "policy": BASIC,
        "tags": AUTO_FIX,
        **given,
    }
    return Cell(name, "HandsAuto", allowed=allowed, twin=twin, **facts)  # type: ignore[arg-type]


def _undo(name: str, action: str, allowed: bool, twin: str = "", **given: object) -> Cell:
    facts: dict[str, object] = {"on": "role/orders", **given}
    return Cell(name, "HandsApproved", action, allowed=allowed, twin=twin, **facts)  # type: ignore[arg-type]


def _other(action: str) -> Cell:
    # PassRole is no call of its own; the emulator does not ask for it where it goes along with one.
    oracle = EVALUATOR if action == "iam:PassRole" else EMULATOR
    name = f"{action} instead"
    return Cell(name, "HandsApproved", action, "role/orders", False, "attach", APPROVE, policy=BASIC, oracle=oracle)


ATTACHING = (
    _attach("attach", True),
    _attach("attach to auto-fix", True, tags=AUTO_FIX),
    _attach("attach under a path", True, on="role/app/orders"),
    _attach("attach AdministratorAccess", False, "attach", policy=ADMIN),
    _attach("attach a policy of a like name", False, "attach", policy=BASIC + "2"),
    _attach("attach to an untagged role", False, "attach", tags={}),
    _attach("attach to an ignored role", False, "attach", tags={"iam-watchdog": "ignore"}),
    _attach("attach to a held role", False, "attach", tags={**APPROVE, **HELD}),
    _attach("attach to our own Diagnose role", False, "attach", on=f"role/iam-watchdog-diagnose-{REGION}"),
    _attach("attach to itself", False, "attach", on=f"role/iam-watchdog-hands-approved-{REGION}"),
    _attach("attach to another stack of ours", False, "attach", on="role/iam-watchdog-dev-verify-us-east-1"),
    _attach("attach to ours under a path", False, "attach", on="role/team/iam-watchdog-x", oracle=EVALUATOR),
    _attach(
        "attach to a service's role", False, "attach", on="role/aws-service-role/x/AWSServiceRoleForX", oracle=EVALUATOR
    ),
    _attach("attach in another account", False, "attach", on="arn:aws:iam::999988887777:role/orders", oracle=EVALUATOR),
    _attach("attach to a user", False, "attach", on=f"arn:aws:iam::{ACCOUNT}:user/orders", oracle=EVALUATOR),
    _attach("attach inside the prefix", True, on="role/app/orders", given="prefixed"),
    _attach("attach outside the prefix", False, "attach inside the prefix", given="prefixed", oracle=EVALUATOR),
)
OTHER_POWERS = tuple(
    _other(action)
    for action in (
        "iam:AttachUserPolicy",
        "iam:CreateAccessKey",
        "iam:CreatePolicyVersion",
        "iam:CreateRole",
        "iam:DeleteRole",
        "iam:DeleteRolePermissionsBoundary",
        "iam:GetRole",
        "iam:PassRole",
        "iam:PutRolePermissionsBoundary",
        "iam:SetDefaultPolicyVersion",
        "iam:TagRole",
        "iam:UntagRole",
        "iam:UpdateAssumeRolePolicy",
        "sts:AssumeRole",
    )
)
INLINE = (
    _inline("put inline", True),
    _inline("put inline on a role without a boundary", False, "put inline", boundary=""),
    _inline("put inline on a role with another boundary", False, "put inline", boundary=OTHER_BOUND),
    _inline("put inline on an untagged role", False, "put inline", tags={}),
    _inline("put inline on a held role", False, "put inline", tags={**APPROVE, **HELD}),
    _inline("put inline on our own Remediate role", False, "put inline", on=f"role/iam-watchdog-remediate-{REGION}"),
    _inline(
        "put inline where no boundary was named",
        False,
        "put inline",
        given="approvals_without_boundary",
        oracle=EVALUATOR,
    ),
)
INVOKING = (
    _permit("permit a rule", True),
    _permit("permit a bucket", True, caller="s3.amazonaws.com"),
    *(
        _permit(f"permit {service}", True, caller=f"{service}.amazonaws.com")
        for service in (
            "bedrock",
            "cognito-idp",
            "connect",
            "ses",
            "vpc-lattice",
            "elasticloadbalancing",
            "iot",
            "lexv2",
        )
    ),
    *(
        # They are tied to an account, not to one source: by hand.
        _permit(f"permit {service}", False, "permit a rule", caller=f"{service}.amazonaws.com")
        for service in ("config", "secretsmanager")
    ),
    _permit("permit another account", False, "permit a rule", caller="999988887777"),
    _permit("permit everyone", False, "permit a rule", caller="*"),
    _permit("permit a service that is not listed", False, "permit a rule", caller="ec2.amazonaws.com"),
    _permit("permit a public URL", False, "permit a rule", url="NONE"),
    _permit("permit a signed URL", False, "permit a rule", url="AWS_IAM"),
    _permit("permit on an untagged function", False, "permit a rule", tags={}),
    _permit("permit on a held function", False, "permit a rule", tags={**APPROVE, **HELD}),
    _permit("permit on our own Approve", False, "permit a rule", on="function/iam-watchdog-approve"),
    _permit("permit inside the prefix", True, on="function/app-orders", given="prefixed"),
    _permit("permit outside the prefix", False, "permit inside the prefix", given="prefixed", oracle=EVALUATOR),
)
UNDOING = (
    _undo("detach", "iam:DetachRolePolicy", True, policy=BASIC),
    _undo("detach although held", "iam:DetachRolePolicy", True, policy=BASIC, tags=HELD),
    _undo("detach another policy", "iam:DetachRolePolicy", False, "detach", policy=ADMIN),
    _undo(
        "detach from itself",
        "iam:DetachRolePolicy",
        False,
        "detach",
        policy=BASIC,
        on=f"role/iam-watchdog-hands-approved-{REGION}",
    ),
    _undo("delete inline", "iam:DeleteRolePolicy", True, boundary=BOUND),
    _undo("delete inline without the boundary", "iam:DeleteRolePolicy", False, "delete inline"),
    _undo(
        "delete inline from our own role",
        "iam:DeleteRolePolicy",
        False,
        "delete inline",
        boundary=BOUND,
        on=f"role/iam-watchdog-verify-{REGION}",
    ),
    _undo(
        "take a permission back", "lambda:RemovePermission", True, on="function/orders", caller="events.amazonaws.com"
    ),
    _undo("take a permission back, principal unsaid", "lambda:RemovePermission", True, on="function/orders"),
    _undo(
        "take a person's permission",
        "lambda:RemovePermission",
        False,
        "take a permission back",
        on="function/orders",
        caller="999988887777",
        oracle=EVALUATOR,
    ),
    _undo(
        "take a URL's permission",
        "lambda:RemovePermission",
        False,
        "take a permission back",
        on="function/orders",
        caller="events.amazonaws.com",
        url="NONE",
        oracle=EVALUATOR,
    ),
    _undo(
        "take our own permission",
        "lambda:RemovePermission",
        False,
        "take a permission back",
        on="function/iam-watchdog-detect",
        caller="events.amazonaws.com",
    ),
)
UNASKED = (
    _auto("unasked: attach", True),
    _auto("unasked: attach where a person has to say yes", False, "unasked: attach", tags=APPROVE),
    _auto("unasked: attach AdministratorAccess", False, "unasked: attach", policy=ADMIN),
    _auto("unasked: attach to an untagged role", False, "unasked: attach", tags={}),
    _auto("unasked: attach to a held role", False, "unasked: attach", tags={**AUTO_FIX, **HELD}),
    _auto("unasked: attach to our own role", False, "unasked: attach", on=f"role/iam-watchdog-sweep-{REGION}"),
    _auto("unasked: put inline", False, "unasked: attach", action="iam:PutRolePolicy"),
    _auto("unasked: permit a caller", False, "unasked: attach", action="lambda:AddPermission"),
    _auto("unasked: pass the role", False, "unasked: attach", action="iam:PassRole", oracle=EVALUATOR),
    _auto("unasked: detach", True, action="iam:DetachRolePolicy", tags={}),
    _auto(
        "unasked: detach another policy", False, "unasked: detach", action="iam:DetachRolePolicy", tags={}, policy=ADMIN
    ),
)
CODE = (
    Cell(
        "change code",
        "HandsApproved",
        "lambda:UpdateFunctionCode",
        "function/orders",
        False,
        "permit a rule",
        APPROVE,
        caller="events.amazonaws.com",
    ),
    Cell(
        "invoke",
        "HandsApproved",
        "lambda:InvokeFunction",
        "function/orders",
        False,
        "permit a rule",
        APPROVE,
        caller="events.amazonaws.com",
    ),
)
CELLS: tuple[Cell, ...] = (*ATTACHING, *OTHER_POWERS, *INLINE, *INVOKING, *UNDOING, *UNASKED, *CODE)
