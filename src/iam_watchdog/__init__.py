"""A guard for the Lambda functions of an AWS account: finds, explains, fixes and proves IAM failures."""
