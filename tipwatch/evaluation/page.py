"""The report: an index with every figure, and a page a set with every text, disagreements first.

Refuses anything from outside: one file a page, no script, no font, no image, and a policy that says so.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from html import escape
from pathlib import Path

from tipwatch.evaluation.breakdown import SUMMARY, by_country, by_kind, field_rows, summary_row
from tipwatch.evaluation.cards import COLOURS, KINDS, NAMED, card, gravity, kinds
from tipwatch.evaluation.floors import Breach
from tipwatch.evaluation.marks import marks
from tipwatch.evaluation.reliability import Bin, Reliability, reliability, threshold_rows
from tipwatch.evaluation.results import Pool, Result
from tipwatch.tables import Cell, Row, shown

STYLE = (Path(__file__).parent / "page.css").read_text(encoding="utf-8")
POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
WARNING = (
    "These pages show whole texts with the names of victims and of people who were never convicted. They are for "
    "whoever builds the reader: do not publish them or pass them on."
)
DIGITS = 3
ALL, DISAGREES, AGREES = "all", "disagrees", "agrees"
_UNSAFE = re.compile(r"[^\w.-]+")


def write(
    directory: Path,
    results: Sequence[Result],
    pools: Sequence[Pool],
    breaches: Sequence[Breach],
    kind: Callable[[str | None], str],
) -> tuple[Path, ...]:
    """Write `index.html` and a page a set, closed ones excepted; the paths, the index first. Raises OSError."""
    directory.mkdir(parents=True, exist_ok=True)
    shown_sets = [one for one in results if not one.gold.closed]
    names = page_names([one.gold.name for one in shown_sets])
    written = [directory / "index.html"]
    written[0].write_text(index_page(results, pools, breaches, names, kind), encoding="utf-8")
    for one in shown_sets:
        path = directory / names[one.gold.name]
        path.write_text(set_page(one), encoding="utf-8")
        written.append(path)
    return tuple(written)


def page_names(sets: Sequence[str]) -> dict[str, str]:
    """A file name for each set: letters, digits, dot, dash; never twice the same, never `index.html`."""
    taken = {"index.html"}
    found: dict[str, str] = {}
    for name in sets:
        stem = _UNSAFE.sub("_", name).strip(".") or "set"
        file, n = f"{stem}.html", 1
        while file.casefold() in taken:
            n += 1
            file = f"{stem}-{n}.html"
        taken.add(file.casefold())
        found[name] = file
    return found


def index_page(
    results: Sequence[Result],
    pools: Sequence[Pool],
    breaches: Sequence[Breach],
    names: Mapping[str, str],
    kind: Callable[[str | None], str],
) -> str:
    """Every figure, and the way to the texts."""
    from tipwatch.evaluation.figures import figures

    rows = [summary_row(one.gold.name, one.figures) for one in results]
    rows += [summary_row(pool.name, figures(pool.outcomes)) for pool in pools]
    links = {name: f'<a href="{escape(file, quote=True)}">{escape(name)}</a>' for name, file in names.items()}
    parts = ["<h1>How well we read</h1>", f'<p class="warning">{WARNING}</p>']
    if breaches:
        listed = "".join(f"<li>{escape(one.sentence)}</li>" for one in breaches)
        parts.append(f'<div class="warning"><b>Below the floor</b><ul>{listed}</ul></div>')
    parts += ["<h2>Sets</h2>", table(rows, links)]
    for name, outcomes, members in [
        *((one.gold.name, one.outcomes, (one,)) for one in results),
        *((pool.name, pool.outcomes, pool.results) for pool in pools),
    ]:
        articles = {key: value for one in members for key, value in one.gold.by_id.items()}
        countries = [summary_row(key, of, "country") for key, of in by_country(outcomes, articles).items()]
        outlets = [summary_row(key, of, "kind") for key, of in by_kind(outcomes, articles, kind).items()]
        inside = [
            "<h3>By field</h3>", table(field_rows(outcomes)),
            "<h3>By country of publication</h3>", table(countries),
            "<h3>By kind of outlet</h3>", table(outlets),
            "<h3>How far the score can be believed</h3>", reliability_block(reliability(outcomes)),
        ]  # fmt: skip
        parts.append(f"<details><summary>{escape(name)} in detail</summary>{''.join(inside)}</details>")
    return page("tipwatch: how well we read", "".join(parts))


def set_page(one: Result) -> str:
    """All texts of one set, the gravest disagreement first, with filters that need no script."""
    articles = one.gold.by_id
    ordered = sorted(one.outcomes, key=gravity)
    counts = {kind: sum(kind in kinds(outcome) for outcome in ordered) for kind in KINDS}
    agreeing = sum(not kinds(outcome) for outcome in ordered)
    picks = [
        (ALL, "all", len(ordered)),
        (DISAGREES, "any disagreement", len(ordered) - agreeing),
        *((kind, NAMED.get(kind, kind), counts[kind]) for kind in KINDS),
        (AGREES, "agree", agreeing),
    ]
    boxes = "".join(
        f'<input class="pick" type="radio" name="show" id="f-{key}"{" checked" if key == ALL else ""}>'
        for key, _, _ in picks
    )
    labels = "".join(
        f'<label for="f-{key}">{escape(label)} <b>{n}</b></label>' for key, label, n in picks if n or key == ALL
    )
    cards = "".join(
        card(
            articles[outcome.gold.id],
            outcome,
            marks(articles[outcome.gold.id].text, outcome, one.readings.spans.get(outcome.gold.id, ())),
        )
        for outcome in ordered
    )
    legend = "".join(
        f'<mark style="background: {colour}">{escape(label)}</mark>' for label, colour in COLOURS.items()
    )
    body = (
        f'<p class="soft"><a href="index.html">← all sets</a></p><h1>{escape(one.gold.name)}</h1>{tiles(one)}'
        f'<p class="warning">{WARNING}</p><div class="legend">{legend}</div>'
        f'{boxes}<nav class="filters" aria-label="Show">{labels}</nav><main>{cards}</main>'
    )
    return page(f"tipwatch: {one.gold.name}", body, filters([key for key, _, _ in picks if key != ALL]))


def filters(keys: Sequence[str]) -> str:
    """Rules that hide what the chosen filter does not show."""
    hide = "".join(f"#f-{key}:checked ~ main .card:not(.{key}) {{ display: none; }}\n" for key in keys)
    every = (ALL, *keys)
    on = ",\n".join(f'#f-{key}:checked ~ .filters label[for="f-{key}"]' for key in every)
    focus = ",\n".join(f'#f-{key}:focus-visible ~ .filters label[for="f-{key}"]' for key in every)
    chosen = "{ background: var(--ink); color: #fff; border-color: var(--ink); }"
    return f"{hide}{on} {chosen}\n{focus} {{ outline: 3px solid #f0a000; }}\n"


def tiles(one: Result) -> str:
    """The main figures of a set, large."""
    flat = one.figures.flat()
    told = {
        "accused.p": "precision", "accused.r": "recall", "accused.f1": "F1 of accused",
        "victims_named_as_accused": "victims accused", "officials_named_as_accused": "officials accused",
        "relevance.f1": "relevance F1", "status_accuracy": "status", "age_accuracy": "age",
        "nationality_accuracy": "nationality", "offences.f1": "offences F1",
        "prosecution_country.f1": "country F1", "whole_record_exact": "whole record",
    }  # fmt: skip
    made = []
    for key in SUMMARY:
        value = flat[key]
        harm = key.endswith("named_as_accused") and bool(value)
        number = "–" if value is None else f"{value:.0f}" if key.endswith("_as_accused") else f"{value:.3f}"
        made.append(f'<div class="tile{" bad" if harm else ""}"><b>{number}</b><span>{told[key]}</span></div>')
    return f'<div class="tiles">{"".join(made)}</div>'


def reliability_block(of: Reliability) -> str:
    """Bars (share right) with a stroke at the mean score: calibrated when each bar ends at its stroke."""
    if of.n == 0:
        return '<p class="soft">No prediction has a score.</p>'
    bars = "".join(_bar(one) for one in of.bins if one.n)
    without = f", {of.without_score} without a score" if of.without_score else ""
    sums = (
        f'<p class="soft">Bar: share right. Stroke: mean score. Expected calibration error {of.error:.3f}, '
        f"Brier score {of.brier:.3f}, {of.n} accused{without}.</p>"
    )
    return f'<div class="bars">{bars}</div>{sums}{table(threshold_rows(of))}'


def _bar(one: Bin) -> str:
    right, mean = 100 * (one.right or 0), 100 * (one.mean or 0)
    bar = f'<span class="bar"><i style="width: {right:.1f}%"></i><u style="left: {mean:.1f}%"></u></span>'
    return f"<span>{one.low:.1f}–{one.high:.1f}</span>{bar}<span>{one.n} accused, {right:.0f} % right</span>"


def table(rows: Sequence[Row], links: Mapping[str, str] | None = None) -> str:
    """Rows as a table; a count of people who must not be named is marked when it is not zero."""
    if not rows:
        return '<p class="soft">Nothing to show.</p>'
    names = list(rows[0])
    head = "".join(f"<th>{escape(name)}</th>" for name in names)
    body = "".join(
        "<tr>"
        + "".join(_cell(name, row[name], links if i == 0 else None) for i, name in enumerate(names))
        + "</tr>"
        for row in rows
    )
    return f'<div class="scroll"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def _cell(name: str, value: Cell, links: Mapping[str, str] | None) -> str:
    bad = ' class="bad"' if name in {"victims", "officials"} and value else ""
    inner = (links or {}).get(str(value)) or escape(shown(value, DIGITS))
    return f"<td{bad}>{inner}</td>"


def page(title: str, body: str, more_style: str = "") -> str:
    """A whole HTML document."""
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="robots" content="noindex">'
        f"<title>{escape(title)}</title><style>\n{STYLE}{more_style}</style></head><body>\n{body}\n</body></html>\n"
    )
