// The matrix: origins down, countries of reporting across, the coverage of each country in the same column above.

const M = REPORT.matrix;
const ROW = 21, STRIP = 36, GAP = 8, HEAD = 150, FOOT = 10;
const RAMP = [[0, "#e4eef6"], [0.25, "#a6cbe3"], [0.5, "#4e93c1"], [0.75, "#1f5f93"], [1, "#0b2f55"]];
const GREYS = [[0, "#eceef0"], [1, "#3c444b"]];
const STRIPS = ["Watched / expected", "Uptime, %", "Stories read", "Window gaps"];
const form = document.getElementById("matrix-form");
const matrix = { view: null, at: null };

const whole = (n) => n.toLocaleString("en");
const percent = (share) => (share === null ? "not known" : share > 0 && share < 0.01 ? "< 1 %" : share > 0.99 && share < 1 ? "> 99 %" : `${Math.round(100 * share)} %`);
const short = (n) => (n >= 10000 ? `${Math.round(n / 1000)}k` : n >= 1000 ? `${(n / 1000).toFixed(1)}k` : String(n));
const many = (n, noun, plural) => `${whole(n)} ${n === 1 ? noun : (plural ?? `${noun}s`)}`;
const uptimeShort = (share) => (share > 0 && share < 0.01 ? "<1" : share > 0.99 && share < 1 ? ">99" : String(Math.round(100 * share)));
const figure = (x) => (x >= 100 ? whole(Math.round(x)) : String(Number(x.toPrecision(2))));

// What the filters leave: columns, rows, and for every pair its persons and stories at the chosen stages.
function chosen() {
  const asked = new Set([...form.querySelectorAll("[name=stage]:checked")].map((box) => box.value));
  const search = form.search.value.trim().toLowerCase();
  const sum = new Map(), anyStage = new Map(), here = new Map(), byRow = new Map();
  const add = (map, key, n) => map.set(key, (map.get(key) ?? 0) + n);
  for (const [row, column, stage, persons, stories] of M.cells) {
    add(anyStage, column, persons);
    if (!asked.has(M.stages[stage].id)) continue;
    const cell = sum.get(`${row} ${column}`) ?? { persons: 0, stories: 0, stages: 0 };
    sum.set(`${row} ${column}`, { persons: cell.persons + persons, stories: cell.stories + stories, stages: cell.stages + 1 });
    add(here, column, persons);
  }
  let columns = M.countries.map((country, i) => ({ ...country, i, persons: here.get(i) ?? 0 }));
  columns = columns.filter((one) => (!form.region.value || one.region === form.region.value) && (!search || one.name.toLowerCase().includes(search) || one.id.toLowerCase() === search));
  const shown = new Set(columns.map((one) => one.i));
  for (const [key, cell] of sum) {
    const [row, column] = key.split(" ").map(Number);
    if (shown.has(column)) add(byRow, row, cell.persons);
  }
  const least = Math.max(Number(form.least.value) || 0, form.hide.checked ? 1 : 0);
  const rows = M.origins.map((origin, i) => ({ ...origin, i, persons: byRow.get(i) ?? 0 })).filter((one) => one.persons >= least);
  const unsaid = (one) => (one.id === "" ? 1 : 0);
  rows.sort((a, b) => unsaid(a) - unsaid(b) || b.persons - a.persons);
  const hidden = form.hide.checked ? columns.filter((one) => one.persons === 0) : [];
  columns = columns.filter((one) => !hidden.includes(one));
  const order = form.order.value;
  if (order !== "name") columns.sort((a, b) => (b[order] ?? 0) - (a[order] ?? 0));
  return { columns, rows, sum, anyStage, here, hidden, measure: form.measure.value };
}

function emptyReason(view, country) {
  if (country.persons > 0) return M.words.nobody_of_this_origin;
  return (view.anyStage.get(country.i) ?? 0) > 0 ? M.words.below_stage : country.why;
}

// A number is a number where nobody looked, too; only an empty cell is blind.
const stateOf = (view, country) => ((view.anyStage.get(country.i) ?? 0) > 0 ? "seen" : country.state);

function valueOf(view, country, persons) {
  if (view.measure === "count") return persons;
  const by = country.divide?.[view.measure];
  return by ? persons / by : null;
}

function coverageWords(country) {
  if (!country.page) return [country.why];
  const missed = country.gaps === null ? "window gaps not known: no poll worked" : country.gaps ? `${many(country.gaps, "window gap")} (about ${many(country.missed, "story", "stories")} missed)` : "no window gap";
  return [
    `Coverage: ${country.watched} of ${many(country.expected, "source")}, uptime ${percent(country.uptime)}, ${many(country.days, "day")}`,
    `${many(country.read, "story", "stories")} read, ${missed}`,
    ...(country.flagged ? ["The series of this country is flagged: how we look has changed"] : []),
  ];
}

