"""A fuzzer for all readers, and the inputs that once crashed one."""
