// Inserted into the other scripts. NUMBER_FORMAT is replaced with the numbers from reportgen/formatting.py.
const [plainFrom, plainBelow, usual, fewer] = NUMBER_FORMAT;

// A number formatted as in reportgen/formatting.py.
function written(value, digits = usual) {
  const size = Math.abs(value);
  return (!isFinite(value) ? String(value).replace("Infinity", "∞")
    : !value ? "0"
    : size >= plainFrom && size < plainBelow ? value.toFixed(Math.max(0, digits - 1 - Math.floor(Math.log10(size))))
    : value.toExponential(Math.max(digits - fewer, 1)).replace(/\.?0+e/, "e").replace("+", "")
  ).replaceAll("-", "−");
}
