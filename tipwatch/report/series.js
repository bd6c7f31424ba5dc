// The months of a country: full series, frozen panel, as read then; dated breaks; sources watched below.

const LOOK = {
  full: { name: "all sources, as read today", color: "#0b57a4", dash: "solid", symbol: "circle" },
  panel: { name: "frozen panel", color: "#b34700", dash: "dash", symbol: "square" },
  then: { name: "all sources, as read then", color: "#56606a", dash: "dot", symbol: "x-thin-open" },
};

// Numbers of the changes by month, so that close ones share a flag; they point into the list under the chart.
function flags(series) {
  const found = new Map();
  for (const [day, number, words] of series.marks) {
    const month = day.slice(0, 7);
    found.set(month, [...(found.get(month) ?? []), { day, number, words }]);
  }
  return [...found.values()];
}

function flagText(group) {
  const numbers = group.map((one) => one.number);
  if (group.length === 1) return `${numbers[0]}: ${group[0].words}`;
  const which = group.length > 3 ? `${numbers[0]} … ${numbers.at(-1)}` : numbers.join(", ");
  return `${which}: ${group.length} changes`;
}

function differs(series, measure) {
  return series.then[measure].some((n, i) => n !== null && n !== series.full[measure][i]);
}

function drawSeries(country) {
  const series = REPORT.series[country];
  const plot = document.querySelector(`.plot.series[data-series="${CSS.escape(country)}"]`);
  const measure = document.querySelector(`fieldset[data-series="${CSS.escape(country)}"] input:checked`).value;
  if (!series.months.length) {
    plot.textContent = "No month was watched.";
    plot.style.height = "auto";
    return;
  }
  const lines = ["then", "panel", "full"].filter((key) => series[key]?.[measure] && (key !== "then" || differs(series, measure))).map((key) => ({
    type: "scatter", mode: "lines+markers", name: LOOK[key].name, x: series.months, y: series[key][measure], hovertemplate: "%{y}",
    line: { color: LOOK[key].color, dash: LOOK[key].dash, width: key === "full" ? 2.4 : 2 }, marker: { symbol: LOOK[key].symbol, size: 6, color: LOOK[key].color, line: { width: 1.5, color: LOOK[key].color } },
  }));
  const most = Math.max(1, ...lines.flatMap((line) => line.y.filter((n) => n !== null)));
  const sources = {
    type: "bar", name: "sources watched", x: series.months, y: series.sources, yaxis: "y2", marker: { color: "#4f8a6b" }, hovertemplate: "%{y}", showlegend: false,
  };
  const groups = flags(series);
  const width = Math.max(plot.parentElement.clientWidth, 560);
  const levels = groups.length > width / 110 ? 3 : 2;
  Plotly.react(plot, [...lines, sources], {
    width, height: 410, margin: { l: 52, r: 14, t: 18 + 15 * levels, b: 78 }, font: FONT, paper_bgcolor: "#fff", plot_bgcolor: "#fff", hovermode: "x unified", dragmode: false, bargap: 0.3,
    legend: { orientation: "h", traceorder: "reversed", yref: "container", y: 0.01, yanchor: "bottom", x: 0 },
    xaxis: { type: "date", anchor: "y2", fixedrange: true, showgrid: false, tickformat: "%b\n%Y", hoverformat: "%B %Y", ticks: "outside" },
    yaxis: { domain: [0.3, 1], fixedrange: true, range: [0, most * 1.12], gridcolor: "#e8ebee", zerolinecolor: "#aab2ba", rangemode: "tozero" },
    yaxis2: { domain: [0, 0.2], fixedrange: true, rangemode: "tozero", nticks: 3, gridcolor: "#e8ebee", zerolinecolor: "#aab2ba" },
    shapes: groups.map((group) => ({ type: "line", x0: group[0].day, x1: group[0].day, yref: "paper", y0: 0, y1: 1, line: { color: "#b3261e", width: 1, dash: "dot" } })),
    annotations: [
      ...groups.map((group, i) => ({ x: group[0].day, yref: "paper", y: 1, yshift: 8 + 14 * (i % levels), showarrow: false, xanchor: "left", text: plotText(flagText(group)), font: { size: 10.5, color: "#b3261e" } })),
      { xref: "paper", yref: "paper", x: 0, y: 0.2, xanchor: "left", yanchor: "bottom", showarrow: false, text: "sources watched", font: { size: 11, color: "#1b6e3c" } },
    ],
  }, PLOT);
}
