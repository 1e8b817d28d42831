"""Reads logged values by name: delimited text, cells, names of columns, numbering of epochs and steps."""
