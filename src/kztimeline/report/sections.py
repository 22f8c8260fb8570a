"""The sections of a report, each a piece of HTML made of answers; every word that is not ours is escaped."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from attrs import field, frozen

from kztimeline import languages
from kztimeline.markup import table, text
from kztimeline.picture import Picture
from kztimeline.plots.style import Labels
from kztimeline.registry import Registry
from kztimeline.report.material import Material
from kztimeline.works import Work

_NOTE = 60
"""A remark is cut to so many characters in the list of events."""
_MARKS = ("open", "conflict", "inferred")


@frozen
class Speaker:
    """Who writes the page: its language, the names the log knows, and the number of each source."""

    lang: str
    registry: Registry
    numbers: Mapping[str, int]
    used: dict[str, dict[str, None]] = field(eq=False, repr=False)
    """For each source the sections that point to it; filled while the page is written."""

    def say(self, key: str, **values: object) -> str:
        """Give an interface text, escaped, with its values escaped too."""
        return text(languages.words(self.lang)[key].format(**values))

    def word(self, group: str, word: object) -> str:
        """Give one of the library's own words."""
        return "" if word is None else text(languages.worded(self.lang, group, str(word)))

    def name(self, identity: str) -> str:
        """Give the name of a system, holder or body."""
        return text(Labels(self.registry, self.lang).name(identity))

    def names(self, ids: object) -> str:
        """Give several names, from ids joined by spaces."""
        return ", ".join(self.name(identity) for identity in str(ids or "").split())

    def date(self, written: object) -> str:
        """Give a date as written in words."""
        return "" if written is None else text(languages.date(str(written), self.lang))

    def number(self, low: object, high: object, best: object = None) -> str:
        """Give bounds as people write them."""
        return text(languages.bounds(low, high, best, self.lang))

    def count(self, written: object) -> str:
        """Give a quantity as written, its words in the page's language."""
        return text(languages.count(str(written or ""), self.lang))

    def marks(self, row: Mapping[str, Any]) -> str:
        """Name what is true of a number."""
        return ", ".join(self.say(f"mark.{mark}") for mark in _MARKS if row.get(mark))

    def sources(self, ids: object, section: str) -> str:
        """Give numbers that lead to the sources, and remember where they were used."""
        links = []
        for source in sorted(set(str(ids or "").split()), key=self.numbers.__getitem__):
            self.used.setdefault(source, {})[section] = None
            links.append(f'<a href="#s{self.numbers[source]}">[{self.numbers[source]}]</a>')
        return "".join(links)

    def claims(self, ids: object) -> str:
        """Give links to events of the list below."""
        short = [identity[:8] for identity in str(ids or "").split()]
        return " ".join(f'<a href="#e{identity}">{identity}</a>' for identity in short)

    def headings(self, *columns: str) -> list[str]:
        """Give the headings of a table."""
        return [languages.words(self.lang)[f"col.{column}"] for column in columns]

    def table(self, caption: str, columns: Sequence[str], rows: Iterable[Sequence[str]], named: int = 1) -> str:
        """Write a table that scrolls sideways by itself where the window is narrow."""
        made = table(caption, self.headings(*columns), rows, styled=False, named=named)
        return f'<div class="wide" tabindex="0" role="region" aria-label="{caption}">{made}</div>'


def figure(drawn: Picture | None, caption: str) -> str:
    """Write a picture with a caption; nothing where there is no picture."""
    if drawn is None:
        return ""
    return f"<figure>{drawn.svg()}{f'<figcaption>{caption}</figcaption>' if caption else ''}</figure>"


def summary(m: Material, who: Speaker) -> str:
    """Say in words what the page holds."""
    held = m.holdings.frame
    certain = int((held["low"] > 0).sum())
    severity = m.audit.frame["severity"].to_list()
    said = [
        who.say("sum.claims", claims=len(m.events), holder=languages.territory(m.holder, m.holder, who.lang), sources=len(who.numbers)),
        who.say("sum.held", day=languages.day(m.on, who.lang), certain=certain),
        *([who.say("sum.perhaps", perhaps=len(held) - certain)] if len(held) > certain else []),
        who.say("sum.open", open=int(held["open"].sum())),
        who.say("sum.orders", orders=len(m.orders)),
        who.say("sum.agreements", agreements=len(m.agreements.frame.filter(m.agreements.frame["truth"] != "no"))),
        who.say(
            "sum.findings", contradictions=severity.count("contradiction"), odd=severity.count("odd"), notes=severity.count("note")
        ),
    ]  # fmt: skip
    if m.difference is not None and m.between is not None:
        one, other = m.between
        said.insert(
            4,
            who.say(
                "sum.difference", one=one, other=other, headline=languages.headline(m.difference.headline[-1], who.lang)
            ),
        )
    return "".join(f"<p>{sentence}</p>" for sentence in said)


