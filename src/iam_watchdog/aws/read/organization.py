"""The policies of the organization above the account, where this account may read them at all."""

from __future__ import annotations

from functools import partial

from iam_watchdog.aws.faults import NotRead
from iam_watchdog.aws.read.account import Account
from iam_watchdog.aws.read.piece import Piece, Read, document
from iam_watchdog.model import Layer, Policy

ACTIONS = (
    "organizations:DescribeOrganization",
    "organizations:ListParents",
    "organizations:ListPoliciesForTarget",
    "organizations:DescribePolicy",
)
KEPT_SECONDS = 300
"""How long one walk up the organization is believed: a member account is refused each time, and it is many calls."""
FILTERS = {Layer.SCP: "SERVICE_CONTROL_POLICY", Layer.RCP: "RESOURCE_CONTROL_POLICY"}
LAYERS = tuple(FILTERS)
DEEPEST = 8
"""Root, five levels of units and the account: https://docs.aws.amazon.com/organizations/latest/userguide/orgs_reference_limits.html"""


def reads(account: Account) -> tuple[Read, ...]:
    """One read for both kinds of policies."""
    return (Read("policies of the organization", LAYERS, partial(_found, account)),)


def _found(account: Account) -> Piece:
    found = account.lately("organization", partial(_walked, account), KEPT_SECONDS)
    if isinstance(found, Piece):
        return found
    raise NotRead(str(found), code=found.code)


def _walked(account: Account) -> Piece | NotRead:
    """A refusal is an answer as well; what may go through later is none. Raises NotRead."""
    try:
        return _walk(account)
    except NotRead as no:
        if no.transient:
            raise
        return no


def _walk(account: Account) -> Piece:
    """Members may describe the organization but not read its policies; the management account is exempt from them.

    https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps.html
    """
    read = account.clients.read
    none = ("AWSOrganizationsNotInUseException",)
    found = read("organizations", "describe_organization", absent=none).get("Organization")
    if not found:
        return Piece(facts={"organization": "none"})
    if found.get("MasterAccountId") == account.id:
        return Piece(facts={"organization": "management"})
    chain = [account.id]
    while len(chain) < DEEPEST and not chain[-1].startswith("r-"):
        parents = read("organizations", "list_parents", ChildId=chain[-1])["Parents"]
        chain.append(parents[0]["Id"])
    levels = enumerate(reversed(chain))
    policies = [each for level, node in levels for layer in LAYERS for each in _of(account, node, layer, level)]
    return Piece(policies=tuple(policies), facts={"organization": "member", "organization_complete": "true"})


def _of(account: Account, node: str, layer: Layer, level: int) -> list[Policy]:
    absent = ("PolicyTypeNotEnabledException",)
    named = {"TargetId": node, "Filter": FILTERS[layer]}
    listed = account.clients.read("organizations", "list_policies_for_target", absent=absent, **named)
    found = []
    for summary in listed.get("Policies", ()):
        policy = account.clients.read("organizations", "describe_policy", PolicyId=summary["Id"])["Policy"]
        found.append(Policy(layer, summary.get("Arn", summary["Id"]), document(policy["Content"]), node, level))
    return found