// The lines of a cell, the same for the pointer, the finger and the keyboard.
function cellWords(view, origin, country) {
  const cell = view.sum.get(`${origin.i} ${country.i}`);
  const said = origin.id === "" ? "Origin not said" : `Origin ${origin.name}`;
  const lines = [`${said}, reported in ${country.name}`];
  if (cell) {
    const stories = many(cell.stories, "story", "stories");
    lines.push(`${many(cell.persons, "person")} in ${cell.stages > 1 ? `at most ${stories}` : stories}`);
    if (view.measure !== "count") {
      const value = valueOf(view, country, cell.persons);
      lines.push(value === null ? `No figure for ${M.rates[view.measure]}` : `${figure(value)} ${M.rates[view.measure]}`);
    }
  } else {
    const state = stateOf(view, country);
    lines.push(`${state === "blind" ? "Not watched" : state === "unread" ? "Watched, not read" : "Nobody"}: ${emptyReason(view, country)}`);
  }
  return [...lines, ...coverageWords(country)];
}

// Black or white, whichever is easier to read on this place of the ramp: at least 4.5 to 1 (WCAG 2 AA).
function ink(ramp, at) {
  const next = Math.max(1, ramp.findIndex(([stop]) => stop >= at));
  const [[from, low], [to, high]] = [ramp[next - 1], ramp[next]];
  const light = [1, 3, 5].map((i) => {
    const [a, b] = [low, high].map((color) => parseInt(color.slice(i, i + 2), 16));
    const part = (a + ((b - a) * (at - from)) / (to - from)) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * light[0] + 0.7152 * light[1] + 0.0722 * light[2] > 0.179 ? "#000" : "#fff";
}

function matrixTraces(view, wide) {
  const { columns, rows } = view;
  const states = { seen: 0, unread: 1, blind: 2 };
  const hover = [], ground = [], dots = [], values = [], texts = [];
  for (const origin of rows) {
    const cells = columns.map((country) => view.sum.get(`${origin.i} ${country.i}`));
    const numbers = columns.map((country, i) => (cells[i] ? valueOf(view, country, cells[i].persons) : null));
    hover.push(columns.map((country) => cellWords(view, origin, country).map(plotText).join("<br>")));
    ground.push(columns.map((country, i) => (cells[i] ? 0 : states[stateOf(view, country)])));
    dots.push(columns.map((country, i) => (cells[i] ? (numbers[i] === null ? "–" : "") : stateOf(view, country) === "seen" ? "·" : "")));
    values.push(numbers);
    texts.push(numbers.map((x) => (x === null ? "" : view.measure === "count" ? short(x) : figure(x))));
  }
  // "Not said" is no origin: it has a scale of its own, or it would bleach every other row.
  const unsaid = rows.findIndex((one) => one.id === "");
  const most = (of) => Math.max(0, ...of.flat().filter((x) => x !== null));
  view.most = most(values.filter((_, j) => j !== unsaid));
  view.mostUnsaid = most(unsaid < 0 ? [] : [values[unsaid]]);
  const x = columns.map((_, i) => i), y = rows.map((_, i) => i);
  const strokes = Math.max(2, Math.round(wide / 18)); // side by side in one cell
  const within = (i) => Array.from({ length: strokes }, (_, n) => i - 0.5 + (n + 0.5) / strokes);
  const hatch = (state, symbol, color) => {
    const points = rows.flatMap((_, j) => columns.flatMap((country, i) => (ground[j][i] === states[state] ? within(i).map((at) => [at, j]) : [])));
    return {
      type: "scatter", mode: "markers", x: points.map((p) => p[0]), y: points.map((p) => p[1]), hoverinfo: "skip",
      marker: { symbol, size: 17, color, line: { width: 1, color } },
    };
  };
  const counts = (wanted, top, colorscale) => ({
    type: "heatmap", x, y, z: values.map((row, j) => row.map((v) => (v === null || !wanted(j) ? null : Math.sqrt(v)))), zmin: 0, zmax: Math.sqrt(top) || 1,
    colorscale, showscale: false, xgap: 1, ygap: 1, hoverinfo: "skip",
  });
  const inks = values.map((row, j) => row.map((v) => ink(j === unsaid ? GREYS : RAMP, Math.sqrt((v ?? 0) / ((j === unsaid ? view.mostUnsaid : view.most) || 1)))));
  const written = {
    type: "scatter", mode: "text", x: values.flatMap(() => x), y: values.flatMap((row, j) => row.map(() => j)), text: texts.flat(), textfont: { size: 10.5, color: inks.flat() }, hoverinfo: "skip",
  };
  const scale = (colors) => colors.flatMap((c, i) => [[i / colors.length, c], [(i + 1) / colors.length, c]]);
  return [
    {
      type: "heatmap", x, y, z: ground, zmin: -0.5, zmax: 2.5, colorscale: scale(["#f6f8f9", "#efe3c8", "#d5d9de"]), showscale: false,
      xgap: 1, ygap: 1, text: dots, texttemplate: "%{text}", textfont: { color: "#626b74", size: 12 }, customdata: hover, hovertemplate: "%{customdata}<extra></extra>",
    },
    counts((j) => j !== unsaid, view.most, RAMP),
    counts((j) => j === unsaid, view.mostUnsaid, GREYS),
    written,
    hatch("blind", "line-ne", "#7c858e"),
    hatch("unread", "line-nw", "#a08436"),
  ];
}

function stripTraces(view) {
  const { columns } = view;
  const x = columns.map((_, i) => i);
  const get = (key) => columns.map((one) => one[key] ?? 0);
  const missing = columns.map((one) => Math.max((one.expected ?? 0) - (one.watched ?? 0), 0));
  const hover = columns.map((one) => [one.name, ...coverageWords(one), ...(one.persons ? [] : [`No person: ${emptyReason(view, one)}`])].map(plotText).join("<br>"));
  const bar = (axis, y, color, line) => ({
    type: "bar", x, y, yaxis: axis, customdata: hover, hovertemplate: "%{customdata}<extra></extra>",
    marker: { color, line: { width: line ? 1 : 0, color: "#6f9a82" } }, width: 0.7,
  });
  const label = (axis, top, texts) => ({
    type: "scatter", mode: "text", x, y: x.map(() => top), yaxis: axis, text: texts, textfont: { size: 10, color: "#38424b" }, hoverinfo: "skip",
  });
  const tops = [Math.max(1, ...columns.map((one) => Math.max(one.expected ?? 0, one.watched ?? 0))), 1, Math.max(1, ...get("read")), Math.max(1, ...get("gaps"))];
  const sums = columns.map((one) => (one.persons ? valueOf(view, one, one.persons) : null));
  tops.push(Math.max(0, ...sums.filter((v) => v !== null)) || 1);
  view.tops = tops;
  const warn = (bad) => columns.map((one) => (bad(one) ? "#c8791f" : "#4f8a6b"));
  return [
    bar("y2", get("watched"), "#4f8a6b"), bar("y2", missing, "#fff", true),
    label("y2", tops[0] * 1.3, columns.map((one) => (one.page ? `${one.watched}/${one.expected}` : "–"))),
    bar("y3", get("uptime"), warn((one) => (one.uptime ?? 0) < 0.9)),
    label("y3", tops[1] * 1.3, columns.map((one) => (one.uptime === null || one.uptime === undefined ? "–" : uptimeShort(one.uptime)))),
    bar("y4", get("read"), "#4f8a6b"), label("y4", tops[2] * 1.3, columns.map((one) => (one.page ? short(one.read) : "–"))),
    bar("y5", get("gaps"), "#c8791f"), label("y5", tops[3] * 1.3, columns.map((one) => (one.page && one.gaps !== null ? short(one.gaps) : "–"))),
    bar("y6", sums, "#4e93c1"),
    label("y6", tops[4] * 1.3, columns.map((one, i) => (sums[i] === null ? (one.persons || stateOf(view, one) !== "seen" ? "–" : "0") : view.measure === "count" ? short(sums[i]) : figure(sums[i])))),
  ];
}

function matrixLayout(view, width, height) {
  const inner = height - HEAD - FOOT;
  const band = (from, size) => [1 - (from + size) / inner, 1 - from / inner];
  const quiet = { fixedrange: true, showgrid: false, zeroline: false, showticklabels: false };
  const strip = (i) => ({ ...quiet, anchor: "x", domain: band(i * (STRIP + GAP), STRIP), range: [0, view.tops[i] * 1.6] });
  const cut = (name) => (name.length > 20 ? `${name.slice(0, 19)}…` : name);
  return {
    width, height, margin: { l: 0, r: 6, t: HEAD, b: FOOT }, paper_bgcolor: "#fff", plot_bgcolor: "#fff", font: FONT, showlegend: false, barmode: "stack", hovermode: "closest", dragmode: false,
    hoverlabel: { align: "left", bgcolor: "#1c2024", bordercolor: "#1c2024", font: { ...FONT, color: "#fff" } },
    xaxis: {
      fixedrange: true, showgrid: false, zeroline: false, side: "top", anchor: "free", position: 1, tickangle: -90, ticks: "outside", ticklen: 5, tickcolor: "rgba(0,0,0,0)", range: [-0.5, view.columns.length - 0.5],
      tickvals: view.columns.map((_, i) => i), ticktext: view.columns.map((one) => plotText(cut(one.name))), tickfont: { size: 12 },
    },
    yaxis: { ...quiet, anchor: "x", domain: [0, (view.rows.length * ROW) / inner], range: [view.rows.length - 0.5, -0.5] },
    yaxis2: strip(0), yaxis3: strip(1), yaxis4: strip(2), yaxis5: strip(3), yaxis6: strip(4), shapes: marker(view),
  };
}

// The frame around the cell that is being read.
function marker(view) {
  if (!matrix.at) return [];
  const [i, j] = matrix.at;
  return [{ type: "rect", x0: i - 0.5, x1: i + 0.5, y0: j - 0.5, y1: j + 0.5, line: { color: "#c46a00", width: 3 } }];
}

function drawLabels(view, height) {
  const box = document.getElementById("matrix-labels");
  const wide = window.innerWidth > 700 ? 190 : 112;
  box.style.width = `${wide}px`;
  box.style.height = `${height}px`;
  const put = (text, top, size, className) => {
    const made = el("div", text, className);
    made.title = text;
    Object.assign(made.style, { top: `${top}px`, height: `${size}px`, lineHeight: `${size}px` });
    return made;
  };
  const first = HEAD + 5 * (STRIP + GAP);
  const narrow = wide < 150;
  const corner = put(narrow ? "Reported in → Origin ↓" : "Country of reporting → Coverage, then origin of the accused ↓", HEAD - 50, 46, "corner");
  corner.style.lineHeight = "";
  const names = narrow ? ["Sources", "Uptime, %", "Stories read", "Gaps"] : STRIPS;
  box.replaceChildren(
    corner,
    ...names.map((name, i) => put(name, HEAD + i * (STRIP + GAP), STRIP, "cover")),
    put(narrow ? "All origins" : "All origins together", HEAD + 4 * (STRIP + GAP), STRIP, "sum"),
    ...view.rows.map((one, j) => put(one.name, first + j * ROW, ROW, "")),
  );
  return wide;
}

function drawLegend(view) {
  const box = document.getElementById("matrix-legend");
  const item = (className, text) => {
    const made = el("span");
    made.append(el("i", undefined, className), text);
    return made;
  };
  const ramp = item("ramp", `${figure(view.most)} ${M.rates[view.measure]}`);
  ramp.prepend("0");
  const unsaid = item("greys", `not said: 0 to ${figure(view.mostUnsaid)}`);
  const zero = item("", "watched, nobody (·)");
  const hidden = view.hidden.filter((one) => one.state !== "seen").length;
  const left = view.hidden.length ? `${many(view.hidden.length, "country without persons is", "countries without persons are")} hidden, ${hidden} of them not watched or not read` : "";
  box.replaceChildren(ramp, unsaid, zero, item("blind", "grey: not watched"), item("unread", "yellow: watched, not read"), item("warn", "uptime below 90 %, or gaps"), left);
}

function drawMatrix() {
  const view = (matrix.view = chosen());
  if (matrix.at && (matrix.at[0] >= view.columns.length || matrix.at[1] >= view.rows.length)) matrix.at = null;
  const inner = 5 * (STRIP + GAP) + view.rows.length * ROW;
  const height = HEAD + inner + FOOT;
  const plot = document.getElementById("matrix-plot");
  const labels = drawLabels(view, height);
  const room = document.getElementById("matrix-box").clientWidth - labels - 2;
  const width = Math.max(Math.min(room, view.columns.length * 64 + 12), view.columns.length * 33 + 6, 60);
  const data = view.columns.length ? [...matrixTraces(view, width / view.columns.length), ...stripTraces(view)] : [];
  drawLegend(view);
  if (!matrix.at) say(emptyWords(view));
  return Plotly.react(plot, data, view.columns.length ? matrixLayout(view, width, height) : { width, height: 60, xaxis: { visible: false }, yaxis: { visible: false } }, PLOT);
}

function emptyWords(view) {
  if (!M.countries.length) return "No country is in this report.";
  if (!view.columns.length) return "No country is left by these filters.";
  if (view.rows.length) return "";
  return M.cells.length ? "No origin is left by these filters; the coverage of the countries stays." : "No accused was read in this span; the coverage of the countries stays.";
}

// What a cell says stays in view on a phone until it is closed; anything else stands where it stands.
function say(text, country) {
  const box = document.getElementById("matrix-readout");
  box.replaceChildren(...(text ? [text] : []));
  box.classList.toggle("reading", country !== undefined);
  if (country?.page) {
    const link = el("a", `Open ${country.name}`);
    link.href = `#country-${country.id}`;
    box.append(" ", link);
  }
  if (country) {
    const close = el("button", "Close");
    close.type = "button";
    close.addEventListener("click", stopReading);
    box.append(" ", close);
  }
}

function stopReading() {
  matrix.at = null;
  say("");
  Plotly.relayout("matrix-plot", { shapes: [] });
  document.getElementById("matrix-box").focus({ preventScroll: true });
}

function readCell(i, j) {
  const { columns, rows } = matrix.view;
  if (!columns[i] || !rows[j]) return;
  matrix.at = [i, j];
  say(`${cellWords(matrix.view, rows[j], columns[i]).join(". ")}.`, columns[i]);
  Plotly.relayout("matrix-plot", { shapes: marker(matrix.view) });
}

function matrixKey(event) {
  const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
  if (!step || !matrix.view.columns.length || !matrix.view.rows.length) return;
  event.preventDefault();
  const within = (n, size) => Math.min(Math.max(n, 0), size - 1);
  const [i, j] = matrix.at ? [matrix.at[0] + step[0], matrix.at[1] + step[1]] : [0, 0];
  readCell(within(i, matrix.view.columns.length), within(j, matrix.view.rows.length));
  const box = document.getElementById("matrix-box"), plot = document.getElementById("matrix-plot");
  const labels = document.getElementById("matrix-labels").offsetWidth;
  const one = plot.offsetWidth / matrix.view.columns.length;
  const left = matrix.at[0] * one;
  if (left < box.scrollLeft) box.scrollLeft = left;
  if (left + one > box.scrollLeft + box.clientWidth - labels) box.scrollLeft = left + one - box.clientWidth + labels;
  const top = box.getBoundingClientRect().top + HEAD + 5 * (STRIP + GAP) + matrix.at[1] * ROW;
  if (top < 60 || top > window.innerHeight - 140) window.scrollBy({ top: top - window.innerHeight / 2, behavior: "instant" });
}

// Every pair of the matrix for the download, whatever the filters show: the empty ones with their reason.
function matrixRows() {
  const header = ["origin", "origin_name", "country", "country_name", "region", "stage", "persons", "stories", "why_empty", "sources_watched", "sources_expected", "uptime", "days_watched", "stories_read", "window_gaps"];
  const total = new Map(), rows = [], full = new Set();
  const coverage = (c) => [c.watched, c.expected, c.uptime, c.days, c.read, c.gaps];
  for (const [o, c, s, persons, stories] of M.cells) {
    const origin = M.origins[o], country = M.countries[c];
    rows.push([origin.id, origin.name, country.id, country.name, country.region, M.stages[s].id, persons, stories, "", ...coverage(country)]);
    full.add(`${o} ${c}`);
    total.set(c, (total.get(c) ?? 0) + persons);
  }
  M.origins.forEach((origin, o) => M.countries.forEach((country, c) => {
    if (full.has(`${o} ${c}`)) return;
    const looked = country.state === "seen" || total.has(c);
    const why = total.has(c) ? M.words.nobody_of_this_origin : country.why;
    rows.push([origin.id, origin.name, country.id, country.name, country.region, "", looked ? 0 : null, looked ? 0 : null, why, ...coverage(country)]);
  }));
  return [header, rows];
}

async function startMatrix() {
  // On a phone the filters would take a whole screen before the matrix.
  const phone = window.matchMedia("(max-width: 700px)");
  const filters = document.getElementById("matrix-filters");
  const fold = () => { filters.open = !phone.matches; };
  phone.addEventListener("change", fold);
  fold();
  const redraw = () => { matrix.at = null; return drawMatrix(); };
  form.addEventListener("input", redraw);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(redraw));
  await drawMatrix();
  const plot = document.getElementById("matrix-plot");
  plot.on("plotly_click", ({ points }) => (points[0].data.yaxis ? null : readCell(points[0].x, points[0].y)));
  document.getElementById("matrix-box").addEventListener("keydown", matrixKey);
}
