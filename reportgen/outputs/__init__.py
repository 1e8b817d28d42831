"""Where a report goes: files, text, Markdown, build servers, mail."""
