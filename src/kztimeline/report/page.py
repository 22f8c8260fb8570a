"""The page around the sections: head, strict content policy, contents, style for screen, dark and print."""

from __future__ import annotations

import base64
import datetime
import hashlib
import json
import os
import re
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

from kztimeline import languages
from kztimeline.cite import cited
from kztimeline.markup import text
from kztimeline.paths import file_out, path_of
from kztimeline.picture import Picture, bundled
from kztimeline.report import sections
from kztimeline.report.material import Asked, Material, gathered
from kztimeline.report.sections import Speaker
from kztimeline.works import State, works_of

STYLE = """
:root{color-scheme:light dark;--ink:#1f2328;--paper:#fff;--faint:#57606a;--line:#d0d7de;--link:#0550ae;--band:#f6f8fa}
@media(prefers-color-scheme:dark){:root{--ink:#e6edf3;--paper:#0d1117;--faint:#9aa4af;--line:#30363d;--link:#79c0ff;--band:#161b22}}
*{box-sizing:border-box}
body{margin:0 auto;padding:1rem;max-width:62rem;color:var(--ink);background:var(--paper);font:16px/1.5 "Liberation Sans",Arial,Helvetica,sans-serif}
a{color:var(--link)}a:focus-visible,.wide:focus-visible{outline:3px solid var(--link);outline-offset:2px}
.skip{position:absolute;left:-99em}.skip:focus{position:static}
h1{font-size:1.7rem;line-height:1.2}h2{font-size:1.3rem;margin-top:2.5rem;border-bottom:1px solid var(--line)}
nav ol{columns:2;padding-left:1.4rem}
.wide{overflow-x:auto;margin:1rem 0}
table{border-collapse:collapse;font-size:.85rem;font-variant-numeric:tabular-nums;width:100%}
caption{text-align:left;color:var(--faint);padding:.2rem 0}
th,td{text-align:left;vertical-align:top;padding:.2rem .5rem;border-bottom:1px solid var(--line);font-weight:normal}
thead th{font-weight:bold;background:var(--band)}
figure{margin:1rem 0}figure svg{max-width:100%;height:auto;background:#fff}
figcaption,.made{color:var(--faint);font-size:.85rem}
pre{white-space:pre-wrap;overflow-wrap:anywhere;background:var(--band);padding:.6rem;font-size:.8rem}
code{font-size:.9em}.one{white-space:nowrap}small{color:var(--faint)}li,p{overflow-wrap:anywhere}
:target{background:var(--band);outline:2px solid var(--link)}
@media print{:root{--ink:#000;--paper:#fff;--faint:#333;--line:#999;--link:#000;--band:#fff}
body{max-width:none;padding:0;font-size:10pt}nav,.skip{display:none}.wide{overflow:visible}
h2{break-after:avoid}figure,tr{break-inside:avoid}thead{display:table-header-group}a{text-decoration:none}table{font-size:8pt}}
""".strip()
_OPTIONAL = re.compile("</(?:td|th|tr|li)>")
"""End tags that HTML lets one leave out; all text is escaped, so that none of them is text."""
_SECTIONS: dict[str, Callable[[Material, Speaker, str], str]] = {
    "day": sections.day, "time": sections.time, "difference": sections.difference, "orders": sections.orders,
    "suppliers": sections.suppliers, "agreements": sections.agreements, "findings": sections.findings,
    "events": sections.events,
}  # fmt: skip


def written(
    asked: Asked,
    state: State,
    path: str | os.PathLike[str],
    holder: str,
    on: datetime.date | None,
    *,
    lang: str,
    interactive: bool,
) -> Path:
    """Write the report about a holder as a file; see :meth:`kztimeline.Timeline.report` for what is raised."""
    languages.words(lang)
    file = file_out(path_of(path, "the file of a report", "report.html"))
    made = page(gathered(asked, state, holder, on, lang), version("kztimeline"), lang=lang, interactive=interactive)
    file.write_text(made, encoding="utf-8", newline="")
    return file


