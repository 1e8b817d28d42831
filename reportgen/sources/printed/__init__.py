"""Reads what programs print while they train."""
