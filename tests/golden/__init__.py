"""One incident a rule: events/<rule>.json in, and what is made of it; `python -m tests.golden` writes it anew."""
