"""Where a finished report goes. In: finished text. Out: a file, whole or not at all."""
