"""JavaScript functions for `Engine.run` that measure computed boxes and colours of a page, and `until`, which waits."""

from playwright.sync_api import Page


def until(page: Page, truth: str) -> None:
    """Waits until an expression is true. Playwright's own waiting evaluates text, which the policy blocks."""
    for _ in range(200):
        if page.evaluate(truth):
            return
        page.wait_for_timeout(50)
    raise AssertionError(f"never came true: {truth}")


# Opens each closed section, and all rows of long tables on phones. What is in it has no layout before, for which
# Chromium sometimes returns empty boxes.
OPEN_SECTIONS = """
() => {
  document.querySelectorAll('details').forEach(section => { section.open = true; });
  document.querySelectorAll('.more').forEach(more => { more.checked = true; });
}
"""

# The number of marks that each chart shows inside its own box, in open sections.
DRAWN_MARKS = """
() => Array.from(document.querySelectorAll('figure.chart svg[role=img]'), svg => {
  const inside = svg.getBoundingClientRect();
  return Array.from(svg.querySelectorAll('path, line'), mark => mark.getBoundingClientRect())
    .filter(box => (box.width > 0 || box.height > 0) && box.left < inside.right && box.top < inside.bottom).length;
})
"""

SIDEWAYS_SCROLL = """
() => document.documentElement.scrollWidth - document.documentElement.clientWidth
"""

# Pairs of words of a chart whose boxes overlap, axis numbers included. Boxes are cut to the font size, since engines
# add different space above and below the letters.
TOUCHING_WORDS = """
() => Array.from(document.querySelectorAll('figure.chart svg')).flatMap(svg => {
  const words = Array.from(svg.querySelectorAll('text'))
    .filter(word => word.textContent.trim() && !word.closest('[display=none]'));
  const boxes = words.map(word => {
    const { left, right, top, bottom, height } = word.getBoundingClientRect();
    const space = Math.max(0, height - parseFloat(getComputedStyle(word).fontSize) * svg.getScreenCTM().a) / 2;
    return { left, right, top: top + space, bottom: bottom - space };
  });
  const touching = [];
  for (let i = 0; i < words.length; i++) for (let j = i + 1; j < words.length; j++) {
    const a = boxes[i], b = boxes[j];
    if (a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 1 && b.top < a.bottom - 1)
      touching.push(words[i].textContent + ' | ' + words[j].textContent);
  }
  return touching;
})
"""

# The words of a chart outside its frame.
OUTSIDE = """
() => Array.from(document.querySelectorAll('figure.chart svg')).flatMap(svg => {
  const frame = svg.closest('figure').getBoundingClientRect();
  return Array.from(svg.querySelectorAll('text')).filter(word => {
    const box = word.getBoundingClientRect();
    return !word.closest('[display=none]') && (box.left < frame.left || box.right > frame.right);
  }).map(word => word.textContent);
})
"""

# Each visible text in page order, without texts that only appear if scripts are disabled.
VISIBLE_TEXTS = """
(selector = 'body') => Array.from(document.querySelectorAll(selector)).flatMap(root => {
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT), range = document.createRange(), seen = [];
  while (walker.nextNode()) {
    const node = walker.currentNode, element = node.parentElement;
    if (element.closest('noscript, script, style, title, desc') || !node.data.trim()) continue;
    range.selectNodeContents(node);
    const box = range.getBoundingClientRect();
    if (box.width > 1 && box.height > 1 && element.checkVisibility({ visibilityProperty: true, opacityProperty: true }))
      seen.push(node.data.trim().replace(/\\s+/g, ' '));
  }
  return seen;
})
"""

# Elements whose middle is hidden behind another element once they are scrolled into view.
COVERED = """
selector => Array.from(document.querySelectorAll(selector)).filter(element => {
  if (!element.checkVisibility()) return false;
  element.scrollIntoView({ block: 'center', behavior: 'instant' });
  const box = element.getBoundingClientRect();
  const top = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
  return !(top && (element.contains(top) || top.contains(element)));
}).map(element => element.tagName + ' ' + element.textContent.slice(0, 40))
"""

# Each chart as a screen reader presents it: role, name, description, and the rows of the table with its values.
CHARTS = """
() => Array.from(document.querySelectorAll('figure.chart'), figure => {
  const svg = figure.querySelector('svg');
  const table = figure.querySelector('table') // of a plot
    ?? document.querySelector(`#values-${figure.id} table`) // of a comparison
    ?? document.getElementById('all-values');
  const text = id => document.getElementById(id)?.textContent ?? '';
  const [title, description] = (svg?.getAttribute('aria-labelledby') ?? '').split(' ').map(text);
  return {
    role: svg?.getAttribute('role'), title, description,
    heading: figure.querySelector('figcaption :is(h2, h3)')?.textContent.trim(),
    columns: Array.from(table.querySelectorAll('thead th[scope=col]'), cell => cell.textContent.trim()),
    rows: Array.from(table.querySelectorAll('tbody tr'), row => row.cells.length),
  };
})
"""

# Texts and chart lines whose contrast with their background is below WCAG 2.2 AA: 4.5 for text, 3 for large text and
# for lines. Lines that are faint by design have their own opacity.
LOW_CONTRAST = """
() => {
  const rgba = colour => {
    const [r, g, b, a = 1] = colour.match(/[\\d.]+/g).map(Number);
    return [r, g, b, a];
  };
  const over = (top, under) => top.slice(0, 3).map((part, i) => part * top[3] + under[i] * (1 - top[3]));
  const luminance = colour => colour.slice(0, 3)
    .map(part => part / 255).map(part => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4)
    .reduce((sum, part, i) => sum + part * [0.2126, 0.7152, 0.0722][i], 0);
  const contrast = (a, b) => {
    const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y);
    return (high + 0.05) / (low + 0.05);
  };
  const paper = element => {
    const layers = [];
    for (let at = element; at; at = at.parentElement) layers.push(rgba(getComputedStyle(at).backgroundColor));
    return layers.reverse().reduce((under, layer) => over(layer, under), [255, 255, 255]);
  };
  const low = [];
  const judge = (element, colour, needed, what) => {
    if (colour === 'none') return;
    const under = paper(element), ratio = contrast(over(rgba(colour), under), under);
    if (ratio < needed) low.push(what + ': ' + colour + ' on ' + under.map(Math.round) + ' is ' + ratio.toFixed(2));
  };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement, style = getComputedStyle(element);
    if (!walker.currentNode.data.trim() || !element.checkVisibility({ visibilityProperty: true })) continue;
    if (element.closest('script, style, title, desc, noscript')) continue;
    const size = parseFloat(style.fontSize), large = size >= 24 || (size >= 18.66 && style.fontWeight >= 700);
    const colour = element.closest('svg') ? style.fill : style.color;
    judge(element, colour, large ? 3 : 4.5, element.tagName + ' ' + walker.currentNode.data.trim().slice(0, 30));
  }
  for (const line of document.querySelectorAll('figure.chart svg path[stroke]')) {
    const style = getComputedStyle(line);
    if (style.opacity * style.strokeOpacity === 1) judge(line, style.stroke, 3, 'line');
  }
  return low;
}
"""

# Elements that move, or would move when hovered, focused or opened.
MOVING = """
() => Array.from(document.querySelectorAll('*')).filter(element => {
  const { transitionDuration, scrollBehavior } = getComputedStyle(element);
  const moves = element.getAnimations().some(animation => animation.playState === 'running');
  return moves || scrollBehavior === 'smooth' || transitionDuration.split(',').some(time => parseFloat(time) > 0);
}).map(element => element.tagName)
"""
