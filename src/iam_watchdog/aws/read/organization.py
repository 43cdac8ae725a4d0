"""The policies of the organization above the account, where this account may read them at all."""

from __future__ import annotations

from time import monotonic

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


class Organization:
    """Walks from the account to the root; remembers what it found, or why it found nothing."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self._kept: tuple[float, Piece | NotRead] | None = None

    def reads(self) -> tuple[Read, ...]:
        """One read for both kinds of policies."""
        return (Read("policies of the organization", LAYERS, self._call),)

    def _call(self) -> Piece:
        if self._kept is None or monotonic() - self._kept[0] > KEPT_SECONDS:
            self._kept = (monotonic(), self._walked())
        found = self._kept[1]
        if isinstance(found, Piece):
            return found
        if found.transient:
            self._kept = None
        raise NotRead(str(found), transient=found.transient, code=found.code)

    def _walked(self) -> Piece | NotRead:
        try:
            return self._walk()
        except NotRead as no:
            return no

    def _walk(self) -> Piece:
        """Members may describe the organization but not read its policies; the management account is exempt from them.

        https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps.html
        """
        read, account = self._account.clients.read, self._account.id
        none = ("AWSOrganizationsNotInUseException",)
        found = read("organizations", "describe_organization", absent=none).get("Organization")
        if not found:
            return Piece(facts={"organization": "none"})
        if found.get("MasterAccountId") == account:
            return Piece(facts={"organization": "management"})
        chain = [account]
        while len(chain) < DEEPEST and not chain[-1].startswith("r-"):
            parents = read("organizations", "list_parents", ChildId=chain[-1])["Parents"]
            chain.append(parents[0]["Id"])
        levels = enumerate(reversed(chain))
        policies = [each for level, node in levels for layer in LAYERS for each in self._of(node, layer, level)]
        return Piece(policies=tuple(policies), facts={"organization": "member", "organization_complete": "true"})

    def _of(self, node: str, layer: Layer, level: int) -> list[Policy]:
        clients = self._account.clients
        absent = ("PolicyTypeNotEnabledException",)
        named = {"TargetId": node, "Filter": FILTERS[layer]}
        listed = clients.read("organizations", "list_policies_for_target", absent=absent, **named)
        found = []
        for summary in listed.get("Policies", ()):
            policy = clients.read("organizations", "describe_policy", PolicyId=summary["Id"])["Policy"]
            found.append(Policy(layer, summary.get("Arn", summary["Id"]), document(policy["Content"]), node, level))
        return found
