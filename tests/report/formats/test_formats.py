"""Every output language is parsed back: what it says is exactly the grant, whatever the names hold."""

from __future__ import annotations

import ast
import json
import os
import shlex
from typing import Any

import botocore.session
import hcl2
import pytest
import samtranslator
import yaml
from botocore import xform_name
from botocore.model import StructureShape
from botocore.validate import ParamValidator
from hypothesis import given
from hypothesis import strategies as st

from iam_watchdog.model import (
    AddInvokePermission,
    AddRoleStatements,
    Advice,
    Allow,
    AttachManagedPolicy,
    Deny,
    Fix,
    Guardrail,
    Layer,
)
from iam_watchdog.remedy.document import policy_document, statement
from iam_watchdog.report.formats import FORMATS, render, short_sam
from iam_watchdog.report.formats.short_sam import TEMPLATES
from iam_watchdog.report.formats.writing import identifier, python_text, quoted, yaml_text

ROLE = "arn:aws:iam::111122223333:role/app/orders-role"
HOSTILE = (
    "incoming/*",
    'quote".csv',
    "it's.csv",
    "back\\slash",
    "${aws:username}/x",
    "%{ if true }",
    "new\nline",
    "# comment",
    "'; rm -rf / #",
    "$(reboot)`reboot`",
    "\u202egnp.exe",
    "\x1b[31mred",
    "null",
    "!Ref Secret",
    "{{ jinja }}",
    "<script>",
    "ünïcödé 🗝",
    "*not bold* _nor this_",
    "a: b",
    "- item",
)


def grant(key: str) -> AddRoleStatements:
    allow = Allow(
        ("s3:GetObject", "s3:GetObjectVersion"),
        (f"arn:aws:s3:::orders/{key}",),
        (("StringEquals", "aws:ResourceAccount", ("111122223333",)),),
        sid="Read",
    )
    return AddRoleStatements(ROLE, (allow, Allow(("kms:Decrypt",), ("arn:aws:kms:eu-west-1:111122223333:key/k",))))


def advice(key: str) -> Advice:
    allow = Allow(("s3:GetObject",), (f"arn:aws:s3:::orders/{key}",), principals=(("AWS", ROLE),))
    return Advice(Layer.RESOURCE, "arn:aws:s3:::orders", "the bucket policy has to admit the role", (allow,))


INVOKE = AddInvokePermission(
    "arn:aws:lambda:eu-west-1:111122223333:function:f",
    "live",
    "s3.amazonaws.com",
    "arn:aws:s3:::orders",
    "111122223333",
)
ATTACH = AttachManagedPolicy(ROLE, "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole")


@pytest.mark.parametrize("fix", [grant("k"), advice("k"), INVOKE, ATTACH, Advice(Layer.SCP, "p-1", "ask its owner")])
def test_every_fix_has_every_language_and_words_alone_have_none(fix: Fix) -> None:
    forms = render(fix)
    assert list(forms) == list(FORMATS) == ["json", "sam", "cloudformation", "cli", "terraform", "cdk"]
    assert all(forms.values()) == (not (isinstance(fix, Advice) and not fix.statements))


def test_a_recommended_deny_is_the_same_in_every_language() -> None:
    only = ("ArnEquals", "lambda:SourceFunctionArn", (INVOKE.function,))
    beside = Guardrail(ROLE, "Deny it to the code.", (Deny(("ec2:DeleteNetworkInterface",), ("*",), (only,), "Own"),))
    document = policy_document(beside.statements)
    assert document["Statement"][0]["Effect"] == "Deny"
    forms = render(beside, "fix")
    assert json.loads(forms["json"]) == document
    assert yaml.safe_load(forms["sam"])["Policies"] == [document]
    (resource,) = yaml.safe_load(forms["cloudformation"])["Resources"].values()
    assert resource["Properties"]["PolicyDocument"] == document
    words = shlex.split(forms["cli"])
    assert json.loads(words[-1]) == document
    assert "jsonencode" in forms["terraform"]
    assert '"Deny"' in forms["terraform"]
    assert "'Effect': 'Deny'" in forms["cdk"]


@pytest.mark.parametrize("key", HOSTILE)
def test_json_is_the_document(key: str) -> None:
    assert json.loads(render(grant(key))["json"]) == policy_document(grant(key).statements)


