"""Pure: one symptom a file; examine(denial, evidence) returns a Diagnosis or None."""
