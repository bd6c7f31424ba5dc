// Keys, and the links between facts and text. Every key presses a button or follows a link that is on the page.
// Refuses a decision by one stray key: what cannot be taken back lightly opens a question first.
"use strict";
(() => {
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const shown = (element) => element.checkVisibility();
  const help = document.getElementById("keys");
  const spoken = document.getElementById("spoken");
  const FIELDS = "input:not([type=checkbox]):not([type=radio]), textarea, select";
  const TWO_KEYS_WITHIN = 1500; // milliseconds, for g q
  const beside = matchMedia("(min-width: 861px)"); // facts scroll by themselves, beside the text
  let led = 0; // when g was pressed
  let sent = false;

  const keyed = (key) => all("[data-key]").find((one) => one.dataset.key === key && shown(one));
  const picked = (key, panel) => all("[data-pick]", panel).find((one) => one.dataset.pick.split(" ").includes(key));
  const openPanel = () => all("details[data-panel][open]").at(-1);
  const say = (text) => { spoken.textContent = text; };

  // A question or a form.
  const open = (panel) => {
    for (const other of all("details[data-panel][open]")) if (other !== panel) other.open = false;
    panel.open = true;
    const first = panel.querySelector("[data-first]");
    if (first) {
      first.focus({ preventScroll: true });
      if (first.select) first.select();
    }
    panel.scrollIntoView({ block: "nearest" });
  };
  const close = (panel) => {
    panel.open = false;
    panel.querySelector("summary").focus();
  };
  const press = (element) => {
    if (element.tagName !== "SUMMARY") element.click();
    else if (element.parentElement.open) close(element.parentElement);
    else open(element.parentElement);
  };
  for (const summary of all("details[data-panel] > summary")) {
    summary.addEventListener("click", (event) => { event.preventDefault(); press(summary); });
  }

  // Rows: j and k.
  const move = (step) => {
    const rows = all("[data-row]").filter(shown);
    const at = rows.indexOf(document.activeElement);
    const next = rows[at < 0 ? (step > 0 ? 0 : rows.length - 1) : Math.min(Math.max(at + step, 0), rows.length - 1)];
    if (!next) return;
    next.focus({ preventScroll: true });
    if (next.classList.contains("to-text")) toText(next);
    else next.scrollIntoView({ block: "nearest" });
  };

  // Facts and spans.
  const ids = (element, name) => new Set((element.dataset[name] || "").split(" ").filter(Boolean));
  const light = (wanted) => {
    const meets = (one, name) => [...ids(one, name)].some((id) => wanted.has(id));
    const spans = all("[data-e]").filter((one) => meets(one, "e"));
    const facts = all("[data-spans]").filter((one) => meets(one, "spans"));
    for (const old of all(".lit")) old.classList.remove("lit");
    for (const one of [...spans, ...facts]) one.classList.add("lit");
    return { spans, facts };
  };
  const toText = (link) => {
    const line = link.closest("[data-spans]");
    const { spans } = light(ids(line, "spans"));
    for (const fact of all("[data-spans].lit")) fact.classList.toggle("lit", fact === line);
    if (spans[0]) spans[0].scrollIntoView({ block: "center" });
    if (beside.matches) line.scrollIntoView({ block: "nearest" });
    say(`${line.querySelector(".label").textContent}: ${ids(line, "spans").size} marked in the text`);
  };
  const toFact = (span) => {
    const { facts } = light(ids(span, "e"));
    if (facts[0]) facts[0].scrollIntoView({ block: "nearest" });
    say(`Marked: ${facts.map((one) => one.querySelector(".label").textContent).join(", ")}`);
  };
  for (const line of all("[data-spans]")) {
    const link = line.querySelector("a.to-text");
    if (link) line.addEventListener("click", (event) => { event.preventDefault(); toText(link); });
  }
  for (const span of all("[data-e]")) {
    span.addEventListener("click", (event) => { event.preventDefault(); toFact(span); });
  }

  // A form is sent once.
  document.addEventListener("submit", (event) => {
    if (event.target.method === "dialog" || event.target.method === "get") return;
    if (sent) event.preventDefault();
    sent = true;
  });
  window.addEventListener("pageshow", () => { sent = false; });

  const showHelp = (event) => {
    if (!help) return;
    event.preventDefault();
    help.showModal();
  };
  for (const link of all("a[data-help]")) link.addEventListener("click", showHelp);

  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.isComposing || (help && help.open)) return;
    const { key, target } = event;
    const panel = openPanel();
    if (key === "Escape") {
      if (panel) close(panel);
      else if (target.matches(FIELDS)) target.blur();
      else light(new Set());
      return;
    }
    if (key === "Enter" && (event.ctrlKey || event.metaKey)) {
      const form = target.closest("form[data-save]");
      if (form && !event.repeat) form.requestSubmit();
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || target.matches(FIELDS)) return;
    if (event.repeat && !"jk".includes(key)) return;
    let does = null;
    if (panel) {
      const pick = picked(key, panel);
      const other = keyed(key);
      if (pick) does = () => pick.click();
      else if (panel.dataset.group && other && other.tagName === "SUMMARY" && other.parentElement !== panel) does = () => press(other);
    } else if (key === "q" && event.timeStamp - led < TWO_KEYS_WITHIN) {
      does = () => { location.assign("/"); };
    } else if (key === "g") {
      led = event.timeStamp;
      return;
    } else if (key === "j" || key === "k") {
      does = () => move(key === "j" ? 1 : -1);
    } else if (key === "o") {
      does = () => {
        const rows = all("[data-row]").filter(shown);
        const row = rows.includes(document.activeElement) ? document.activeElement : rows[0];
        if (row && row.tagName === "A") row.click();
      };
    } else if (key === "/") {
      const field = document.getElementById("q");
      if (field) does = () => { field.focus(); field.select(); };
    } else if (key === "?") {
      showHelp(event);
      return;
    } else {
      const element = keyed(key);
      if (element) does = () => press(element);
    }
    led = 0;
    if (!does) return;
    event.preventDefault();
    does();
  });

  const problem = document.getElementById("problem");
  if (problem) problem.focus();
  document.documentElement.dataset.ready = "yes";
})();
