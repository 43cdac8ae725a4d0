"""Pure: one output language a file; each renders exactly the proven grant."""
