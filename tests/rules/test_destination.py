"""A result that is lost: the role may not write to the function's dead-letter queue or destination."""

from iam_watchdog.model import AddRoleStatements, Layer, Witness
from iam_watchdog.remedy import propose
from iam_watchdog.rules import destination, diagnose
from tests.rules.cases import BUCKET, QUEUE, allow, boundary, claiming, denial, evidence, function, identity

SENDING = denial("sqs:SendMessage", QUEUE, witness=Witness.CONFIG, origin="sweep")
DEAD = function(dead_letter=QUEUE)


def test_it_is_silent_about_a_queue_that_is_no_destination() -> None:
    assert destination.examine(SENDING, evidence()) is None
    assert destination.examine(SENDING, evidence(identity(allow("sqs:*")), function=DEAD)) is None


def test_it_says_what_is_lost() -> None:
    found = diagnose(SENDING, evidence(function=DEAD))
    assert (found.rule, found.layer) == ("destination", Layer.IDENTITY)
    assert "Function orders loses its dead letters" in found.because
    kept = function(destinations=(("failure", QUEUE),))
    assert "loses its failure records" in diagnose(SENDING, evidence(function=kept)).because


def test_the_statement_is_proposed() -> None:
    seen = evidence(function=DEAD)
    found, plan, _ = propose.plan(diagnose(SENDING, seen), SENDING, seen)
    (fix,) = found.fixes
    assert isinstance(fix, AddRoleStatements)
    assert (fix.statements[0].actions, fix.statements[0].resources) == (("sqs:SendMessage",), (QUEUE,))
    assert plan


def test_records_in_a_bucket_are_written_below_the_functions_own_prefix() -> None:
    refused = denial("s3:PutObject", f"{BUCKET}/any", witness=Witness.CONFIG)
    seen = evidence(function=function(destinations=(("failure", BUCKET),)))
    found, plan, _ = propose.plan(diagnose(refused, seen), refused, seen)
    (fix,) = found.fixes
    assert isinstance(fix, AddRoleStatements)
    assert fix.statements[0].resources == (f"{BUCKET}/aws/lambda/async/orders/*",)
    assert plan


def test_a_boundary_is_named_whatever_the_message_says() -> None:
    seen = evidence(identity(allow("sqs:*")), boundary(allow("s3:*")), function=DEAD)
    assert diagnose(claiming(SENDING, Layer.IDENTITY), seen).rule == "permissions_boundary"
