"""The report as data: `words` is what it says, `build` adds the charts and the embedded history."""
