"""Where a finished report goes. In: finished pages and text. Out: a file whole or not at all, text, or a mail."""