@pytest.mark.parametrize("key", HOSTILE)
def test_yaml_reads_back_as_the_document(key: str) -> None:
    document = policy_document(grant(key).statements)
    forms = render(grant(key))
    assert yaml.safe_load(forms["sam"])["Policies"] == [document]
    (resource,) = yaml.safe_load(forms["cloudformation"])["Resources"].values()
    assert resource["Properties"]["PolicyDocument"] == document
    assert resource["Properties"]["Roles"] == ["orders-role"]
    assert yaml.safe_load(render(advice(key))["cloudformation"]) == [statement(advice(key).statements[0])]


@pytest.mark.parametrize("key", HOSTILE)
def test_the_shell_sees_one_word_for_each_value(key: str) -> None:
    words = shlex.split(render(grant(key), "fix")["cli"])
    assert words[:3] == ["aws", "iam", "put-role-policy"]
    flags = dict(zip(words[3::2], words[4::2], strict=True))
    assert json.loads(flags["--policy-document"]) == policy_document(grant(key).statements)
    call = {"RoleName": flags["--role-name"], "PolicyName": flags["--policy-name"]}
    _validate("iam", "PutRolePolicy", call | {"PolicyDocument": flags["--policy-document"]})


@pytest.mark.parametrize(
    ("owner", "client", "operation", "named"),
    [
        ("arn:aws:s3:::orders", "s3", "GetBucketPolicy", {"--bucket": "orders"}),
        (
            "arn:aws:s3:eu-west-1:111122223333:accesspoint/orders",
            "s3control",
            "GetAccessPointPolicy",
            {"--account-id": "111122223333", "--name": "orders"},
        ),
        (
            "arn:aws:lambda:eu-west-1:111122223333:layer:tools:3",
            "lambda",
            "GetLayerVersionPolicy",
            {"--layer-name": "arn:aws:lambda:eu-west-1:111122223333:layer:tools", "--version-number": "3"},
        ),
    ],
)
def test_the_owners_document_is_read_by_the_call_that_shows_it(
    owner: str, client: str, operation: str, named: dict[str, str]
) -> None:
    fix = Advice(Layer.RESOURCE, owner, "the owner has to admit the role", advice("k").statements)
    words = shlex.split(render(fix)["cli"].splitlines()[-1])
    assert (words[1].removesuffix("api"), words[2]) == (client, xform_name(operation, "-"))
    assert dict(zip(words[3::2], words[4::2], strict=True)) == named
    shape = botocore.session.get_session().get_service_model(client).operation_model(operation).input_shape
    assert isinstance(shape, StructureShape)
    assert {xform_name(member, "-") for member in shape.required_members} == {key[2:] for key in named}


def _validate(service: str, operation: str, given: dict[str, Any]) -> None:
    shape = botocore.session.get_session().get_service_model(service).operation_model(operation).input_shape
    assert shape is not None
    errors = ParamValidator().validate(given, shape)
    assert not errors.has_errors(), errors.generate_report()


def test_the_other_commands_have_parameters_that_aws_takes() -> None:
    words = shlex.split(render(INVOKE, "st-1")["cli"])
    flags = {w.removeprefix("--").title().replace("-", ""): v for w, v in zip(words[3::2], words[4::2], strict=True)}
    assert flags == json.loads(render(INVOKE, "st-1")["json"])
    _validate("lambda", "AddPermission", flags)
    words = shlex.split(render(ATTACH)["cli"])
    assert words == [
        "aws",
        "iam",
        "attach-role-policy",
        "--role-name",
        "orders-role",
        "--policy-arn",
        ATTACH.policy_arn,
    ]


@pytest.mark.parametrize("key", HOSTILE)
def test_a_comment_holds_what_strangers_named_on_its_line(key: str) -> None:
    fix = Advice(Layer.RESOURCE, f"arn:aws:s3:::orders/{key}", "x", advice(key).statements)
    lines = render(fix)["cli"].splitlines()
    assert [line[:5] for line in lines] == ["# arn", '# [{"', "aws s"]


@pytest.mark.parametrize("key", HOSTILE)
def test_terraform_reads_back_as_the_document(key: str) -> None:
    text = render(grant(key), "fix")["terraform"]
    resource = hcl2.loads(text + "\n")["resource"][0]
    ((_, body),) = next(iter(resource.values())).items()
    assert "jsonencode" in body["policy"]
    literals = _hcl_strings(text)
    assert f"arn:aws:s3:::orders/{key}" in literals
    assert not [literal for literal in literals if literal.startswith("unsafe")]


