"""Every run that `histories` and `shaped_runs` can make, keyed by name."""

import histories
import shaped_runs

ALL = {
    name: make
    for module in (histories, shaped_runs)
    for name, make in vars(module).items()
    if callable(make)
    and make.__module__ == module.__name__
    and name[0] != "_"
    and name not in ("history", "of_tool", "zigzag")
}
