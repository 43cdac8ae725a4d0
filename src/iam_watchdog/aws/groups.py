"""Remembers which incidents met the same statement within an hour: one item each, the first one leads."""

from __future__ import annotations

from datetime import datetime, timedelta

from iam_watchdog.aws.facts import TableFacts
from iam_watchdog.aws.faults import writing
from iam_watchdog.aws.table import expires, key, pages
from iam_watchdog.model import Incident, Shown
from iam_watchdog.report.grouping import Group, row, statement

ACTIONS = ("dynamodb:PutItem", "dynamodb:Query")
KEPT = timedelta(days=2)


class TableGroups:
    """Groups in the incidents table, under `plan#`, which Diagnose may write."""

    def __init__(self, facts: TableFacts) -> None:
        self.facts = facts

    def join(self, incident: Incident) -> Group | None:
        """Add the incident to its group; None while it is alone, leads, or has a plan of its own. Raises CannotWrite.

        Two that come in the same instant may both lead: two messages then, never none.
        """
        named = statement(incident)
        if not named:
            return None
        name = f"group#{named}"
        with writing(f"join {name}"):
            self._add(name, incident)
            members = self._members(name)
        lead = members[0][0] if members else incident.id
        if lead == incident.id:
            return None
        return Group(self.facts.load(lead), tuple(said for _, said in members))

    def led(self, incident: Incident) -> Group | None:
        """The group that the incident has led since it was first told; None while it is alone. Raises CannotWrite."""
        named, told = statement(incident), [fact for fact in incident.facts if isinstance(fact, Shown)]
        if not named or not told:
            return None
        with writing(f"read group#{named}"):
            members = self._members(f"group#{named}", _hour(told[0].at))
        leads = len(members) > 1 and members[0][0] == incident.id
        return Group(incident, tuple(said for _, said in members)) if leads else None

    def _hour(self) -> str:
        return _hour(self.facts.clock.now())

    def _add(self, name: str, incident: Incident) -> None:
        if incident.id in {member for member, _ in self._members(name)}:
            return
        now = self.facts.clock.now()
        item = key("plan", name, f"{self._hour()}#{now.isoformat()}#{incident.id}")
        item |= {"row": {"S": row(incident)}, "expires": expires(now, KEPT)}
        self.facts.client.put_item(TableName=self.facts.table, Item=item)

    def _members(self, name: str, hour: str = "") -> list[tuple[str, str]]:
        values = {":pk": {"S": f"plan#{name}"}, ":sk": {"S": f"{hour or self._hour()}#"}}
        found = pages(
            self.facts.client,
            "query",
            TableName=self.facts.table,
            KeyConditionExpression="pk = :pk AND begins_with(sk, :sk)",
            ExpressionAttributeValues=values,
            ConsistentRead=True,
        )
        return [(item["sk"]["S"].rsplit("#", 1)[-1], item["row"]["S"]) for item in found]


def _hour(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H}"
