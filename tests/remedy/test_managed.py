"""The pinned documents are the ones that AWS published, as far as anyone here can tell."""

import json

import pytest

from iam_watchdog.records import document_hash
from iam_watchdog.remedy import managed

moto = pytest.importorskip("moto.iam.aws_managed_policies")


def test_each_pinned_document_is_the_published_one() -> None:
    published = json.loads(moto.aws_managed_policies_data)
    for arn, text in managed.DOCUMENTS.items():
        assert document_hash(text) == document_hash(json.dumps(published[arn.rpartition("/")[2]]["Document"])), arn


def test_a_policy_is_found_in_any_partition() -> None:
    role = "arn:aws-cn:iam::111122223333:role/r"
    arn = managed.arn_of(managed.BASIC, role)
    assert arn == "arn:aws-cn:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
    assert managed.document_of(arn) == managed.DOCUMENTS[arn.replace("aws-cn", "aws")]


def test_a_policy_that_nobody_reviewed_has_no_document() -> None:
    assert managed.document_of("arn:aws:iam::aws:policy/AdministratorAccess") is None
