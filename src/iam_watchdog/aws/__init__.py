"""The only package that imports boto3; hands.py is the only file that changes anything."""
