"""A report that is refreshed during training: the journal of values, and the process that reads it."""
