"""An embedded, IAM-enforcing AWS emulator with our own template on it."""