def day(m: Material, who: Speaker, caption: str) -> str:
    """List what was held, by category and name."""
    registry = m.standing.registry
    rows = sorted(
        (
            text(registry.systems[r["system"]].category if r["system"] in registry.systems else ""), who.name(r["system"]),
            who.number(r["low"], r["high"], r["best"] if r["low"] != r["high"] else None), who.marks(r),
            who.sources(r["ledgers"], "day"), who.date(r["as_of"]),
        )
        for r in m.holdings.frame.iter_rows(named=True)
    )  # fmt: skip
    columns = ("category", "system", "number", "marks", "sources", "as_of")
    return who.table(caption, columns, rows, named=2) if rows else _nothing(who)


def time(m: Material, who: Speaker, caption: str) -> str:
    """Draw what is known by category, and the systems whose number moved most."""
    del caption
    captions = [who.say("fig.steps"), *("" for _ in m.histories)]
    drawn = [figure(m.pictures.get("evidence"), who.say("fig.evidence"))]
    drawn += [figure(line, said) for line, said in zip(m.histories, captions, strict=False)]
    return "".join(drawn) or _nothing(who)


def difference(m: Material, who: Speaker, caption: str) -> str:
    """Show what changed between the latest two editions, and what stays unexplained."""
    if m.difference is None or m.between is None:
        return f"<p>{who.say('none.difference')}</p>"
    one, other = m.between
    found = m.difference.frame.filter(m.difference.frame["state"] == "changed")
    said = who.say(
        "sum.difference", one=one, other=other, headline=languages.headline(m.difference.headline[-1], who.lang)
    )
    rows = [_change(row, who) for row in found.iter_rows(named=True)]
    columns = ("system", "service", "before", "after", "causes", "rest", "unexplained")
    left = [row[0] for row, r in zip(rows, found.iter_rows(named=True), strict=True) if r["unexplained"] != "no"]
    rest = f"<p>{who.say('left')}{'; '.join(left)}.</p>" if left else f"<p>{who.say('none.left')}</p>"
    sources = who.sources(" ".join(m.difference.sources), "difference")
    drawn = figure(m.pictures.get("difference"), who.say("fig.left"))
    return f"<p>{said} {sources}</p>{drawn}{who.table(caption, columns, rows)}{rest}"


def _change(row: Mapping[str, Any], who: Speaker) -> tuple[str, ...]:
    label = row["item_after"] or row["item_before"]
    named = (
        " + ".join(who.name(part) for part in str(label).split(" + "))
        if label
        else text(row["category_after"] or row["category_before"])
    )
    causes = ", ".join(who.word("cause", cause.strip()) for cause in (row["causes"] or "").split(",") if cause.strip())
    figures = [
        text(" + ".join(filter(None, (row[f"active_{side}"], row[f"stored_{side}"]))) or "–")
        for side in ("before", "after")
    ]
    rest = who.number(
        row["residual_low"],
        row["residual_high"],
        row["residual_best"] if row["residual_low"] != row["residual_high"] else None,
    )
    return named, who.name(row["service"]), *figures, causes, rest, who.word("truth", row["unexplained"])


def orders(m: Material, who: Speaker, caption: str) -> str:
    """Show orders and deliveries."""
    drawn = figure(m.pictures.get("deals"), who.say("fig.deals"))
    rows = [
        (
            who.name(r["system"]), who.count(r["quantity"]), who.names(r["supplier"]), _days(r, "ordered", who), _days(r, "came", who),
        )
        for r in m.deals.iter_rows(named=True)
    ]  # fmt: skip
    return (
        drawn + who.table(caption, ("system", "quantity", "supplier", "ordered", "came"), rows)
        if rows
        else _nothing(who)
    )


def _days(row: Mapping[str, Any], side: str, who: Speaker) -> str:
    """Write the days of an order or delivery in the shortest way: years where whole years are meant."""
    first, last = row[f"{side}_earliest"], row[f"{side}_latest"]
    if last is None:
        return "–"
    until = str(last.year) if (last.month, last.day) == (12, 31) else str(last)
    if row[f"{side}_open"]:
        return who.date(f"../{until}")
    if until == str(last.year) and (first.month, first.day) == (1, 1):
        return who.date(until if first.year == last.year else f"{first.year}/{until}")
    return who.date(str(first) if first == last else f"{first}/{last}")


