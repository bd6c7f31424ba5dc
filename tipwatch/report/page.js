// The page: one country at a time, tables that sort, downloads, print.

const sections = [...document.querySelectorAll("section.country")];
const pick = document.getElementById("country-pick");

function openCountry(id, { focus = true } = {}) {
  const section = document.getElementById(`country-${id}`);
  if (!section) return;
  for (const one of sections) one.hidden = one !== section;
  pick.value = id;
  drawSeries(id);
  if (focus) {
    section.scrollIntoView({ block: "start" });
    section.focus({ preventScroll: true });
  }
}

function openFromAddress() {
  const id = decodeURIComponent(location.hash.slice(1));
  if (id.startsWith("country-") && document.getElementById(id)?.classList.contains("country")) openCountry(id.slice(8));
}

function go(id) {
  if (location.hash === `#country-${id}`) openCountry(id);
  else location.hash = `country-${id}`;
}

function findCountry(event) {
  event.preventDefault();
  const asked = document.getElementById("country-search").value.trim().toLowerCase();
  const names = [...pick.options].map((one) => [one.value, one.text.toLowerCase()]);
  const found = asked === "" ? [pick.value] : names.find(([id, name]) => name === asked || id === asked) ?? names.find(([, name]) => name.includes(asked));
  document.getElementById("country-said").textContent = found ? "" : "No country of this report has such a name.";
  if (found) go(found[0]);
}

function step(by) {
  const n = pick.options.length;
  if (n) go(pick.options[(pick.selectedIndex + by + n) % n].value);
}

function sortTable(button) {
  const head = button.closest("th"), body = head.closest("table").tBodies[0];
  const down = head.getAttribute("aria-sort") === "ascending";
  const data = (row) => row.cells[head.cellIndex].dataset.v ?? row.cells[head.cellIndex].textContent;
  // What has no value stays at the end, whichever way the rest is turned.
  const rows = [...body.rows].map((row) => [data(row), row]);
  const numeric = head.classList.contains("number");
  const empty = (value) => value === "" || (numeric && Number.isNaN(Number(value)));
  const compare = numeric ? (a, b) => Number(a) - Number(b) : (a, b) => a.localeCompare(b, "en");
  rows.sort(([a], [b]) => empty(a) - empty(b) || (empty(a) ? 0 : compare(a, b) * (down ? -1 : 1)));
  body.append(...rows.map(([, row]) => row));
  for (const one of head.parentElement.cells) one.removeAttribute("aria-sort");
  head.setAttribute("aria-sort", down ? "descending" : "ascending");
}

// Print shows tables in place of charts: every one of them open, and closed again after.
const print = { opened: [] };
function openForPrint() {
  const closed = [...document.querySelectorAll("details:not([open])")];
  print.opened.push(...closed);
  for (const one of closed) one.open = true;
}
function closeAfterPrint() {
  for (const one of print.opened.splice(0)) one.open = false;
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (button?.dataset.csv) download(button.dataset.csv);
  else if (button?.classList.contains("sort")) sortTable(button);
});
document.addEventListener("change", (event) => {
  const country = event.target.closest("fieldset[data-series]")?.dataset.series;
  if (country) drawSeries(country);
});
let waiting = null;
let wide = window.innerWidth;
window.addEventListener("resize", () => {
  if (window.innerWidth === wide) return;
  wide = window.innerWidth;
  clearTimeout(waiting);
  waiting = setTimeout(() => { drawMatrix(); if (pick.value) drawSeries(pick.value); }, 150);
});
window.addEventListener("hashchange", openFromAddress);
window.addEventListener("beforeprint", openForPrint);
window.addEventListener("afterprint", closeAfterPrint);
window.matchMedia("print").addEventListener("change", (media) => (media.matches ? openForPrint() : closeAfterPrint()));
pick.addEventListener("change", () => go(pick.value));
document.getElementById("country-form").addEventListener("submit", findCountry);
document.getElementById("country-before").addEventListener("click", () => step(-1));
document.getElementById("country-after").addEventListener("click", () => step(1));

document.documentElement.classList.add("js");
for (const one of sections) one.hidden = true;
startMatrix().then(() => {
  const named = M.countries.filter((one) => one.page).map((one) => one.id);
  if (location.hash.startsWith("#country-")) openFromAddress();
  else if (named.length) openCountry(named[0], { focus: false });
  document.documentElement.dataset.ready = "yes";
});
