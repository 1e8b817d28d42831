// Sorts and filters the table of runs. The page is complete without this script.
(() => {
  "use strict";
  const table = document.querySelector("table.runs"), controls = document.querySelector(".controls");
  const [filter, verdict, reset, output] = controls.querySelectorAll("input, select, button, output");
  const groups = Array.from(table.tBodies);
  const runs = groups.flatMap((group) => Array.from(group.rows).slice(1).map((row) => {
    return { row, group, text: row.textContent.toLowerCase() };
  }));
  const heads = Array.from(table.tHead.rows[0].cells);
  const sorted = table.insertBefore(document.createElement("tbody"), groups[0] || null);
  let column = -1, way = 1;

  // The value to sort a cell by: its number, or else its text; undefined for empty cells and runs without a report.
  function key({ row }) {
    if (column && row.cells.length < heads.length) return undefined;
    const cell = row.cells[column], { number } = cell.dataset;
    return number === undefined ? cell.textContent.trim() || undefined : Number(number);
  }

  // Empty cells come last in either order; numbers come before texts.
  function compare(a, b) {
    const [x, y] = [key(a), key(b)];
    if (x === undefined || y === undefined) return (x === undefined) - (y === undefined);
    if (typeof x !== typeof y) return typeof x === "number" ? -1 : 1;
    return way * (typeof x === "number" ? x - y : x.localeCompare(y, document.documentElement.lang, { numeric: true }));
  }

  function update() {
    const words = filter.value.toLowerCase().split(/\s+/);
    runs.forEach(({ row, group, text }) => {
      row.hidden = !words.every((word) => text.includes(word)) || (verdict.value && group.id !== verdict.value);
    });
    const order = column < 0 ? runs : [...runs].sort(compare);
    order.forEach(({ row, group }) => (column < 0 ? group : sorted).append(row));
    groups.forEach((group) => {
      group.hidden = column >= 0 || Array.from(group.rows).slice(1).every((row) => row.hidden);
    });
    heads.forEach((head, i) => {
      if (i === column) head.setAttribute("aria-sort", way > 0 ? "ascending" : "descending");
      else head.removeAttribute("aria-sort");
    });
    const shown = runs.filter(({ row }) => !row.hidden).length;
    output.textContent = output.dataset.text.replace("{shown}", shown).replace("{all}", runs.length);
  }

  heads.forEach((head, i) => {
    if (!head.matches("th")) return;
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      way = column === i ? -way : 1;
      column = i;
      update();
    });
  });
  filter.addEventListener("input", update);
  verdict.addEventListener("change", update);
  reset.addEventListener("click", () => {
    column = -1;
    filter.value = verdict.value = "";
    update();
  });
  controls.hidden = false;
  update();
})();
