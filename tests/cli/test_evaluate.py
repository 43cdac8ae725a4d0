"""iam-watchdog evaluate, as contract 3 says."""

from __future__ import annotations

import argparse
import io
import json
from pathlib import Path
from typing import Any

import pytest

from iam_watchdog_cli import evaluate
from tests.policy.cases import EXPECT, golden

KEYS = ["id", "decision", "effect", "layers", "statements", "unknown"]
LAYERS = {"identity", "boundary", "session", "resource", "scp", "rcp", "vpce"}
ANSWERS = {"allowed", "implicit", "explicit", "unknown", "absent"}
ASKED = {"principal": "arn:aws:iam::111111111111:user/bob", "action": "s3:GetObject", "resource": "arn:aws:s3:::b/k"}


def document(effect: str = "Allow", **more: Any) -> dict[str, Any]:
    return {"Statement": [{"Sid": "One", "Effect": effect, "Action": "s3:*", "Resource": "*"} | more]}


def case(**more: Any) -> dict[str, Any]:
    return {"id": 7, "request": ASKED | {"resource_account": "111111111111"}} | more


def asked(found: dict[str, Any]) -> dict[str, Any]:
    return evaluate.answer(json.dumps(found))


def command(text: str, monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    parser = argparse.ArgumentParser()
    evaluate.configure(parser)
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(text.encode("utf-8", "surrogateescape"))))
    return evaluate.run(parser.parse_args(arguments))


