"""The report as data: `words` has its text, `build` adds the charts and the embedded history."""
