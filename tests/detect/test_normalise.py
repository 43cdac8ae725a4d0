"""What a text wrapped is joined again; what belongs to a name stays."""

import pytest

from iam_watchdog.detect.normalise import Place, resource

HERE = Place("aws", "eu-west-1", "111122223333")


@pytest.mark.parametrize(
    ("span", "whole"),
    [
        ("arn:aws:s3:::orders/in coming/a b.csv", "arn:aws:s3:::orders/in coming/a b.csv"),
        ("arn:aws:s3:::orders/in\n    coming/1.csv", "arn:aws:s3:::orders/incoming/1.csv"),
        ("arn:aws:sqs:eu-west-1:111122223333:\r\norders", "arn:aws:sqs:eu-west-1:111122223333:orders"),
    ],
)
def test_a_space_is_part_of_a_key_and_a_line_break_is_not(span: str, whole: str) -> None:
    assert resource("s3:GetObject", span, HERE) == whole