def test_a_line_for_each_case_in_order(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    lines = "\n".join(json.dumps(one) for one in golden())
    assert command(lines, monkeypatch, "--jsonl") == 0
    found = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [one["id"] for one in found] == [one["id"] for one in golden()]
    assert [(one["decision"], one["effect"]) for one in found] == [EXPECT[one["expect"]] for one in golden()]
    for one in found:
        assert list(one) == KEYS
        assert one["layers"].keys() == LAYERS
        assert set(one["layers"].values()) <= ANSWERS


def test_the_policies_are_named_by_their_place() -> None:
    deny = document("Deny")
    open_to_all = document(Principal="*")
    found = asked(
        case(
            identity=[document(), deny],
            boundary=deny,
            session=deny,
            scps=[[document()], [document(), deny]],
            rcps=[[document("Deny", Principal="*")]],
            resource_policy=document("Deny", Principal="*"),
            vpce=[open_to_all, document("Deny", Principal="*")],
        )
    )
    assert [one["policy"] for one in found["statements"]] == [
        *("identity[1]", "boundary", "session", "resource_policy", "scps[1][1]", "rcps[0][0]", "vpce[1]")
    ]
    first = {"layer": "identity", "policy": "identity[1]", "index": 0, "sid": "One", "effect": "Deny"}
    assert found["statements"][0] == first
    assert set(found["layers"].values()) == {"explicit"}


def test_layers_that_are_not_given_are_absent() -> None:
    found = asked(case(identity=[document()]))
    assert (found["decision"], found["effect"], found["layers"]["identity"]) == ("allowed", None, "allowed")
    assert {name for name, answer in found["layers"].items() if answer == "absent"} == LAYERS - {"identity"}


def test_a_key_that_is_absent_from_the_case_is_absent_and_not_unknown() -> None:
    condition = {"StringEquals": {"aws:SourceVpce": "v"}}
    assert asked(case(identity=[document(Condition=condition)]))["decision"] == "denied"


def test_an_unknown_answer_says_why() -> None:
    found = asked(case(identity=[document(Action="*:GetObject")]))
    assert (found["decision"], found["effect"]) == ("unknown", None)
    assert found["unknown"]


def test_numbers_and_booleans_of_the_context_are_texts() -> None:
    condition = {"Bool": {"aws:SecureTransport": True}, "NumericEquals": {"s3:max-keys": 10}}
    found = case(identity=[document(Condition=condition)])
    found["request"] |= {"context": {"aws:SecureTransport": True, "s3:max-keys": 10}}
    assert asked(found)["decision"] == "allowed"


BAD = {
    "{": "not JSON",
    "[" * 100_000: "not JSON",
    "[1]": "not a JSON object",
    '{"id":7}': "request:",
    json.dumps(case(request=ASKED | {"action": None})): "request.action",
    json.dumps(case(request=ASKED | {"principal": ""})): "request.principal",
    json.dumps(case(request=ASKED | {"resource": 1})): "request.resource",
    json.dumps(case(request=ASKED | {"resource_account": 111111111111})): "request.resource_account",
    json.dumps(case(request=ASKED | {"context": []})): "request.context",
    json.dumps(case(request=ASKED | {"context": [1]})): "request.context",
    json.dumps(case(request=ASKED | {"context": {"aws:x": {}}})): "request.context.aws:x",
    json.dumps(case(request=ASKED | {"context": {"aws:x": None}})): "request.context.aws:x",
    json.dumps(case(identity={})): "identity",
    json.dumps(case(identity=["x"])): "identity[0]",
    json.dumps(case(scps=[document()])): "scps[0]",
    json.dumps(case(rcps=[[document()], ["x"]])): "rcps[1][0]",
    json.dumps(case(boundary=[])): "boundary",
    json.dumps(case(resource_policy="x")): "resource_policy",
    json.dumps(case(vpce=document())): "vpce",
    json.dumps(case(scp=[[document()]])): "scp:",
}


@pytest.mark.parametrize(("line", "field"), BAD.items(), ids=BAD.values())
def test_a_bad_line_gets_an_error_that_names_the_field(line: str, field: str) -> None:
    found = evaluate.answer(line)
    assert list(found) == ["id", "error"]
    assert found["error"].startswith(field)
    assert found["id"] == (7 if '"id"' in line else None)


def test_bytes_that_are_no_text_do_not_stop_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command("\udcff\n" + json.dumps(case(id="\udcff")), monkeypatch, "--jsonl") == 0
    assert len(capsys.readouterr().out.splitlines()) == 2


def test_a_bad_line_does_not_stop_the_next(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert command("nonsense\n\n" + json.dumps(case()), monkeypatch, "--jsonl") == 0
    first, second = map(json.loads, capsys.readouterr().out.splitlines())
    assert (first["id"], second["decision"]) == (None, "denied")


def test_a_malformed_document_is_reported_and_the_rest_decides() -> None:
    found = asked(case(identity=[document(), {"Statement": "x"}]))
    assert found["decision"] == "unknown"
    assert any("identity[1]: Statement" in reason for reason in found["unknown"])


def test_the_gates_stand_one_under_another(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file = tmp_path / "cases.jsonl"
    wrong = {"StringEquals": {"aws:SourceVpce": "vpce-1"}}
    file.write_text(json.dumps(case(identity=[document(Condition=wrong)], scps=[[document()]])))
    assert command("", monkeypatch, str(file)) == 0
    drawn = capsys.readouterr().out
    assert "[open   ] scp" in drawn
    assert "[shut   ] identity" in drawn
    assert "not by identity[0] statement 1: StringEquals aws:SourceVpce wants vpce-1, the call has nothing" in drawn
    assert "=> DENIED (implicit)" in drawn


def test_control_characters_are_not_drawn() -> None:
    name = "\x1b[31mred\u202e"
    drawn = evaluate.drawn(json.dumps(case(id=name, identity=[document("Deny", Sid=name)])))
    assert "\x1b" not in drawn
    assert "\u202e" not in drawn


def test_a_file_that_cannot_be_read_is_bad_input(monkeypatch: pytest.MonkeyPatch) -> None:
    assert command("", monkeypatch, "no/such/file") == 2


@pytest.mark.parametrize("text", ["{", "nonsense\n", '{"request": 5}', ""])
def test_a_case_that_cannot_be_read_ends_with_2_and_is_said_where_errors_are(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], text: str
) -> None:
    """Nothing was decided: a script must not take it for an answer."""
    assert command(text, monkeypatch) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("iam-watchdog evaluate: ")
    assert command(text, monkeypatch, "--json") == 2
    assert [list(one) for one in json.loads(capsys.readouterr().out)["cases"]] == [["id", "error"]] * bool(text)


def test_one_bad_case_among_good_ones_is_told_with_its_line_and_the_good_are_decided(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    text = f"{json.dumps(case())}\n\nnonsense\n"
    assert command(text, monkeypatch) == 2
    out, err = capsys.readouterr()
    assert "=> DENIED" in out
    assert "line 3" in err
    assert command(text, monkeypatch, "--json") == 2
    first, second = json.loads(capsys.readouterr().out)["cases"]
    assert (first["decision"], list(second)) == ("denied", ["id", "error"])


@pytest.mark.parametrize("several", [False, True])
def test_a_case_may_be_spread_over_lines_as_people_write_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], several: bool
) -> None:
    found: Any = [case(), case()] if several else case()
    assert command(json.dumps(found, indent=2), monkeypatch, "--json") == 0
    assert [one["decision"] for one in json.loads(capsys.readouterr().out)["cases"]] == ["denied"] * (1 + several)


def test_what_is_no_json_in_json_is_not_printed_back(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Python takes NaN; whoever reads our answer does not."""
    assert command('{"id": NaN}', monkeypatch, "--jsonl") == 0
    assert json.loads(capsys.readouterr().out)["error"] == "not JSON: NaN is no JSON"