def _hcl_strings(text: str) -> list[str]:
    """The double-quoted literals of HCL as Terraform would read them; an open interpolation is an error."""
    out, i = [], 0
    while (i := text.find('"', i)) >= 0:
        value, i = "", i + 1
        while text[i] != '"':
            assert text[i : i + 2] not in ("${", "%{"), "an interpolation was opened"
            if text[i : i + 3] in ("$${", "%%{"):
                value, i = value + text[i + 1 : i + 3], i + 3
            elif text[i] == "\\":
                width = {"u": 6, "U": 10}.get(text[i + 1], 2)
                value, i = value + _unescape(text[i : i + width]), i + width
            else:
                value, i = value + text[i], i + 1
        out.append(value)
        i += 1
    return out


def _unescape(escape: str) -> str:
    plain = {"\\n": "\n", "\\r": "\r", "\\t": "\t", '\\"': '"', "\\\\": "\\"}
    return plain.get(escape) or chr(int(escape[2:], 16))


@pytest.mark.parametrize("key", HOSTILE)
def test_cdk_is_python_whose_literals_are_the_document(key: str) -> None:
    tree = ast.parse(render(grant(key), "fix")["cdk"])
    (call,) = [n for n in ast.walk(tree) if isinstance(n, ast.Call) and getattr(n.func, "attr", "") == "from_json"]
    assert ast.literal_eval(call.args[0]) == policy_document(grant(key).statements)
    ast.parse(render(advice(key))["cdk"])
    ast.parse(render(ATTACH)["cdk"])
    ast.parse(render(INVOKE)["cdk"])


def test_the_command_line_speaks_of_a_command_below_only_where_one_stands() -> None:
    assert "the command below prints" in render(advice("a"))["cli"]
    allow = Allow(("s3:GetObject",), ("arn:aws:s3:::orders/a",))
    assert "below" not in render(Advice(Layer.IDENTITY, ROLE, "not proven", (allow,)))["cli"]


def test_the_sam_translator_takes_the_short_and_the_long_form(translate: Any) -> None:
    fix = AddRoleStatements(ROLE, (Allow(("s3:GetObject",), ("arn:aws:s3:::orders/incoming/*",)),))
    short = short_sam(fix)
    assert short is not None
    assert "s3:ListBucket" in short.surplus
    assert "the bucket and every object in it" in short.surplus
    for policies in (yaml.safe_load(short.text), yaml.safe_load(render(fix)["sam"])):
        roles = [r for r in translate(policies)["Resources"].values() if r["Type"] == "AWS::IAM::Role"]
        assert "s3:GetObject" in json.dumps(roles[0]["Properties"]["Policies"])


@pytest.fixture
def translate() -> Any:
    from samtranslator.translator.transform import transform  # noqa: PLC0415 - slow to import

    def run(properties: dict[str, Any], **beside: dict[str, Any]) -> dict[str, Any]:
        code = {"InlineCode": "x", "Handler": "index.h", "Runtime": "python3.13"}
        function = {"Type": "AWS::Serverless::Function", "Properties": code | properties}
        template = {"Transform": "AWS::Serverless-2016-10-31", "Resources": {"F": function, **beside}}
        return dict(transform(template, {}, _NoManagedPolicies()))

    os.environ.setdefault("AWS_DEFAULT_REGION", "us-east-1")
    return run


class _NoManagedPolicies:
    """Loads no managed policy names: the forms under test name ARNs or templates."""

    def load(self) -> dict[str, str]:
        return {}


def test_no_short_form_is_offered_where_sam_has_none() -> None:
    assert short_sam(AddRoleStatements(ROLE, (Allow(("glue:GetTable",), ("arn:aws:glue:r:1:table/d/t",)),))) is None
    assert short_sam(INVOKE) is None
    assert short_sam(grant("${aws:username}")) is None
    assert short_sam(AttachManagedPolicy(ROLE, "arn:aws:iam::111122223333:policy/orders-reader")) is None
    managed = short_sam(ATTACH)
    assert managed is not None
    assert yaml.safe_load(managed.text) == {"Policies": ["AWSLambdaBasicExecutionRole"]}


