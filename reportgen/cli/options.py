"""Arguments and options that several commands share, and how their texts are read."""

from typing import Annotated

import typer

Source = Annotated[
    str,
    typer.Argument(
        metavar="SOURCE", help="Log file, folder or URL of a training, or an earlier report; - is standard input."
    ),
]
Format = Annotated[
    str | None, typer.Option("--format", metavar="NAME", help="Format of the log; told by its content if not given.")
]
Columns = Annotated[
    list[str] | None,
    typer.Option(
        "--columns",
        metavar="COLUMN=NAME,...",
        help="What columns are: loss, val_loss, epoch, step; no name leaves a column out; may be repeated.",
    ),
]
ValidationFreq = Annotated[
    int | None,
    typer.Option("--validation-freq", min=1, help="Every how many epochs validation ran, if its lists are shorter."),
]
Direction = Annotated[
    list[str] | None,
    typer.Option(
        "--direction", metavar="METRIC=lower|higher", help="Which values of a metric are better; may be repeated."
    ),
]
Lang = Annotated[
    str, typer.Option("--lang", metavar="LANG", help="Language of every word: en (English) or zh-CN (Chinese).")
]


def read_directions(given: list[str] | None) -> dict[str, str]:
    """The directions of ``--direction f2=higher``; the last "=" parts name and direction, as names may hold one."""
    said = {}
    for text in given or ():
        name, equals, way = text.rpartition("=")
        if not equals or not name or way not in ("lower", "higher"):
            raise typer.BadParameter(f"{text!r} is no direction; METRIC=lower or METRIC=higher is needed")
        said[name] = way
    return said


def read_columns(given: list[str] | None) -> dict[str, str]:
    """The columns of ``--columns train=loss,valid=val_loss``; the last "=" of each parts column and name."""
    said = {}
    for text in given or ():
        for part in text.split(","):
            column, equals, name = part.rpartition("=")
            if not equals or not column:
                raise typer.BadParameter(f"{part!r} names no column; COLUMN=NAME is needed, such as valid=val_loss")
            said[column] = name.strip()
    return said
