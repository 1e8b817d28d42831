"""Arguments and options that several commands share, and how their texts are read."""

from typing import Annotated

import typer

Source = Annotated[
    str, typer.Argument(metavar="SOURCE", help="CSV log, history JSON or an earlier report; - is standard input.")
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
