"""What the rows of printed tables say."""

from reportgen.sources.printed.dialects import Statement, Value
from reportgen.sources.printed.grid import Row, cell_count, cell_number, plain_name
from reportgen.sources.printed.names import is_a_count, name_parts


def row_statement(row: Row) -> Statement:
    """What a row of a printed table says."""
    columns = row.columns
    epoch = planned = step = n_steps = None
    values = []
    for index, (name, cell) in enumerate(zip(columns.names, row.cells, strict=False)):
        if index in (columns.epoch, columns.step):
            counted = cell_count(cell)
            whole = int(counted[0]) if counted and counted[0] == int(counted[0]) else None
            if index == columns.epoch:
                epoch, planned = whole, counted[1] if counted else None
            else:
                step, n_steps = whole, counted[1] if counted else None
            continue
        number = cell_number(cell)
        plain = plain_name(name)
        if number is None or not plain or is_a_count(plain):
            continue
        part = name_parts(plain)
        values.append(Value(part.name, part.split, number, "%" in cell, plain))
    return Statement(epoch, planned, step, n_steps, values=tuple(values), is_running=columns.is_box)
