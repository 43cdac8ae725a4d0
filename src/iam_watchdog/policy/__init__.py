"""Pure: the IAM policy language, and decisions as AWS makes them."""
