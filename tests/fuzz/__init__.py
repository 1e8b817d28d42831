"""Readers under fire: a fuzzer over every one of them, and what it once broke them with."""
