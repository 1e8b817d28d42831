// A crosshair through all charts of the page, with the values of the nearest epoch under each.
// It reads the tables that stand under the charts, so it needs no data of its own. The page is complete without it.
(function () {
  "use strict";
  var SVG = "http://www.w3.org/2000/svg";
  var charts = [];
  var shown = null;

  // What a chart's drawing and table tell: where the plot stands, which epochs it spans, the values by epoch.
  function read(figure) {
    var svg = figure.querySelector("svg[data-plot]");
    var table = figure.querySelector("table");
    if (!svg || !table) return null;
    var plot = svg.dataset.plot.split(" ").map(Number);
    var heads = Array.from(table.tHead.rows[0].cells, function (cell) { return cell.textContent; });
    var rows = Array.from(table.tBodies[0].rows, function (row) {
      return Array.from(row.cells, function (cell) { return cell.textContent; });
    });
    var line = document.createElementNS(SVG, "line");
    line.setAttribute("class", "crosshair");
    line.setAttribute("y1", plot[1]);
    line.setAttribute("y2", plot[1] + plot[3]);
    line.setAttribute("visibility", "hidden");
    svg.appendChild(line);
    var readout = document.createElement("p");
    readout.className = "readout";
    svg.after(readout);
    // Asked for anew each time: an interactive chart changes the epochs it shows.
    function edge(which) { return Number(svg.dataset.epochs.split(" ")[which]); }
    return { figure: figure, svg: svg, left: plot[0], width: plot[2],
             get first() { return edge(0); }, get last() { return edge(1); },
             heads: heads, rows: rows, line: line, readout: readout };
  }

  function nearest(rows, epoch) {
    var low = 0, high = rows.length - 1;
    while (low < high) {
      var middle = (low + high) >> 1;
      if (Number(rows[middle][0]) < epoch) low = middle + 1; else high = middle;
    }
    var before = rows[low - 1];
    return before && epoch - Number(before[0]) < Number(rows[low][0]) - epoch ? low - 1 : low;
  }

  function show(epoch) {
    shown = epoch;
    charts.forEach(function (chart) {
      var row = chart.rows[nearest(chart.rows, epoch)];
      var x = chart.left + (Number(row[0]) - chart.first) / (chart.last - chart.first) * chart.width;
      chart.line.setAttribute("x1", x);
      chart.line.setAttribute("x2", x);
      chart.line.setAttribute("visibility", x < chart.left || x > chart.left + chart.width ? "hidden" : "visible");
      chart.readout.textContent = row.map(function (cell, i) { return chart.heads[i] + " " + (cell || "–"); }).join(" · ");
    });
  }

  function hide() {
    shown = null;
    charts.forEach(function (chart) {
      chart.line.setAttribute("visibility", "hidden");
      chart.readout.textContent = "";
    });
  }

  function follow(chart) {
    var at = 0;
    chart.svg.addEventListener("pointermove", function (event) {
      var box = chart.svg.getBoundingClientRect();
      var x = (event.clientX - box.left) / box.width * chart.svg.viewBox.baseVal.width;
      show(chart.first + (x - chart.left) / chart.width * (chart.last - chart.first));
    });
    chart.svg.addEventListener("pointerleave", hide);
    chart.svg.addEventListener("blur", hide);
    chart.svg.addEventListener("keydown", function (event) {
      var last = chart.rows.length - 1;
      var moves = { ArrowLeft: at - 1, ArrowRight: at + 1, PageUp: at - 10, PageDown: at + 10, Home: 0, End: last };
      if (event.key === "Escape") return hide();
      if (!(event.key in moves)) return;
      event.preventDefault();
      at = Math.max(0, Math.min(last, moves[event.key]));
      chart.readout.setAttribute("aria-live", "polite");
      show(Number(chart.rows[at][0]));
    });
    chart.svg.setAttribute("tabindex", "0");
  }

  charts = Array.from(document.querySelectorAll("figure.chart"), read).filter(Boolean);
  charts.forEach(follow);
  document.addEventListener("reportgen:epochs", function () { if (shown !== null) show(shown); });
})();
