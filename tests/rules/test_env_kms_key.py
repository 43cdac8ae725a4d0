"""The function's environment variables cannot be decrypted: its key is shut, or Lambda's grant on it is gone."""

from iam_watchdog.model import Advice, Allow, Evidence, Kind, Layer, Unread, Witness
from iam_watchdog.remedy import propose
from iam_watchdog.rules import diagnose, env_kms_key
from tests.rules.cases import KEY, ROLE, allow, claiming, denial, evidence, function, key_policy

SHUT = denial("kms:Decrypt", KEY, kind=Kind.LAMBDA_ENV_KMS, witness=Witness.CONFIG)
SEEN = evidence(key_policy(), function=function(key=KEY, state_reason_code="KMSKeyAccessDenied"))


def test_it_is_silent_about_a_key_that_the_code_uses() -> None:
    assert env_kms_key.examine(denial("kms:Decrypt", KEY), SEEN) is None


def test_it_names_key_and_reason() -> None:
    found = diagnose(SHUT, SEEN)
    assert (found.rule, found.layer) == ("env_kms_key", Layer.RESOURCE)
    assert f"cannot be decrypted with {KEY} (KMSKeyAccessDenied)" in found.because


def test_it_is_only_advice_and_says_to_save_again() -> None:
    found, plan, _ = propose.plan(diagnose(SHUT, SEEN), SHUT, SEEN)
    (fix,) = found.fixes
    assert isinstance(fix, Advice)
    assert "Save the function's configuration again" in fix.text
    assert plan is None


def test_the_statement_is_shown_only_if_the_key_policy_was_read_and_lacks_it() -> None:
    def advised(seen: Evidence) -> tuple[Allow, ...]:
        (fix,) = diagnose(SHUT, seen).fixes
        assert isinstance(fix, Advice)
        return fix.statements

    here = function(key=KEY)
    assert advised(SEEN) == ()
    assert advised(evidence(function=here, unread=[Unread(Layer.RESOURCE, f"key policy of {KEY}", "denied")])) == ()
    shut = evidence(key_policy(allow("kms:Put*", Principal={"AWS": "arn:aws:iam::111122223333:root"})), function=here)
    assert advised(shut) == (Allow(("kms:Decrypt",), ("*",), (), (("AWS", ROLE),)),)


def test_a_message_that_blames_the_role_changes_nothing() -> None:
    assert diagnose(claiming(SHUT, Layer.IDENTITY), SEEN).rule == "env_kms_key"
