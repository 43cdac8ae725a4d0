"""Lambda entry points: unwrap the envelope, call the story, answer."""