def suppliers(m: Material, who: Speaker, caption: str) -> str:
    """Show who delivered, in windows of five years."""
    drawn = figure(m.pictures.get("suppliers"), who.say("fig.suppliers"))
    rows = [
        (
            f'<span class="one">{r["since"]}–{r["until"]}</span>',
            who.names(r["supplier"]) or "–",
            str(r["certain"]),
            str(r["possible"]),
            who.names(r["systems"]),
        )
        for r in m.windows.iter_rows(named=True)
    ]
    return (
        drawn + who.table(caption, ("window", "supplier", "certain", "possible", "systems"), rows)
        if rows
        else _nothing(who)
    )


def agreements(m: Material, who: Speaker, caption: str) -> str:
    """List agreements with their stage."""
    rows = [
        (
            _called(r), who.word("form", r["form"]), who.word("truth", r["truth"]), who.word("stage", r["stage"]),
            who.date(r["stage_edtf"]), who.names(r["parties"]), who.names(r["systems"]), who.sources(r["sources"], "agreements"),
            who.claims(r["claims"]),
        )
        for r in m.agreements.frame.iter_rows(named=True)
    ]  # fmt: skip
    columns = ("agreement", "form", "stood", "stage", "since", "parties", "systems", "sources", "claims")
    return who.table(caption, columns, rows) if rows else _nothing(who)


def _called(row: Mapping[str, Any]) -> str:
    """Give what an agreement is called, and what the log remarks of it."""
    own = row["form"] if row["agreement"] in row["claims"] else row["agreement"]
    return text(own) + (f"<br><small>{text(_cut(row['note']))}</small>" if row["note"] else "")


def _cut(remark: str) -> str:
    return remark if len(remark) <= _NOTE else f"{remark[: _NOTE - 1]}…"


def findings(m: Material, who: Speaker, caption: str) -> str:
    """List what the audit finds."""
    english = "" if who.lang == "en" else ' lang="en"'
    rows = [
        (
            f"<code>{text(r['code'])}</code>", who.word("severity", r["severity"]), who.name(r["subject"] or ""),
            f"<span{english}>{text(r['sentence'])}</span>", who.claims(r["claims"]),
        )
        for r in m.audit.frame.iter_rows(named=True)
    ]  # fmt: skip
    return who.table(caption, ("code", "severity", "subject", "sentence", "claims"), rows) if rows else _nothing(who)


def events(m: Material, who: Speaker, caption: str) -> str:
    """List every event with an anchor."""
    rows = [
        (
            f'<code id="e{r["id"][:8]}">{r["id"][:8]}</code>', who.date(r["time_edtf"]), who.word("kind", r["kind"]), _what(r, who),
            who.count(r["quantity"]), who.sources(r["source"], "events"),
        )
        for r in m.events.frame.iter_rows(named=True)
    ]  # fmt: skip
    return (
        who.table(caption, ("event", "time", "kind", "system", "quantity", "sources"), rows) if rows else _nothing(who)
    )


def _what(row: Mapping[str, Any], who: Speaker) -> str:
    told = row["note"] or row["category"] or row["form"] or ""
    return who.names(row["system"]) or text(_cut(told)) or who.names(row["operator"])


def sources(works: Sequence[Work], who: Speaker, titles: Mapping[str, str]) -> str:
    """List the sources, each with the works that were read of it and links back to where it is used."""
    items = []
    for source, number in who.numbers.items():
        own: dict[str, list[str]] = {}
        for work in works:
            if work.source == source:
                title = f"{work.publisher}: {work.title}" if work.publisher else work.title
                own.setdefault(title, []).append(_state(work, who))
        read = "; ".join(
            f"{text(title)}{''.join(f', {state}' for state in states if state)}" for title, states in own.items()
        )
        back = ", ".join(f'<a href="#{section}">{titles[section]}</a>' for section in who.used.get(source, {}))
        used = f" ({who.say('used in')}: {back})" if back else ""
        items.append(f'<li id="s{number}">{read}{used}</li>')
    return f"<ol>{''.join(items)}</ol>"


def _state(work: Work, who: Speaker) -> str:
    """Say of which state of a publication a work is: edition, day of publication, and where it was read."""
    parts = [who.say("edition", id=work.id)] if work.id != work.source and work.form == "edition" else []
    if work.published is not None:
        inferred = f", {who.say('inferred')}" if work.inferred else ""
        parts.append(who.say("published", date=languages.date(work.published.text, who.lang)) + inferred)
    parts += [who.say("quoted", title=title) for title in work.quoted_in]
    return f"{parts[0]} ({'; '.join(parts[1:])})" if len(parts) > 1 else "".join(parts)


def reading(who: Speaker) -> str:
    """Say how to read numbers and marks."""
    keys = [key for key in languages.words("en") if key.startswith("read.")]
    return f"<ul>{''.join(f'<li>{who.say(key)}</li>' for key in keys)}</ul>"


def _nothing(who: Speaker) -> str:
    return f"<p>{who.say('none.rows')}</p>"
