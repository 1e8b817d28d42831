"""Reads logged values by name: delimited text, cells, column names, and numbering of epochs and steps."""
