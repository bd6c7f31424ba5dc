// Contrast of every text that is shown against what lies behind it (WCAG 2), lowest first; cells apart, by their ramp.
() => {
  const channels = (text) => { const found = text.match(/[\d.]+/g).map(Number); return found.length < 4 ? [...found, 1] : found; };
  const hex = (text) => [1, 3, 5].map((i) => parseInt(text.slice(i, i + 2), 16));
  const light = (color) => {
    const [r, g, b] = color.slice(0, 3).map((v) => (v / 255 <= 0.04045 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ratio = (a, b) => { const [low, high] = [light(a), light(b)].sort((x, y) => x - y); return (high + 0.05) / (low + 0.05); };
  const grounds = (element) => {
    if (element.closest("svg")) return [[255, 255, 255]];
    for (let at = element; at; at = at.parentElement) {
      const style = getComputedStyle(at);
      if (style.backgroundImage.startsWith("repeating-")) return [...style.backgroundImage.matchAll(/rgba?\([^)]*\)/g)].map((one) => channels(one[0]));
      if (channels(style.backgroundColor)[3] === 1) return [channels(style.backgroundColor)];
    }
    return [[255, 255, 255]];
  };
  const found = [];
  for (const element of document.querySelectorAll("body *")) {
    if (element.closest("script, style, noscript, .heatmaplayer, .scatterlayer") || !element.checkVisibility()) continue;
    if (![...element.childNodes].some((one) => one.nodeType === Node.TEXT_NODE && one.textContent.trim())) continue;
    const style = getComputedStyle(element);
    const ink = channels(element.closest("svg") ? style.fill : style.color);
    found.push([Math.min(...grounds(element).map((ground) => ratio(ink, ground))), `${element.tagName} ${element.textContent.slice(0, 30)}`]);
    if (element.classList.contains("sort")) found.push([ratio(channels(getComputedStyle(element, "::after").color), grounds(element)[0]), "arrow of a sorted column"]);
  }
  for (const ramp of [RAMP, GREYS]) {
    for (let at = 0; at <= 1; at += 0.001) {
      const next = Math.max(1, ramp.findIndex(([stop]) => stop >= at));
      const [[from, low], [to, high]] = [ramp[next - 1], ramp[next]];
      const ground = hex(low).map((v, i) => v + ((hex(high)[i] - v) * (at - from)) / (to - from));
      found.push([ratio(ink(ramp, at) === "#000" ? [0, 0, 0] : [255, 255, 255], ground), `a cell at ${at.toFixed(3)} of its ramp`]);
    }
  }
  const dots = matrixTraces(matrix.view, 33)[0];
  found.push([ratio(hex(dots.textfont.color), hex(dots.colorscale[0][1])), "the sign of an empty cell"]);
  return found.sort((a, b) => a[0] - b[0]);
}
