"""One reader a service; each declares the IAM actions it needs in ACTIONS."""
