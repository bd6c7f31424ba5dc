"use strict";
// The data that the page carries, and every download: rows become CSV here, on this machine.

const REPORT = JSON.parse(document.getElementById("report-data").textContent);

// A spreadsheet runs what begins with one of these, even behind blanks: an apostrophe makes it text.
const FORMULA = /^(?:[\t\r\n]|[\s\u200b-\u200f\u2060\ufeff]*[=+\-@\u2212\uff0b\uff0d\uff1d\uff20])/;

function csvCell(value) {
  if (value === null || value === undefined) return "";
  if (typeof value === "number") return String(value);
  const text = FORMULA.test(value) ? "'" + value : String(value);
  return /[",;\r\n]/.test(text) ? '"' + text.replaceAll('"', '""') + '"' : text;
}

// Every row ends with where it comes from: a file that is passed on keeps the span and the reader of its numbers.
function csvText(header, rows) {
  const origin = [REPORT.span, REPORT.made, REPORT.reader];
  const lines = [[...header, "report_span", "report_made_at", "reader_version"], ...rows.map((row) => [...row, ...origin])];
  return "\ufeff" + lines.map((line) => line.map(csvCell).join(",")).join("\r\n") + "\r\n";
}

function tableRows(table) {
  const data = (cell) => cell.dataset.v ?? cell.textContent;
  const header = [...table.tHead.rows[0].cells].map((cell) => cell.dataset.key);
  return [header, [...table.tBodies[0].rows].map((row) => [...row.cells].map(data))];
}

function save(name, text) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "text/csv;charset=utf-8" }));
  link.download = `${REPORT.file}-${name}.csv`;
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

function download(key) {
  const [header, rows] = key === "matrix-cells" ? matrixRows() : tableRows(document.getElementById(key));
  save(key, csvText(header, rows));
}

// Plotly reads a small HTML in every text: what comes from data is escaped before it is drawn.
function plotText(text) {
  return String(text).replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

function el(tag, text, className) {
  const made = document.createElement(tag);
  if (text !== undefined) made.textContent = text;
  if (className) made.className = className;
  return made;
}

const PLOT = { displayModeBar: false, responsive: false, scrollZoom: false, doubleClick: false, showTips: false };
const FONT = { family: "system-ui, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif", size: 12, color: "#1c2024" };
