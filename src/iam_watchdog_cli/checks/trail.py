"""Whether a trail feeds EventBridge with denied calls here."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from iam_watchdog_cli.checks.desk import OK, WARN, Check, Desk

REMEDY = "create a trail that logs management events (one is free), or deploy with TrailEnabled=false"


def trail(desk: Desk) -> Iterator[Check]:
    """Events of CloudTrail reach EventBridge only while a trail logs them.

    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-cloudtrail.html
    """
    if desk.parameters.get("TrailEnabled") == "false":
        yield Check("trail", OK, "not used (TrailEnabled=false): refusals that are not logged are found by the sweep")
        return
    client = desk.client("cloudtrail")
    here = [t for t in client.describe_trails().get("trailList", []) if _covers(t, desk.region)]
    logging = [t for t in here if client.get_trail_status(Name=t["TrailARN"]).get("IsLogging")]
    if not logging:
        says = f"no trail logs in {desk.region}: denied calls that no function prints go unheard"
        yield Check("trail", WARN, says, REMEDY)
        return
    if not any(_management(client, t) for t in logging):
        yield Check("trail", WARN, f"{logging[0]['Name']} logs no management events", REMEDY)
        return
    yield Check("trail", OK, f"{logging[0]['Name']} logs management events of {desk.region}")


def _covers(trail: dict[str, Any], region: str) -> bool:
    return bool(trail.get("IsMultiRegionTrail")) or trail.get("HomeRegion") == region


def _management(client: Any, trail: dict[str, Any]) -> bool:
    chosen = client.get_event_selectors(TrailName=trail["TrailARN"])
    if any(s.get("IncludeManagementEvents") for s in chosen.get("EventSelectors", [])):
        return True
    fields = [f for s in chosen.get("AdvancedEventSelectors", []) for f in s.get("FieldSelectors", [])]
    return any(f.get("Field") == "eventCategory" and "Management" in f.get("Equals", []) for f in fields)
