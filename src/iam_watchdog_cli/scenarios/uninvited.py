"""A rule has a target that does not let it in: nothing fails and nothing runs, so only the sweep can see it."""

from __future__ import annotations

import json

from iam_watchdog.model import Incident, Status
from iam_watchdog_cli.scenarios import mute
from iam_watchdog_cli.scenarios.owner import WRITES_LOGS, Unexpected
from iam_watchdog_cli.scenarios.stage import Stage

NAME = "a rule may not start its function"
RULE = "invoke_permission"
EXPECTED = Status.PROPOSED


def play(stage: Stage) -> Incident:
    """Point a rule at a function, sweep, add the permission that the notification carries, send the event again."""
    name = f"{stage.prefix}-uninvited"
    stage.function(name, stage.role(f"{name}-role", {}, managed=WRITES_LOGS), mute.SOURCE)
    function = stage.client("lambda").get_function_configuration(FunctionName=name)["FunctionArn"]
    events = stage.client("events")
    events.put_rule(Name=name, EventPattern=json.dumps({"source": [name]}))
    events.put_targets(Rule=name, Targets=[{"Id": "1", "Arn": function}])
    send(stage, name)
    stage.say(f"an event was sent; {name} has left {len(stage.log_lines(name))} log lines")
    if stage.log_lines(name):
        raise Unexpected("the rule started the function although nothing lets it")
    stage.sweep()
    incident = stage.incident(name, Status.PROPOSED)
    [fix] = stage.notification(incident, Status.PROPOSED)["fixes"]
    stage.show_slack(incident)
    stage.client("lambda").add_permission(**fix["permission"])
    send(stage, name)
    stage.until("the function to run", lambda: bool(stage.log_lines(name)))
    stage.say("with the permission from the notification added the next event starts it")
    return incident


def send(stage: Stage, source: str) -> None:
    """Put one event on the default bus."""
    stage.client("events").put_events(Entries=[{"Source": source, "DetailType": "order", "Detail": "{}"}])
