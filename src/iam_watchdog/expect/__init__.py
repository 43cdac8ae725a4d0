"""Pure: what must be allowed for a function to work."""
