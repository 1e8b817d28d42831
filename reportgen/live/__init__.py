"""A report that is refreshed during training: the journal of its values and the process that reads it."""
