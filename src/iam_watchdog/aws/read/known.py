"""What `Evidence.facts` and `Target.traits` may hold: every name, its values and who says so, in one place."""

from __future__ import annotations

from collections.abc import Mapping

FACTS: Mapping[str, str] = {
    "function_exists": '"false" when Lambda does not know the function or its qualifier; absent when it does',
    "role_exists": '"true" or "false": IAM knows the execution role',
    "log_group_matches": '"true" or "false": the line came through the group of the function\'s LoggingConfig',
    "other_role": "ARN of the role (without path, as a session names it) that the denial names instead of the "
    "function's own",
    "principal_exists": '"true" or "false": IAM knows the role that is named in other_role',
    "quarantine": "name of the policy on the role that quarantines it or revokes its older sessions",
    "source_exists": '"true" or "false": the trigger that may not start the function is there; absent: not asked',
    "source_targets_function": '"true" or "false": the trigger is set to start this function; absent: not known',
    "source_made_by": "who set the trigger to start this function: an ARN, and the service that did it on their behalf",
    "source_made_at": "when that was, as ISO 8601",
    "source_made_event": "the CloudTrail event that did it: PutTargets, PutBucketNotification, Subscribe …",
    "called": "ARN that CloudTrail's own record of the refused call names, where the text names none",
    "called_event": "id of that record",
    "called_request": "id of the very request, which text and record both tell; absent: it was the only such refusal "
    "within a minute",
    "verify_event": 'version of the safe event with which the function would be tried, or "none"; absent: not asked',
    "witness_confirmed": '"cloudtrail" (its record of this event id agrees) or "authorization" (AWS\'s answer agrees)',
    "witness_unconfirmed": "why the CloudTrail record or the authorization id was not accepted, in words",
    "document:<policy ARN>": 'SHA-256 of the allow-listed managed policy\'s document as it is now, or "unread"',
    "authorization": "AWS's own answer to the authorization id, as JSON: evaluations, policies, context",
    "decoded": "the decoded EC2 message, as JSON: explicitDeny, action, resource, conditions, matchedStatements",
    "decoded_discarded": "why the decoded message was thrown away, in words",
    "validation_error": "what IAM Access Analyzer holds to be an error in the proposed policy, in its words",
    "validation_security_warning": "what it warns of in the proposed policy, in its words",
    "organization": '"none", "member" or "management": SCPs and RCPs bind only members',
    "organization_complete": '"true" when all SCPs and RCPs from the root to the account were read',
}
"""Fact → what it says."""

TRAITS: Mapping[str, str] = {
    "exists": '"false" when its service does not know it; absent when it does',
    "arn": '"told" when its service itself named this ARN: of a secret, with its six random characters',
    "owner": '"own", "listed" or "unknown": whose it is, where the ARN does not tell (S3)',
    "encryption": 'how it is encrypted: "aws:kms", "aws:kms:dsse", "AES256", "aws-managed key", "none"',
    "public_access_block": "the settings of S3 Block Public Access that are on, comma-separated",
    "ownership": "S3 Object Ownership: BucketOwnerEnforced, BucketOwnerPreferred or ObjectWriter",
    "manager": 'of a key: "AWS" or "CUSTOMER"',
    "state": "of a key: Enabled, Disabled, PendingDeletion …; of a rule: ENABLED, DISABLED",
    "grants": "of a key: JSON list of {grantee, operations, constraints, name}",
    "grants_truncated": '"true" when the key has more grants than were listed',
    "alias": "the alias by which a key or an access point was named",
    "bucket": "of an access point: ARN of the bucket behind it",
    "origin": "of an access point: Internet, or VPC where it takes calls from one network alone",
    "type": "of a parameter: String, StringList or SecureString; of a log group: its class",
}
"""Trait → what it says."""