@pytest.mark.parametrize(
    ("action", "arn", "offered"),
    [
        ("sqs:SendMessage", "arn:aws:sqs:eu-west-1:111122223333:orders", False),
        ("dynamodb:GetItem", "arn:aws:dynamodb:eu-west-1:111122223333:table/orders", False),
        ("sqs:SendMessage", "arn:aws:sqs:us-east-1:111122223333:orders", True),
        ("s3:GetObject", "arn:aws:s3:::orders/incoming/*", True),
        ("secretsmanager:GetSecretValue", "arn:aws:secretsmanager:eu-west-1:111122223333:secret:db-AbCdEf", True),
    ],
)
def test_no_template_is_offered_that_would_name_its_like_in_the_stacks_own_region(
    action: str, arn: str, offered: bool
) -> None:
    fix = AddRoleStatements(ROLE, (Allow((action,), (arn,)),))
    assert (short_sam(fix, "us-east-1") is not None) is offered
    assert short_sam(fix) is not None


def trigger(principal: str, source: str, qualifier: str | None = None) -> AddInvokePermission:
    return AddInvokePermission(INVOKE.function, qualifier, f"{principal}.amazonaws.com", source, None)


@pytest.mark.parametrize(
    "fix",
    [
        trigger("events", "arn:aws:events:eu-west-1:111122223333:rule/nightly"),
        trigger("sns", "arn:aws:sns:eu-west-1:111122223333:orders", "live"),
        trigger("sns", "arn:aws:sns:eu-west-1:111122223333:${orders}"),
        trigger("apigateway", "arn:aws:execute-api:eu-west-1:111122223333:a1b2c3/*/POST/orders"),
        trigger("cognito-idp", "arn:aws:cognito-idp:eu-west-1:111122223333:userpool/p"),
    ],
)
def test_no_event_is_offered_that_would_not_be_this_trigger(fix: AddInvokePermission) -> None:
    assert short_sam(fix) is None


TRIGGERS = {
    "sns": "arn:aws:sns:eu-west-1:111122223333:orders",
    "logs": "arn:aws:logs:eu-west-1:111122223333:log-group:/shop/orders:*",
    "s3": "arn:aws:s3:::orders-in",
}


@pytest.mark.parametrize("service", TRIGGERS)
def test_sam_makes_the_permission_out_of_the_event(translate: Any, service: str) -> None:
    short = short_sam(trigger(service, TRIGGERS[service]))
    assert short is not None
    made = translate(yaml.safe_load(short.text), OrdersIn={"Type": "AWS::S3::Bucket"})["Resources"].values()
    (permission,) = [r["Properties"] for r in made if r["Type"] == "AWS::Lambda::Permission"]
    assert permission["Action"] == "lambda:InvokeFunction"
    assert permission["Principal"] == f"{service}.amazonaws.com"
    source = json.dumps(permission.get("SourceArn", ""))
    named = {"sns": TRIGGERS["sns"], "logs": "/shop/orders", "s3": ""}
    assert named[service] in source
    assert short.surplus


@pytest.mark.parametrize("name", TEMPLATES)
def test_the_short_forms_are_those_of_the_sam_translator(name: str) -> None:
    folder = os.path.dirname(samtranslator.__file__)
    with open(f"{folder}/policy_templates_data/policy_templates.json") as data:
        known = json.load(data)["Templates"][name]
    actions = [s["Action"] for s in known["Definition"]["Statement"] if s["Resource"] != "*"]
    flat = [a for item in actions for a in ([item] if isinstance(item, str) else item)]
    assert list(TEMPLATES[name].actions) == flat
    assert list(known["Parameters"]) == [TEMPLATES[name].parameter]


@given(st.text())
def test_a_quoted_string_is_the_same_string_in_yaml(text: str) -> None:
    assert yaml.safe_load(quoted(text)) == text
    assert quoted(text).isprintable()


@pytest.mark.parametrize("key", ["Null", "TRUE", "on", "No", "y", "StringEquals", "aws:SourceArn"])
def test_a_key_stays_a_key(key: str) -> None:
    assert yaml.safe_load(yaml_text({key: "x"})) == {key: "x"}


JSON = st.recursive(st.text(max_size=8) | st.booleans() | st.integers(), lambda inner: st.lists(inner, max_size=3)
                    | st.dictionaries(st.text(min_size=1, max_size=5), inner, max_size=3), max_leaves=8)  # fmt: skip


@given(JSON)
def test_values_read_back_in_yaml_and_python(value: Any) -> None:
    assert yaml.safe_load(yaml_text(value)) == value
    assert ast.literal_eval(python_text(value)) == value


@given(st.text())
def test_a_label_is_a_label_whatever_the_name(text: str) -> None:
    assert identifier(text).isidentifier()
    assert identifier(text).isascii()
