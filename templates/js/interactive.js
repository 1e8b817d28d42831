// Interactive charts: zoom, pan, smoothing, logarithmic axis. A Vega view of the same plan replaces each static drawing.
// All charts show the same epochs. A chart whose view fails to start stays static. All numbers come from layout.py.
(function () {
  "use strict";
// numbers.js goes here
  const { spec, measures, charts: plans } = JSON.parse(document.getElementById("reportgen-charts").textContent);
  const { zoomFactor } = measures;
  const charts = [];
  let epochs = null; // the first and last epoch shown; null for the whole run
  let weight = 0; // weight of the past in smoothed lines
  let hidden = new Set(); // names of hidden lines

  const clamp = (value, low, high) => Math.max(low, Math.min(high, value));
  const last = (list) => list[list.length - 1];

  // TensorBoard's moving average: exponential, corrected for its start at zero.
  function average(values) {
    let sum = 0, share = 0;
    return values.map((value) => {
      if (value === null) return null;
      sum = weight * sum + (1 - weight) * value;
      share = weight * share + (1 - weight);
      return sum / share;
    });
  }

  // ---- Axes

  function span(chart) {
    const [from, to] = chart.plan.epochs;
    if (epochs === null) return [from, to];
    const low = clamp(epochs[0], from, to - measures.minEpochs);
    return [low, clamp(epochs[1], low + measures.minEpochs, to)];
  }

  // The value of a drawn line at any epoch; null if it is not drawn there.
  function along(chart, xs, ys, epoch) {
    const right = xs.findIndex((x) => x >= epoch);
    if (right < 0 || xs[right] === epoch) return right < 0 ? null : ys[right];
    const [a, b] = [ys[right - 1], ys[right]];
    if (right === 0 || a === null || b === null) return null;
    const share = (epoch - xs[right - 1]) / (xs[right] - xs[right - 1]);
    return chart.log ? a ** (1 - share) * b ** share : a + (b - a) * share;
  }

  // Lowest and highest value of the axis.
  function valueAxis(chart) {
    if (hasPlannedAxis(chart)) return chart.plan.values;
    const { lines, band, zero, values: [least, most] } = visible(chart.plan), [from, to] = chart.span;
    let low = Infinity, high = -Infinity;
    const count = (value) => {
      if (value === null || (chart.log && !(value > 0))) return;
      if (chart.log === chart.plan.log && (value < least || value > most)) return; // the plan leaves it outside
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
    if (low > high) return chart.log ? padded(1, 1, true) : padded(0, 0, false);
    if (zero) [low, high] = [Math.min(low, 0), Math.max(high, 0)];
    return padded(low, high, chart.log);
  }

  // Same as _padded and _log_padded in axes.py.
  function padded(low, high, log) {
    const { flat, tiny, flatLogFactor, linearPadding, logPadding } = measures;
    const isFlat = high - low <= Math.max(Math.max(Math.abs(high), Math.abs(low)) * flat, tiny);
    if (log) {
      const padding = isFlat ? flatLogFactor : (high / low) ** logPadding;
      return [low / padding, high * padding];
    }
    if (isFlat) {
      if (!high) return [0, 1];
      const around = Math.max(Math.abs(high), tiny);
      return [low - around / 2, high + around / 2];
    }
    const size = high - low, lower = low - linearPadding * size;
    return [low >= 0 && lower < 0 ? 0 : lower, high + linearPadding * size];
  }

  // Whether the plan's own axis applies: all lines and epochs are shown. Smoothing does not change it.
  function hasPlannedAxis({ plan, log }) {
    return epochs === null && log === plan.log && visible(plan).lines.length === plan.lines.length;
  }

  const shorten = (text) => (text.includes(".") ? text.replace(/\.?0+(?=e|$)/, "") : text);
  const tick = (value, digits) => [value, shorten(written(value, digits))];

  // The numbers of an axis with their labels, same as value_ticks in axes.py.
  function valueTicks([low, high], log) {
    const { maxValueSteps, minDecades, valueSteps, logDigits } = measures, found = [];
    if (!log) return linearTicks(low, high);
    const bottom = Math.floor(Math.log10(low)), top = Math.floor(Math.log10(high));
    const first = Math.ceil(Math.log10(low)), decades = top - first + 1;
    if (decades >= minDecades) {
      const stride = Math.ceil(decades / maxValueSteps);
      for (let power = first; power <= top; power += stride) found.push(Number(`1e${power}`));
    } else {
      for (let power = bottom; power <= top + 1; power += 1) {
        found.push(...valueSteps.map((n) => Number(`${n}e${power}`)).filter((value) => value >= low && value <= high));
      }
    }
    return found.length > 1 ? found.map((value) => tick(value, logDigits)) : linearTicks(low, high);
  }

  function linearTicks(low, high) {
    const { maxValueSteps, valueSteps, slack, extraDigits } = measures, least = (high - low) / maxValueSteps;
    let power = Math.floor(Math.log10(least)), factor = valueSteps.find((n) => least <= n * 10 ** power);
    if (!factor) [power, factor] = [power + 1, 1];
    const step = Number(`${factor}e${power}`), largest = Math.max(Math.abs(low), Math.abs(high));
    const values = [];
    for (let n = Math.ceil(low / step - slack); n <= Math.floor(high / step + slack); n += 1) {
      values.push(Number(`${n * factor}e${power}`));
    }
    if (largest >= plainFrom && largest < plainBelow) {
      return values.map((value) => [value, value.toFixed(Math.max(0, -power)).replace("-", "−")]);
    }
    const digits = extraDigits + Math.max(0, Math.floor(Math.log10(largest)) - power);
    return values.map((value) => tick(value, digits));
  }

  function epochTicks(chart) {
    if (epochs === null) return chart.plan.ticks;
    const { epochSteps, longEpoch, maxEpochSteps, maxLongEpochSteps } = measures, [from, to] = chart.span;
    const most = to < longEpoch ? maxEpochSteps : maxLongEpochSteps;
    const step = epochSteps.find((size) => (to - from) / size <= most);
    const found = [];
    for (let epoch = Math.ceil(from / step) * step; epoch <= to; epoch += step) found.push(epoch);
    // Numbers that would touch the title of the axis are left out.
    const { width, titleAt, titleWidth } = chart.plan, half = titleWidth / 2;
    const middle = titleAt - half, at = (epoch) => (epoch - from) / (to - from) * width;
    return found.filter((epoch) => Math.abs(at(epoch) - middle) > titleWidth);
  }

  // ---- Marks and labels

  // Rules, dots and labels of the visible marks. Labels are in rows above the plot, same as place_marks in labels.py.
  function placeMarks(chart) {
    const { plan } = chart, [from, to] = chart.span;
    const { lane: height, labelGap, ruleGap, rightGap, crossing, rowOffset, aboveRows } = measures;
    const most = Math.round((plan.top - aboveRows) / height); // rows; zooming can push a label out, but not its rule
    const rows = [], found = [];
    const isVisible = (epoch) => epoch >= from && epoch <= to;
    const rules = [], dots = [], labels = [];
    const addRule = (x, y, { colour, dash }) => rules.push({ x, y, y2: spec.height, colour, dash });
    plan.notches.forEach(({ epochs: at, colour }) => at.filter(isVisible).forEach((x) =>
      rules.push({ x, y: spec.height, y2: spec.height + measures.notch, colour, dash: [] })));
    plan.marks.forEach((mark) => mark.epochs.slice(1).filter(isVisible).forEach((x) => addRule(x, 0, mark)));
    plan.marks.filter((mark) => isVisible(mark.epochs[0])).forEach((mark) => {
      const x = (mark.epochs[0] - from) / (to - from) * plan.width;
      const rightmost = plan.width + plan.right - mark.size - rightGap;
      const before = x - ruleGap - mark.size, least = ruleGap - plan.left;
      const start = x + ruleGap <= rightmost ? x + ruleGap : before >= least ? before : Math.max(least, rightmost);
      const end = start + mark.size;
      const isFree = (taken) => taken.every(([low, high]) => end + labelGap <= low || start >= high + labelGap);
      let row = rows.findIndex(isFree);
      if (row < 0) row = rows.push([]) - 1;
      rows[row].push([start, end]);
      found.push({ mark, x, start, end, row });
    });
    found.forEach(({ mark, x, start, end, row }) => {
      const { epochs: [epoch], label: text, colour, value } = mark, y = -rowOffset - row * height;
      const isCrossed = found.some((other) =>
        other.row < row && other.start - crossing <= x && x <= other.end + crossing);
      addRule(epoch, row < most && !isCrossed ? y + ruleGap : 0, mark);
      const place = end < x ? { x: end, align: "right" } : { x: start, align: "left" };
      if (row < most) labels.push({ text, colour, ...place, y, baseline: "bottom" });
      if (value !== null) dots.push({ x: epoch, y: value, colour, size: measures.markedDotSize });
    });
    return { rules, dots, labels };
  }

  function height(chart, value) {
    const at = chart.log ? Math.log : Number, [low, high] = chart.values.map(at);
    return spec.height * (1 - (at(value) - low) / (high - low));
  }

  // The names of the lines, each where its line ends or leaves the plot, moved apart if they are close.
  function endLabels(chart) {
    if (hasPlannedAxis(chart) && !weight) return chart.plan.ends;
    const { lines, band, width } = chart.plan, [from, to] = chart.span;
    const { lineStep, endGap, highestEnd, lowestEnd, undrawnEnd } = measures;
    const endOf = (line) => {
      const ys = line.strong || line.values, continues = band && band.label === line.label;
      const ahead = continues ? along(chart, band.epochs, band.mid, Math.min(to, last(band.epochs))) : null;
      const end = ahead ?? along(chart, line.epochs, ys, to);
      if (end !== null) return height(chart, end);
      const inside = ys.filter((value, i) => line.epochs[i] >= from && line.epochs[i] <= to);
      const drawn = inside.filter((value) => value !== null);
      return drawn.length ? height(chart, last(drawn)) : inside.length ? undrawnEnd : null;
    };
    const named = lines.filter((line) => line.label).map((line) => ({ line, y: endOf(line) }));
    const ends = named.filter((end) => end.y !== null).sort((a, b) => a.y - b.y);
    ends.forEach((end, i) => { end.y = Math.max(end.y, i ? ends[i - 1].y + lineStep : highestEnd); });
    let floor = spec.height - lowestEnd;
    ends.reverse().forEach((end) => {
      end.y = Math.min(end.y, floor);
      floor = end.y - lineStep;
    });
    const colour = (line) => (visible(chart.plan).lines.includes(line) ? line.labelColour : measures.muted);
    return ends.map(({ line, y }) =>
      ({ text: line.label, colour: colour(line), x: width - endGap, y, baseline: "bottom", align: "right" }));
  }

  // ---- Lines

  // The points of every path, the lowest first; a smoothed line is above its logged values.
  function pathRows({ plan, log }) {
    const thin = ({ faintness: opacity, interpolate }) =>
      ({ strokeWidth: measures.faintWidth, opacity, strokeDash: [], interpolate });
    const rows = [];
    let part = 0;
    const add = (line, ys, look) => {
      part += 1;
      const drawn = (y) => y !== null && (y > 0 || !log);
      ys.forEach((y, i) => rows.push({ part, x: line.epochs[i], y, drawn: drawn(y), colour: line.colour, ...look }));
    };
    layers(plan).forEach((line) => {
      const { width: strokeWidth, interpolate } = line;
      if (line.strong && !line.faint) add(line, line.values, thin(line));
      add(line, line.strong || line.values, { strokeWidth, opacity: 1, strokeDash: line.dash, interpolate });
    });
    return rows;
  }

  // A plan without the hidden lines; a single line cannot be hidden.
  function visible(plan) {
    const lines = plan.lines.filter((line) => plan.lines.length === 1 || !hidden.has(line.name));
    return { ...plan, lines, band: lines.some(({ label }) => label === plan.band?.label) ? plan.band : null };
  }

  const layers = (plan) => visible(plan).lines.sort((a, b) => b.faint - a.faint);

  function symbolRows({ plan, span: [from, to], values: [low, high] }) {
    const dots = [], crosses = [];
    layers(plan).forEach((line, row) => line.epochs.forEach((x, i) => {
      if (x < from || x > to) return;
      const y = line.values[i], { colour } = line, edge = measures.crossRows[0] + row * measures.crossRows[1];
      const mark = (shape, at) => line.faint || crosses.push({ x, y: at, colour, shape });
      if (y === null) mark("cross", edge);
      else if (y > high) mark("triangle-up", edge);
      else if (y < low) mark("triangle-down", spec.height - edge);
      else if (line.dots.has(i)) dots.push({ x, y, colour, size: measures.dotSize });
    }));
    return { dots, crosses };
  }

  // Dots and rings at values, if these are in view.
  function spotRows({ plan, log, span: [from, to], values: [low, high] }) {
    const isSeen = ({ x, y }) => x >= from && x <= to && y >= low && y <= high && (y > 0 || !log);
    return plan.spots.filter(isSeen).map(({ x, y, hollow }) =>
      ({ x, y, hollow, colour: measures.ink, size: measures.markedDotSize }));
  }

  // ---- Views

  function draw(chart) {
    const { view, svg } = chart;
    chart.span = span(chart);
    chart.values = valueAxis(chart);
    const ticks = hasPlannedAxis(chart) ? chart.plan.numbers : valueTicks(chart.values, chart.log);
    view.signal("epochs", chart.span).signal("ticks", epochTicks(chart)).signal("values", chart.values);
    view.signal("numbers", ticks.map(([value]) => value)).signal("texts", Object.fromEntries(ticks));
    if (chart.weight !== weight) view.data("paths", pathRows(chart)).data("band", bandRows(visible(chart.plan)));
    chart.weight = weight;
    const { rules, dots, labels } = placeMarks(chart), symbols = symbolRows(chart);
    const spots = spotRows(chart);
    view.data("rules", rules).data("dots", dots.concat(symbols.dots, spots.filter(({ hollow }) => !hollow))).data("crosses", symbols.crosses);
    view.data("spots", spots.filter(({ hollow }) => hollow));
    view.data("labels", labels.concat(endLabels(chart))).run();
    svg.dataset.epochs = chart.span.join(" ");
    svg.dataset.values = chart.values.join(" ");
    svg.dataset.scale = chart.log ? "log" : "linear";
    svg.classList.toggle("zoomed", epochs !== null);
  }

  // Starts a chart's view, which replaces the drawing once it runs.
  function start(chart) {
    const { plan, svg } = chart, box = document.createElement("div");
    const refuse = () => Promise.reject(new Error("Reports make no requests."));
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
      } else replaceDrawing(svg, box.querySelector("svg"));
      chart.figure.querySelectorAll(".axis-note").forEach((note) => { note.hidden = chart.log !== plan.log; });
    });
  }

  // The drawing is hidden, not removed, because crosshair.js uses its parts. The crosshair stays on top.
  function replaceDrawing(svg, chart) {
    const drawing = document.createElementNS(svg.namespaceURI, "g");
    const parts = Array.from(svg.children).filter((part) => !part.matches("title, desc"));
    const crosshair = parts.find((part) => part.matches(".crosshair") || part.querySelector(".crosshair"));
    drawing.setAttribute("display", "none");
    drawing.append(...parts.filter((part) => part !== crosshair));
    svg.insertBefore(drawing, crosshair);
    svg.insertBefore(chart, crosshair);
    svg.classList.add("interactive");
  }

  const bandRows = ({ band }) => (band ? band.epochs : []).map((x, i) =>
    ({ x, low: band.low[i], mid: band.mid[i], high: band.high[i], colour: band.colour, opacity: band.opacity }));

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

  // ---- Input

  function extent() {
    return [Math.min(...charts.map(({ plan }) => plan.epochs[0])), Math.max(...charts.map(({ plan }) => plan.epochs[1]))];
  }

  function showEpochs(from, to) {
    const [first, end] = extent(), width = clamp(to - from, measures.minEpochs, end - first);
    const low = clamp(from, first, end - width);
    epochs = width < end - first ? [low, low + width] : null;
    drawAll();
  }

  // Zooms around one epoch, which stays in place.
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
    charts.forEach(({ plan }) => {
      plan.lines.forEach((line) => { line.strong = weight ? average(line.values) : line.smooth; });
    });
    bar.querySelector(".weight").textContent = weight.toFixed(2);
    drawAll();
  }

  // The epoch at a position on the page.
  function epochAt(chart, clientX) {
    const { plan, svg } = chart, box = svg.getBoundingClientRect(), [from, to] = span(chart);
    const x = (clientX - box.left) / box.width * svg.viewBox.baseVal.width - plan.left;
    return from + clamp(x / plan.width, 0, 1) * (to - from);
  }

  // The crosshair's epoch, even if it is outside the visible epochs; the middle if there is no crosshair.
  function focused({ plan, figure, svg, span: [from, to] }) {
    const active = figure.querySelector(".readout").textContent;
    const x = active ? svg.querySelector(".crosshair").getAttribute("x1") - plan.left : plan.width / 2;
    return from + x / plan.width * (to - from);
  }

  // One finger or mouse button pans, two fingers zoom.
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
    // The wheel scrolls the page, unless the chart has the focus or Ctrl is pressed (as pinching does).
    svg.addEventListener("wheel", (event) => {
      const { deltaX, deltaY } = event, meant = event.ctrlKey || event.metaKey;
      const turn = event.deltaMode ? Math.sign(deltaY) : clamp(deltaY / measures.wheelTurn, -1, 1);
      const sideways = Math.abs(deltaX) > Math.abs(deltaY);
      if (!meant && (document.activeElement !== svg || (epochs === null && (sideways || turn > 0)))) return;
      event.preventDefault();
      if (sideways) pan(Math.sign(deltaX) * (chart.span[1] - chart.span[0]) * measures.wheelPan);
      else zoom(zoomFactor ** turn, epochAt(chart, event.clientX));
    }, { passive: false });
    // Arrow keys move the crosshair, and the charts follow it; with Shift they pan.
    svg.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      const distance = (chart.span[1] - chart.span[0]) * measures.keyPan;
      const keys = {
        "+": () => zoom(1 / zoomFactor, focused(chart)), "=": () => zoom(1 / zoomFactor, focused(chart)),
        "-": () => zoom(zoomFactor, focused(chart)), "0": showWhole,
        ArrowLeft: () => pan(-distance), ArrowRight: () => pan(distance),
      };
      if (!(event.key in keys) || (event.key.startsWith("Arrow") && !event.shiftKey)) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      keys[event.key]();
    }, { capture: true });
    svg.addEventListener("keydown", () => {
      const at = focused(chart), [from, to] = chart.span;
      if (at < from - measures.slack || at > to + measures.slack) pan(at - (from + to) / 2);
    });
  }

  // ---- The controls of all charts, at the lower edge of the window

  const bar = document.getElementById("reportgen-controls").content.querySelector(".controls").cloneNode(true);
  const slider = bar.querySelector(".smoothing input"), log = bar.querySelector(".log input");

  // A logarithmic axis is offered for charts that can show every value on it.
  const withLog = () => charts.filter(({ plan }) => plan.positive);

  function zoomMiddle(factor) {
    zoom(factor, focused(charts.find(({ figure }) => figure.querySelector(".readout").textContent) || charts[0]));
  }

  function showControls() {
    const able = withLog(), drawn = able.filter((chart) => chart.log).length;
    log.parentElement.hidden = !able.length;
    log.checked = able.length > 0 && drawn === able.length;
    log.indeterminate = drawn > 0 && drawn < able.length;
    if (!bar.isConnected) document.querySelector("main").append(bar);
  }

  slider.addEventListener("input", () => smooth(Number(slider.value)));
  log.addEventListener("change", () => withLog().forEach((chart) => {
    chart.log = log.checked;
    start(chart);
  }));
  const acts = { in: () => zoomMiddle(1 / zoomFactor), out: () => zoomMiddle(zoomFactor), all: showWhole };
  bar.querySelectorAll("button").forEach((button) => button.addEventListener("click", acts[button.value]));

  function startChart([id, plan]) {
    const title = document.getElementById(id + "-title");
    if (!title || plan.epochs[1] - plan.epochs[0] <= measures.minEpochs) return;
    const svg = title.closest("svg");
    plan.lines.forEach((line) => {
      line.strong = line.smooth;
      line.dots = new Set(line.dots);
    });
    const chart = { plan, svg, figure: svg.closest("figure"), log: plan.log, view: null };
    start(chart).then(() => {
      charts.push(chart);
      svg.setAttribute("aria-keyshortcuts", `+ - 0 Shift+ArrowLeft Shift+ArrowRight ${svg.getAttribute("aria-keyshortcuts") ?? ""}`.trim());
      showControls();
      follow(chart);
    }).catch(() => {});
  }

  // ---- The runtime: it ran before this script, or the page contains it compressed

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

  // The buttons of crosshair.js show which lines are hidden.
  document.addEventListener("click", () => {
    const names = Array.from(document.querySelectorAll(".lines [aria-pressed=false]"), (button) => button.textContent);
    if (hidden.size === new Set(names).size) return;
    hidden = new Set(names);
    charts.forEach((chart) => { chart.weight = null; });
    drawAll();
  });
  begin().catch(() => {});
})();
