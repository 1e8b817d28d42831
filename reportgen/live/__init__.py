"""A report that is refreshed while a training runs: the journal of its values and the process that reads it."""
