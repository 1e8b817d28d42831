"""Output of reports: files, text, Markdown, build servers, mail."""
