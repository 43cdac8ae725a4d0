"""Pure: text or a CloudTrail record in, denials out."""
