"""A role no longer trusts Lambda: the function does not start, so it cannot say why; its owner is told the remedy."""

from __future__ import annotations

import json
from typing import Any

from iam_watchdog.model import Incident, Status
from iam_watchdog_cli.scenarios import mute
from iam_watchdog_cli.scenarios.owner import TRUST, WRITES_LOGS, Unexpected
from iam_watchdog_cli.scenarios.stage import Stage

NAME = "a role no longer trusts Lambda"
RULE = "trust_policy"
EXPECTED = Status.ADVISED


def play(stage: Stage) -> Incident:
    """Hand the role to another service, sweep, and read whose change it was and what is advised."""
    name = f"{stage.prefix}-distrusted"
    stage.function(name, stage.role(f"{name}-role", {}, managed=WRITES_LOGS), mute.SOURCE)
    trust: dict[str, Any] = json.loads(json.dumps(TRUST))
    trust["Statement"][0]["Principal"]["Service"] = "ec2.amazonaws.com"
    stage.client("iam").update_assume_role_policy(RoleName=f"{name}-role", PolicyDocument=json.dumps(trust))
    try:
        stage.invoke(name)
    except stage.client("lambda").exceptions.ClientError as refused:
        stage.say(f"{name} does not start: {refused.response['Error']['Message']}")
    else:
        raise Unexpected("the function started under a role that does not trust Lambda")
    stage.sweep()
    incident = stage.incident(name, Status.ADVISED, Status.PROPOSED)
    told = stage.notification(incident, Status.ADVISED)
    if [fix["kind"] for fix in told["fixes"]] != ["advice"]:
        raise Unexpected(f"a trust policy was answered with {told['fixes']}")
    stage.show_slack(incident)
    return incident
