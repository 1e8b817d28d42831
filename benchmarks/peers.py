"""Other tools that write a file for the same history: each reads history.csv in its own process.

    python -m benchmarks.peers NAME history.csv FOLDER

All draw the same two charts: loss and accuracy of training and validation by epoch.
"""

import os
import sys
from collections.abc import Callable
from pathlib import Path

PAIRS = (("loss", "val_loss"), ("accuracy", "val_accuracy"))


def floor(log: Path, folder: Path) -> None:
    """The minimum cost of a report with an Altair chart: our imports, and the conversion of one chart."""
    import altair as alt
    import jinja2  # noqa: F401  # because a report imports it
    import pandas as pd
    import vl_convert

    frame = pd.read_csv(log)
    chart = alt.Chart(frame).mark_line().encode(x="epoch:Q", y="loss:Q")
    svg = vl_convert.vegalite_to_svg(chart.to_dict(), allowed_base_urls=[])
    (folder / "chart.svg").write_text(svg, "utf-8")


def altair_inline(log: Path, folder: Path) -> None:
    """Altair's page, with all scripts inline."""
    import altair as alt
    import pandas as pd

    frame = pd.read_csv(log)
    charts = [
        alt.Chart(frame.melt("epoch", pair)).mark_line().encode(x="epoch:Q", y="value:Q", color="variable:N")
        for pair in map(list, PAIRS)
    ]
    (folder / "report.html").write_text(alt.hconcat(*charts).to_html(inline=True), "utf-8")


def plotly(log: Path, folder: Path) -> None:
    """Plotly's page, with plotly.js inline."""
    import pandas as pd
    import plotly.graph_objects as go
    from plotly.subplots import make_subplots

    frame = pd.read_csv(log)
    figure = make_subplots(rows=1, cols=2)
    for column, pair in enumerate(PAIRS, start=1):
        for name in pair:
            figure.add_trace(go.Scatter(x=frame["epoch"], y=frame[name], name=name), row=1, col=column)
    figure.write_html(folder / "report.html", include_plotlyjs=True)


def bokeh(log: Path, folder: Path) -> None:
    """Bokeh's page, with all scripts inline."""
    import pandas as pd
    from bokeh.embed import file_html
    from bokeh.layouts import row
    from bokeh.plotting import figure
    from bokeh.resources import INLINE

    frame = pd.read_csv(log)
    plots = []
    for pair in PAIRS:
        plot = figure()
        for name in pair:
            plot.line(frame["epoch"], frame[name], legend_label=name)
        plots.append(plot)
    (folder / "report.html").write_text(file_html(row(*plots), INLINE, "report"), "utf-8")


def dvclive(log: Path, folder: Path) -> None:
    """DVCLive's report, written once at the end."""
    import pandas as pd
    from dvclive import Live

    frame = pd.read_csv(log)
    os.chdir(folder)  # otherwise it creates a DVC project in the surrounding git repository
    with Live(str(folder / "dvclive"), report="html", save_dvc_exp=False, cache_images=False) as live:
        for record in frame.to_dict("records"):
            for pair in PAIRS:
                for name in pair:
                    live.log_metric(name, record[name])
            live.step += 1


def matplotlib(log: Path, folder: Path) -> None:
    """Two PNGs, as most people make them."""
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt
    import pandas as pd

    frame = pd.read_csv(log)
    for pair in PAIRS:
        figure, axes = plt.subplots()
        for name in pair:
            axes.plot(frame["epoch"], frame[name], label=name)
        axes.legend()
        figure.savefig(folder / f"{pair[0]}.png")


PEERS: dict[str, Callable[[Path, Path], None]] = {
    "floor": floor,
    "altair": altair_inline,
    "plotly": plotly,
    "bokeh": bokeh,
    "dvclive": dvclive,
    "matplotlib": matplotlib,
}

if __name__ == "__main__":
    PEERS[sys.argv[1]](Path(sys.argv[2]), Path(sys.argv[3]))