def page(material: Material, version: str, *, lang: str = "en", interactive: bool = False) -> str:
    """Write the page in English or German; the same material gives the same bytes.

    ``interactive`` adds Vega, inlined, so that pictures answer to the pointer; the page still needs no network.
    """
    works = works_of(material.standing, _behind(material))
    numbers = {source: n for n, source in enumerate(sorted({work.source for work in works}), start=1)}
    who = Speaker(lang, material.standing.registry, numbers, {})
    day = languages.day(material.on, lang)
    titles = {name: who.say(name, day=day) for name in ("summary", *_SECTIONS, "sources", "reading", "citing")}
    bodies = {"summary": sections.summary(material, who)}
    bodies |= {name: write(material, who, titles[name]) for name, write in _SECTIONS.items()}
    bodies["sources"] = sections.sources(works, who, titles)
    bodies["reading"] = sections.reading(who)
    bodies["citing"] = _citing(material, who)
    parts = "".join(f'<section id="{name}"><h2>{titles[name]}</h2>{body}</section>' for name, body in bodies.items())
    parts = _OPTIONAL.sub("", parts)
    contents = "".join(f'<li><a href="#{name}">{title}</a></li>' for name, title in titles.items())
    holder = languages.territory(material.holder, material.holder, lang)
    script = _script([*material.histories, *material.pictures.values()]) if interactive else ""
    return (
        f'<!DOCTYPE html>\n<html lang="{lang}"><head><meta charset="utf-8">{_policy(script)}'
        f'<meta name="viewport" content="width=device-width,initial-scale=1"><meta name="generator" content="kztimeline {text(version)}">'
        f"<title>{who.say('title', holder=holder)}</title><style>{STYLE}</style></head><body>"
        f'<a class="skip" href="#summary">{who.say("skip")}</a><header><h1>{who.say("title", holder=holder)}</h1>'
        f'<p class="made">{_made(material, who, version)}</p></header>'
        f'<nav aria-label="{who.say("contents")}"><h2>{who.say("contents")}</h2><ol>{contents}</ol></nav>'
        f"<main>{parts}</main>{f'<script>{script}</script>' if script else ''}</body></html>\n"
    )


def _behind(m: Material) -> set[str]:
    """Name every source that some section points to."""
    answers = (m.holdings, m.orders, m.agreements, m.events, m.audit)
    named = {source for answer in answers for source in answer.sources}
    return named | set(m.difference.sources if m.difference is not None else ())


def _made(m: Material, who: Speaker, version: str) -> str:
    view = languages.words(who.lang)["view"].format(view=m.state.view) if m.state.view else ""
    recorded = languages.date(m.state.recorded[:10], who.lang)
    said = who.say("made", version=version, name=m.state.name, head=m.state.head[:16], recorded=recorded, view=view)
    return said.strip()


def _citing(m: Material, who: Speaker) -> str:
    log = cited((), m.state, f"report {m.holder} {m.on}", "text")[0]
    entry = str(cited((), m.state, f"report {m.holder} {m.on}", "bibtex"))
    return (
        f"<p>{who.say('cite.how')}</p><h3>{who.say('cite.text')}</h3><p>{text(log)}</p>"
        f"<h3>{who.say('cite.bibtex')}</h3><pre>{'<br>'.join(text(line) for line in entry.strip().split(chr(10)))}</pre>"
    )


def _policy(script: str) -> str:
    """Write a content policy that lets nothing in: no request, no script, and only the style of this page."""
    style = f"'sha256-{_hash(STYLE)}'"
    allowed = f"; script-src 'sha256-{_hash(script)}' 'unsafe-eval'" if script else ""
    inline = "'unsafe-inline'" if script else style
    policy = f"default-src 'none'; style-src {inline}{allowed}; base-uri 'none'; form-action 'none'"
    return f'<meta http-equiv="Content-Security-Policy" content="{policy}">'


def _hash(code: str) -> str:
    return base64.b64encode(hashlib.sha256(code.encode("utf-8")).digest()).decode("ascii")


def _script(pictures: list[Picture]) -> str:
    """Write the code that puts live pictures in the place of still ones, found by their words."""
    specs = json.dumps({drawn.alt: dict(drawn.spec) for drawn in pictures}, sort_keys=True)
    snippet = (
        f"const specs = {specs};\n"
        "for (const still of document.querySelectorAll('figure > svg')) {\n"
        "  const spec = specs[still.getAttribute('aria-label')];\n"
        "  if (!spec) continue;\n"
        "  const live = document.createElement('div');\n"
        "  vegaEmbed(live, spec, {renderer: 'svg', actions: false}).then(() => still.replaceWith(live));\n"
        "}\n"
    )
    return bundled(snippet).replace("</script", "<\\/script").replace("<!--", "<\\!--")
