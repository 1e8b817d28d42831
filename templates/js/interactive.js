// Charts that zoom, pan, smooth and turn logarithmic: each drawing is replaced, in place, by a Vega view of the same plan.
// All charts show the same epochs, as the crosshair does. A chart whose view cannot start stays as it was drawn.
(function () {
  "use strict";
  const FEWEST = 2; // epochs that a zoomed chart spans at least; a run of no more has nothing to zoom
  const STEP = 1.5; // by which one press or one turn of the wheel zooms
  const MOST_TICKS = 8;
  const { spec, measures, charts: plans } = JSON.parse(document.getElementById("reportgen-charts").textContent);
  const charts = [];
  let epochs = null; // first and last one shown; null for the whole run
  let weight = 0; // of the past in smoothed lines
  let hidden = new Set(); // names of lines

  const clamp = (value, low, high) => Math.max(low, Math.min(high, value));
  const last = (list) => list[list.length - 1];

  // The moving average of TensorBoard: exponential, and corrected for having started from nothing.
  function average(values) {
    let sum = 0, share = 0;
    return values.map((value) => {
      if (value === null) return null;
      sum = weight * sum + (1 - weight) * value;
      share = weight * share + (1 - weight);
      return sum / share;
    });
  }

  // ---- What a chart shows of its plan

  function span(chart) {
    const [from, to] = chart.plan.epochs;
    if (epochs === null) return [from, to];
    const low = clamp(epochs[0], from, to - FEWEST);
    return [low, clamp(epochs[1], low + FEWEST, to)];
  }

  // The value of a path at any epoch, along its drawn line; null where there is none.
  function along(chart, xs, ys, epoch) {
    const right = xs.findIndex((x) => x >= epoch);
    if (right < 0 || xs[right] === epoch) return right < 0 ? null : ys[right];
    const [a, b] = [ys[right - 1], ys[right]];
    if (right === 0 || a === null || b === null) return null;
    const share = (epoch - xs[right - 1]) / (xs[right] - xs[right - 1]);
    return chart.log ? a ** (1 - share) * b ** share : a + (b - a) * share;
  }

  // Lowest and highest value of the axis: what is in sight and a little room, as plan.py has it.
  function valueAxis(chart) {
    if (isPlanned(chart)) return chart.plan.values;
    const { lines, band, zero, values: [least, most] } = seen(chart.plan), [from, to] = chart.span;
    let low = Infinity, high = -Infinity;
    const count = (value) => {
      if (value === null || (chart.log && !(value > 0))) return;
      if (chart.log === chart.plan.log && (value < least || value > most)) return; // left outside by the plan
      low = Math.min(low, value);
      high = Math.max(high, value);
    };
    const look = (xs, ys) => {
      xs.forEach((x, i) => { if (x >= from && x <= to) count(ys[i]); });
      if (epochs !== null) chart.span.forEach((edge) => count(along(chart, xs, ys, edge)));
    };
    lines.forEach((line) => look(line.epochs, line.values));
    if (epochs !== null) lines.forEach((line) => { if (line.strong) look(line.epochs, line.strong); });
    if (band) [band.low, band.high].forEach((ys) => look(band.epochs, ys));
    if (low > high) return chart.log ? [0.1, 1] : [0, 1];
    if (zero) [low, high] = [Math.min(low, 0), Math.max(high, 0)];
    if (chart.log) {
      const room = high > low ? (high / low) ** 0.04 : 2;
      return [low / room, high * room];
    }
    const size = high - low, tiny = 1e-300;
    if (size <= Math.max(Math.abs(high) * 1e-9, tiny)) {
      const around = high ? Math.max(Math.abs(high), tiny) : 1;
      return [low - around / 2, high + around / 2];
    }
    const padded = low - 0.05 * size;
    return [low >= 0 && padded < 0 ? 0 : padded, high + 0.05 * size];
  }

  // Whether a chart shows just what was planned, so that the plan's own axis and places hold.
  function isPlanned({ plan, log }) {
    return epochs === null && !weight && log === plan.log && seen(plan).lines.length === plan.lines.length;
  }

  // A format with as many digits as tell the axis' numbers apart.
  function valueFormat([low, high]) {
    const size = high - low, largest = Math.max(Math.abs(low), Math.abs(high));
    const digits = size > 0 && size < Infinity ? clamp(2 + Math.ceil(Math.log10(largest / size)), 6, 15) : 6;
    return "." + digits + "~g";
  }

  function epochTicks(chart) {
    if (epochs === null) return chart.plan.ticks;
    const [from, to] = chart.span, most = to < 10000 ? MOST_TICKS : MOST_TICKS / 2;
    let step = 1;
    for (let turn = 0; (to - from) / step > most; turn += 1) step *= turn % 3 === 1 ? 2.5 : 2; // 1, 2, 5, 10, 20, 50
    const found = [];
    for (let tick = Math.ceil(from / step) * step; tick <= to; tick += step) found.push(tick);
    return found;
  }

  // Rules, dots and labels of the annotations in sight; labels in rows above the plot, as plan.py places them.
  function annotations(chart) {
    const { plan } = chart, [from, to] = chart.span, { lane: height, gap } = measures;
    const most = Math.round((plan.top - 8) / height); // rows; zooming can crowd out a label, whose rule stays
    const lanes = [], found = [];
    const isInSight = (epoch) => epoch >= from && epoch <= to;
    const rules = [], dots = [], labels = [];
    const addRule = (x, y, { colour, dash }) => rules.push({ x, y, colour, dash });
    plan.annotations.forEach((mark) => mark.epochs.slice(1).filter(isInSight).forEach((x) => addRule(x, 0, mark)));
    plan.annotations.filter((mark) => isInSight(mark.epochs[0])).forEach((mark) => {
      const x = (mark.epochs[0] - from) / (to - from) * plan.width;
      const start = Math.max(4 - plan.left, Math.min(x + 4, plan.width + plan.right - mark.size - 2));
      const end = start + mark.size;
      const free = (taken) => taken.every(([low, high]) => end + gap <= low || start >= high + gap);
      let lane = lanes.findIndex(free);
      if (lane < 0) lane = lanes.push([]) - 1;
      lanes[lane].push([start, end]);
      found.push({ mark, x, start, end, lane });
    });
    found.forEach(({ mark, x, start, lane }) => {
      const { epochs: [epoch], label: text, colour, value } = mark, y = -8 - lane * height;
      const crossed = found.some((other) => other.lane < lane && other.start - 3 <= x && x <= other.end + 3);
      addRule(epoch, lane < most && !crossed ? y + 4 : 0, mark);
      if (lane < most) labels.push({ text, colour, x: start, y, baseline: "bottom" });
      if (value !== null) dots.push({ x: epoch, y: value, colour, size: measures.markedDot });
    });
    return { rules, dots, labels };
  }

  function height(chart, value) {
    const at = chart.log ? Math.log : Number, [low, high] = chart.values.map(at);
    return spec.height * (1 - (at(value) - low) / (high - low));
  }

  // The names of the lines in sight, each where its line leaves the plot or ends, moved apart where those are close.
  function endLabels(chart) {
    if (isPlanned(chart)) return chart.plan.ends;
    const { lines, band, width } = chart.plan, [from, to] = chart.span;
    const endOf = (line) => {
      const ys = line.strong || line.values, goesOn = band && band.label === line.label;
      const ahead = goesOn ? along(chart, band.epochs, band.mid, Math.min(to, last(band.epochs))) : null;
      const end = ahead ?? along(chart, line.epochs, ys, to);
      if (end !== null) return height(chart, end);
      const inSight = ys.filter((value, i) => line.epochs[i] >= from && line.epochs[i] <= to);
      const drawn = inSight.filter((value) => value !== null);
      return drawn.length ? height(chart, last(drawn)) : inSight.length ? 10 : null;
    };
    const named = lines.filter((line) => line.label).map((line) => ({ line, y: endOf(line) }));
    const ends = named.filter((end) => end.y !== null).sort((a, b) => a.y - b.y);
    for (let i = 1; i < ends.length; i += 1) ends[i].y = Math.max(ends[i].y, ends[i - 1].y + measures.step);
    if (ends.length && last(ends).y > spec.height - 4) {
      last(ends).y = spec.height - 4;
      for (let i = ends.length - 2; i >= 0; i -= 1) ends[i].y = Math.min(ends[i].y, ends[i + 1].y - measures.step);
    }
    const colour = (line) => (seen(chart.plan).lines.includes(line) ? line.labelColour : measures.muted);
    return ends.map(({ line, y }) =>
      ({ text: line.label, colour: colour(line), x: width + 6, y, baseline: "middle" }));
  }

  // The points of every path, faint ones below; a smoothed line stands over its logged values.
  function pathRows({ plan, log }) {
    const thin = ({ faintness: opacity }) => ({ strokeWidth: measures.faintWidth, opacity, strokeDash: [] });
    const rows = [];
    let part = 0;
    const add = (line, ys, look) => {
      part += 1;
      const drawn = (y) => y !== null && (y > 0 || !log);
      ys.forEach((y, i) => rows.push({ part, x: line.epochs[i], y, drawn: drawn(y), colour: line.colour, ...look }));
    };
    layers(plan).forEach((line) => {
      const strokeWidth = line.faint ? measures.behindWidth : measures.lineWidth;
      if (line.strong && !line.faint) add(line, line.values, thin(line));
      add(line, line.strong || line.values, { strokeWidth, opacity: 1, strokeDash: line.dash });
    });
    return rows;
  }

  // A plan without what the reader has hidden; a line that is alone cannot be.
  function seen(plan) {
    const lines = plan.lines.filter((line) => plan.lines.length === 1 || !hidden.has(line.name));
    return { ...plan, lines, band: lines.some(({ label }) => label === plan.band?.label) ? plan.band : null };
  }

  const layers = (plan) => seen(plan).lines.sort((a, b) => b.faint - a.faint);

  function symbolRows({ plan, span: [from, to], values: [low, high] }) {
    const dots = [], crosses = [];
    layers(plan).forEach((line, row) => line.epochs.forEach((x, i) => {
      if (x < from || x > to) return;
      const y = line.values[i], { colour } = line, edge = measures.crossTop + row * measures.crossStep;
      const mark = (shape, at) => line.faint || crosses.push({ x, y: at, colour, shape });
      if (y === null) mark("cross", edge);
      else if (y > high) mark("triangle-up", edge);
      else if (y < low) mark("triangle-down", spec.height - edge);
      else if (line.dots.has(i)) dots.push({ x, y, colour, size: measures.dot });
    }));
    return { dots, crosses };
  }

  // ---- Views

  function draw(chart) {
    const { view, svg } = chart;
    chart.span = span(chart);
    chart.values = valueAxis(chart);
    view.signal("epochs", chart.span).signal("ticks", epochTicks(chart));
    view.signal("values", chart.values).signal("format", valueFormat(chart.values));
    const planned = isPlanned(chart), { numbers } = chart.plan;
    view.signal("numbers", planned ? Object.keys(numbers).map(Number) : null).signal("texts", planned ? numbers : {});
    if (chart.weight !== weight) view.data("paths", pathRows(chart)).data("band", bandRows(seen(chart.plan)));
    chart.weight = weight;
    const { rules, dots, labels } = annotations(chart), symbols = symbolRows(chart);
    view.data("rules", rules).data("dots", dots.concat(symbols.dots)).data("crosses", symbols.crosses);
    view.data("labels", labels.concat(endLabels(chart))).run();
    svg.dataset.epochs = chart.span.join(" ");
    svg.dataset.values = chart.values.join(" ");
    svg.dataset.scale = chart.log ? "log" : "linear";
    svg.classList.toggle("zoomed", epochs !== null);
  }

  // A chart's view with all that does not depend on what is zoomed; in place of the drawing once it has started.
  function start(chart) {
    const { plan, svg } = chart, box = document.createElement("div");
    const refuse = () => Promise.reject(new Error("A report requests nothing."));
    const loader = { load: refuse, sanitize: refuse, http: refuse, file: refuse };
    const padding = { left: plan.left, right: plan.right, top: plan.top, bottom: measures.bottom };
    const scales = spec.scales.map((scale) => (scale.name === "y" && chart.log ? { ...scale, type: "log" } : scale));
    return window.reportgenView({ ...spec, width: plan.width, padding, scales }, box, loader).then((view) => {
      const earlier = chart.view;
      chart.view = view;
      chart.weight = null;
      view.signal("titleAt", plan.titleAt).signal("gap", plan.gap).data("spans", plan.spans).data("zero", plan.zero ? [{ y: 0 }] : []);
      draw(chart);
      if (earlier) {
        earlier.finalize();
        svg.querySelector(":scope > svg").replaceWith(box.querySelector("svg"));
      } else takePlace(svg, box.querySelector("svg"));
      chart.figure.querySelectorAll(".axis-note").forEach((note) => { note.hidden = chart.log !== plan.log; });
    });
  }

  // The drawing is hidden, not removed: crosshair.js knows its parts. The crosshair stays above.
  function takePlace(svg, live) {
    const drawing = document.createElementNS(svg.namespaceURI, "g");
    const parts = Array.from(svg.children).filter((part) => !part.matches("title, desc"));
    const crosshair = parts.find((part) => part.matches(".crosshair") || part.querySelector(".crosshair"));
    drawing.setAttribute("display", "none");
    drawing.append(...parts.filter((part) => part !== crosshair));
    svg.insertBefore(drawing, crosshair);
    svg.insertBefore(live, crosshair);
    svg.classList.add("interactive");
  }

  const bandRows = ({ band }) => (band ? band.epochs : []).map((x, i) =>
    ({ x, low: band.low[i], mid: band.mid[i], high: band.high[i], colour: band.colour }));

  let waiting = false;
  function drawAll() {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => {
      waiting = false;
      charts.forEach(draw);
      document.dispatchEvent(new Event("reportgen:epochs"));
    });
  }

  // ---- What the reader does

  function extent() {
    return [Math.min(...charts.map(({ plan }) => plan.epochs[0])), Math.max(...charts.map(({ plan }) => plan.epochs[1]))];
  }

  function showEpochs(from, to) {
    const [first, end] = extent(), width = clamp(to - from, FEWEST, end - first);
    const low = clamp(from, first, end - width);
    epochs = width < end - first ? [low, low + width] : null;
    drawAll();
  }

  // One epoch keeps its place.
  function zoom(factor, at) {
    const [from, to] = epochs || extent();
    showEpochs(at + (from - at) * factor, at + (to - at) * factor);
  }

  function pan(by) {
    if (epochs) showEpochs(epochs[0] + by, epochs[1] + by);
  }

  function showWhole() {
    epochs = null;
    drawAll();
  }

  function smooth(value) {
    weight = value;
    charts.forEach(({ plan, slider, shownWeight }) => {
      plan.lines.forEach((line) => { line.strong = weight ? average(line.values) : line.smooth; });
      slider.value = weight;
      shownWeight.textContent = weight.toFixed(2);
    });
    drawAll();
  }

  // The epoch at a place in the page.
  function epochAt(chart, clientX) {
    const { plan, svg } = chart, box = svg.getBoundingClientRect(), [from, to] = span(chart);
    const x = (clientX - box.left) / box.width * svg.viewBox.baseVal.width - plan.left;
    return from + clamp(x / plan.width, 0, 1) * (to - from);
  }

  // The crosshair's epoch, also where it stands outside of what is shown; the middle where there is none.
  function focused({ plan, figure, svg, span: [from, to] }) {
    const active = figure.querySelector(".readout").textContent;
    const x = active ? svg.querySelector(".crosshair").getAttribute("x1") - plan.left : plan.width / 2;
    return from + x / plan.width * (to - from);
  }

  // Fingers and mouse buttons that are down on a chart: one pans, two zoom.
  function follow(chart) {
    const { svg } = chart, down = new Map();
    const middle = () => Array.from(down.values()).reduce((sum, x) => sum + x, 0) / down.size;
    const apart = () => Math.max(...down.values()) - Math.min(...down.values());
    svg.addEventListener("pointerdown", (event) => {
      if (event.button) return;
      down.set(event.pointerId, event.clientX);
      svg.setPointerCapture(event.pointerId);
    });
    svg.addEventListener("pointermove", (event) => {
      if (!down.has(event.pointerId)) return;
      const before = epochAt(chart, middle()), width = apart();
      down.set(event.pointerId, event.clientX);
      if (down.size > 1 && width && apart()) zoom(width / apart(), before);
      else pan(before - epochAt(chart, middle()));
    });
    ["pointerup", "pointercancel"].forEach((name) => svg.addEventListener(name, (event) => down.delete(event.pointerId)));
    svg.addEventListener("dblclick", showWhole);
    // The wheel scrolls the page unless the reader has turned to the chart, by a click or the Ctrl key (as pinches do).
    svg.addEventListener("wheel", (event) => {
      const { deltaX, deltaY } = event, meant = event.ctrlKey || event.metaKey;
      const turn = event.deltaMode ? Math.sign(deltaY) : clamp(deltaY / 100, -1, 1);
      const sideways = Math.abs(deltaX) > Math.abs(deltaY);
      if (!meant && (document.activeElement !== svg || (epochs === null && (sideways || turn > 0)))) return;
      event.preventDefault();
      if (sideways) pan(Math.sign(deltaX) * (chart.span[1] - chart.span[0]) / 20);
      else zoom(STEP ** turn, epochAt(chart, event.clientX));
    }, { passive: false });
    // Arrow keys move the crosshair, which the charts then follow; with Shift they pan.
    svg.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      const quarter = (chart.span[1] - chart.span[0]) / 4;
      const keys = {
        "+": () => zoom(1 / STEP, focused(chart)), "=": () => zoom(1 / STEP, focused(chart)),
        "-": () => zoom(STEP, focused(chart)), "0": showWhole,
        ArrowLeft: () => pan(-quarter), ArrowRight: () => pan(quarter),
      };
      if (!(event.key in keys) || (event.key.startsWith("Arrow") && !event.shiftKey)) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      keys[event.key]();
    }, { capture: true });
    svg.addEventListener("keydown", () => {
      const at = focused(chart), [from, to] = chart.span;
      if (at < from - 1e-9 || at > to + 1e-9) pan(at - (from + to) / 2);
    });
  }

  // The controls under a chart; a logarithmic axis is offered where it can show every value.
  function addControls(chart) {
    const { plan, svg, figure } = chart;
    const made = document.getElementById("reportgen-controls").content.cloneNode(true);
    const group = made.querySelector(".controls"), log = made.querySelector(".log input");
    group.setAttribute("aria-labelledby", svg.querySelector("title").id);
    chart.slider = made.querySelector(".smoothing input");
    chart.shownWeight = made.querySelector(".weight");
    chart.slider.addEventListener("input", () => smooth(Number(chart.slider.value)));
    log.checked = chart.log;
    log.addEventListener("change", () => {
      chart.log = log.checked;
      start(chart);
    });
    if (!plan.positive) made.querySelector(".log").remove();
    const acts = { in: () => zoom(1 / STEP, focused(chart)), out: () => zoom(STEP, focused(chart)), all: showWhole };
    made.querySelectorAll("button").forEach((button) => button.addEventListener("click", acts[button.value]));
    if (charts.length === 1) figure.querySelector(".readout").dataset.hint = made.querySelector(".hint").textContent;
    figure.querySelector(":scope > .remark, :scope > details").before(group);
    svg.setAttribute("aria-keyshortcuts", "+ - 0 Shift+ArrowLeft Shift+ArrowRight");
  }

  function startChart([id, plan]) {
    const title = document.getElementById(id + "-title");
    if (!title || plan.epochs[1] - plan.epochs[0] <= FEWEST) return;
    const svg = title.closest("svg");
    plan.lines.forEach((line) => {
      line.strong = line.smooth;
      line.dots = new Set(line.dots);
    });
    const chart = { plan, svg, figure: svg.closest("figure"), log: plan.log, view: null };
    start(chart).then(() => {
      charts.push(chart);
      addControls(chart);
      follow(chart);
    }).catch(() => {});
  }

  // ---- The runtime: it has run before this script, or stands in the page packed

  function unpack(text) {
    const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
    return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"))).text();
  }

  async function begin() {
    const packed = document.getElementById("reportgen-runtime");
    if (packed) {
      const script = document.createElement("script");
      script.textContent = await unpack(packed.textContent);
      document.head.append(script);
    }
    if (window.reportgenView) Object.entries(plans).forEach(startChart);
  }

  // The buttons that crosshair.js makes tell which lines the reader has hidden.
  document.addEventListener("click", () => {
    const names = Array.from(document.querySelectorAll(".lines [aria-pressed=false]"), (button) => button.textContent);
    if (hidden.size === new Set(names).size) return;
    hidden = new Set(names);
    charts.forEach((chart) => { chart.weight = null; });
    drawAll();
  });
  begin().catch(() => {});
})();
