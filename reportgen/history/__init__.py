"""A training run as data: the frame of logged values, the facts of the run, notes on how it was read, its JSON form."""
