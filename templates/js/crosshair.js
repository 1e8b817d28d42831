// The crosshair: shows the values at an epoch by mouse, touch and keyboard, and hides lines.
// It reads the drawings, the tables below them, and the history of a report or the curves of a comparison, which are
// embedded. The page is complete without it.
(() => {
  "use strict";
// numbers.js goes here
  const KEYS = { ArrowLeft: -1, ArrowRight: 1, PageUp: -10, PageDown: 10, Home: -1e9, End: 1e9 };
  const FEW = 3;
  // Lines are hidden by name in all charts, because "train" means the same in each.
  const hidden = new Set();
  const values = document.getElementById("all-values");
  const cells = values ? [...values.rows].map((row) => [...row.cells].map((cell) => cell.textContent)) : [];
  // Each name has one button, below the first chart that shows it.
  const buttons = new Map();
  const many = [];
  let epoch = -1, shown, loaded;

  const clamp = (value, most) => Math.max(0, Math.min(most, value));
  const isHidden = (line) => hidden.has(line.button && line.name);

  function set(element, given) {
    for (const name in given) element.setAttribute(name, given[name]);
    return element;
  }

  function make(tag, given, ...inside) {
    const made = set(document.createElement(tag), given);
    made.append(...inside);
    return made;
  }

  function on(target, types, act) {
    types.split(" ").forEach((type) => target.addEventListener(type, act));
  }

  // ---- Epochs and values

  // The index of the first number in an ascending list that is not smaller.
  function place(list, number) {
    let low = 0, high = list.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (list[middle] < number) low = middle + 1; else high = middle;
    }
    return low;
  }

  const has = (list, number) => list[place(list, number)] === number;
  const valueAt = ({ epochs, values }, at) => (has(epochs, at) ? values[place(epochs, at)] : "");

  // Loads the curves of all lines from the embedded history or the table on first use, because they can be large.
  function load() {
    if (loaded) return;
    loaded = true;
    const { series } = JSON.parse(document.querySelector("#reportgen-history,#curve-data").textContent);
    const curves = series.map(({ epochs, values }) => {
      values = values.map ? values.map(Number) : unpacked(values);
      return { epochs: epochs.step ? values.map((_, i) => epochs.first + i * epochs.step) : epochs, values };
    });
    charts.forEach((chart) => {
      const { lines, rows } = chart;
      lines.forEach((line, i) => {
        const [curve, less] = line.curves.map((number) => curves[number]);
        line.curve = less ? minus(curve, less) : curve || column(rows, i + 1);
      });
      // The table of a long run has only some epochs. If a line is only in the table, only these epochs are shown,
      // because it would seem to have no value between them.
      chart.epochs = lines.every((line) => line.curves.length)
        ? lines.map((line) => line.curve.epochs).reduce(union) : column(rows, 0).epochs;
    });
  }

  // Values that are stored as the base64 of their bytes.
  function unpacked({ float32, float64 }) {
    const { buffer } = Uint8Array.from(atob(float32 || float64), (c) => c.charCodeAt());
    return [...new (float32 ? Float32Array : Float64Array)(buffer)];
  }

  function union(list, other) {
    const more = other.filter((number) => !has(list, number));
    return more.length ? list.concat(more).sort((a, b) => a - b) : list;
  }

  function minus(curve, less) {
    const epochs = curve.epochs.filter((at) => has(less.epochs, at));
    return { epochs, values: epochs.map((at) => valueAt(curve, at) - valueAt(less, at)) };
  }

  // A column of the table, with the digits shown there.
  function column(rows, i) {
    const logged = rows.filter((row) => row[i]);
    const value = (text) => +text.replaceAll("−", "-").replace("∞", "Infinity");
    return { epochs: logged.map((row) => +row[0]), values: logged.map((row) => value(row[i])) };
  }

  // The index of the epoch nearest to a position on the chart's axis.
  function near({ epochs }, at) {
    const after = place(epochs, at);
    return after && !(epochs[after] - at < at - epochs[after - 1]) ? after - 1 : after;
  }

  // ---- Display

  // A line's swatch and name, with its dashes. The colour is read each time, as the theme may have changed.
  function named({ dashes, dot, name }) {
    const swatch = make("span", { class: "swatch" });
    swatch.style.color = getComputedStyle(dot).fill;
    let end = 0;
    if (dashes) swatch.style.background = `repeating-linear-gradient(90deg,${dashes.split(/\D+/).map((size, i) =>
      `${i % 2 ? "#0000" : "currentColor"} ${end}px ${end += +size}px`)})`;
    return [swatch, make("bdi", {}, name)];
  }

  // Writes the epoch and the values of the visible lines.
  function write(into, { heads, lines }, row) {
    into.replaceChildren(`${heads[0]} ${row[0]}`);
    lines.forEach((line, i) => {
      if (!isHidden(line)) into.append(" · ", make("span", {}, ...named(line), ` ${row[i + 1] || "–"}`));
    });
  }

  // The current first and last number of both axes, and the plot's left, top, width and height.
  const frame = ({ dataset }) => `${dataset.epochs} ${dataset.values} ${dataset.plot}`.split(" ").map(Number);

  function show(wanted) {
    epoch = wanted;
    shown = true;
    charts.forEach((chart) => {
      const { svg, lines, marks, cross, rows, readout } = chart;
      const at = chart.epochs[near(chart, epoch)];
      const [first, last, low, high, left, top, width, height] = frame(svg);
      const scale = svg.dataset.scale === "log" ? Math.log : Number;
      const x = left + (at - first) / (last - first) * width;
      set(cross, { x1: x, x2: x, y1: top, y2: top + height });
      set(marks, { visibility: x < left || x > left + width ? "hidden" : "visible" });
      const values = lines.map((line) => valueAt(line.curve, at));
      lines.forEach((line, i) => {
        const share = (scale(values[i]) - scale(low)) / (scale(high) - scale(low));
        const cy = top + height * (1 - clamp(share, 1));
        const drawn = Number.isFinite(values[i]) && isFinite(cy) && !isHidden(line);
        set(line.dot, drawn ? { cx: x, cy, visibility: "inherit" } : { visibility: "hidden" });
      });
      write(readout, chart, rows.find((row) => +row[0] === at) || [at, ...values.map((value) => (value === "" ? "" : written(value)))]);
    });
  }

  function hide() {
    shown = false;
    charts.forEach(({ marks, readout }) => {
      set(marks, { visibility: "hidden" });
      readout.replaceChildren();
    });
  }

  function update() {
    many.forEach((line) => {
      line.parts.forEach((part) => part.classList.toggle("off", isHidden(line)));
      if (line.isNew) set(line.button, { "aria-pressed": !isHidden(line) }).replaceChildren(...named(line));
    });
    if (shown) show(epoch);
  }

  // ---- Input

  function point(chart, event) {
    load();
    const box = chart.svg.getBoundingClientRect();
    const [first, last, , , left, , width] = frame(chart.svg);
    const x = (event.clientX - box.left) / box.width * chart.svg.viewBox.baseVal.width;
    const found = chart.epochs[near(chart, first + (x - left) / width * (last - first))];
    if (!shown || found !== epoch) show(found);
  }

  // Reads a drawing and adds a crosshair, dots, a readout and, if there are several lines, a button for each.
  // Small charts have no column in the table, and no buttons of their own.
  function read(svg) {
    if (!cells.length) return [];
    const figure = svg.closest("figure"), names = JSON.parse(svg.dataset.names), first = +svg.dataset.column;
    const heads = [cells[0][0], ...names];
    const rows = cells.slice(first ? 1 : 1e9).map((row) => [row[0], ...row.slice(first, first + names.length)])
      .filter((row) => row.slice(1).some(Boolean));
    const draw = (parent, tag, given) =>
      parent.appendChild(set(document.createElementNS(svg.namespaceURI, tag), given));
    const marks = draw(svg, "g", { visibility: "hidden" });
    const cross = draw(marks, "line", { class: "crosshair" });
    const lines = JSON.parse(svg.dataset.curves).map((curves, i, all) => {
      const parts = [...svg.querySelectorAll(`g[data-series="${i}"] > *, path[data-series="${i}"]`)];
      const label = parts.find((part) => part.matches("text"));
      const path = parts.filter((part) => part.matches("[stroke]")).pop();
      const dashes = path?.getAttribute("stroke-dasharray");
      const fill = (path || label).getAttribute(path ? "stroke" : "fill");
      const dot = draw(marks, "circle", { class: "spot", fill, r: 5 });
      const line = { name: heads[i + 1], curves, parts, label, dashes, dot };
      // A single line has no button, because hiding it would leave an empty chart.
      if (all.length > 1) {
        line.isNew = first && !buttons.has(line.name);
        if (line.isNew) buttons.set(line.name, make("button", { type: "button" }));
        line.button = buttons.get(line.name);
        many.push(line);
        label?.setAttribute("class", "clickable");
        if (line.isNew) on(line.button, "click", () => {
          if (!hidden.delete(line.name)) hidden.add(line.name);
          update();
        });
      }
      return line;
    });
    const readout = make("p", { class: "readout" }), widest = make("p", { class: "widest" });
    const own = lines.filter(({ isNew }) => isNew).map(({ button }) => button);
    const group = make("div", { class: "lines", role: "group", "aria-label": figure.dataset.lines }, ...own);
    // Few lines are hidden by a click on their label or by the key of their number.
    group.hidden = lines.length <= FEW;
    if (lines[1]?.button) set(svg, { "aria-keyshortcuts": names.map((_, i) => i + 1).join(" ") });
    svg.after(group);
    figure.querySelector("figcaption").append(make("div", { class: "values" }, widest, readout));
    const chart = { svg, rows, heads, lines, marks, cross, readout };
    // The longest text of each column, kept invisible, reserves the height that the readout needs at any width.
    const longest = (a, b) => (b.length > a.length ? b : a);
    write(widest, chart, heads.map((_, i) => rows.map((row) => row[i]).reduce(longest, "")));

    // Screen readers announce values selected by keyboard, not values under the mouse.
    const say = (politeness) => set(readout, { "aria-live": politeness });
    on(svg, "focus", () => say("polite"));
    on(svg, "click", ({ target }) =>
      lines.find(({ label }) => target.matches("text") && label?.textContent === target.textContent)?.button?.click());
    on(svg, "pointermove click", (event) => {
      say("off");
      point(chart, event);
    });
    // The values stay visible after a finger is lifted, so that they can be read; scrolling the page hides them.
    on(svg, "pointerleave", (event) => event.pointerType === "touch" || hide());
    on(svg, "pointercancel blur", hide);
    on(svg, "keydown", (event) => {
      if (event.altKey || event.ctrlKey || event.metaKey) return;
      lines[event.key - 1]?.button?.click();
      const steps = KEYS[event.key];
      if (!steps) return;
      event.preventDefault();
      say("polite");
      load();
      show(chart.epochs[clamp(near(chart, epoch) + steps, chart.epochs.length - 1)]);
    });
    svg.tabIndex = 0;
    // One tab stop for each small chart: its values instead of the link that enlarges it.
    if (!first) figure.querySelector("a").tabIndex = -1;
    return [chart];
  }

  const charts = [...document.querySelectorAll("svg[data-plot]")].flatMap(read);
  update();
  on(document, "keydown", (event) => event.key === "Escape" && hide());
  on(document, "pointerdown", (event) => event.target.closest("figure") || hide());
  on(document, "reportgen:epochs", () => shown && show(epoch));
  on(matchMedia("(prefers-color-scheme: dark)"), "change", update);
})();
