"""Words of the faces in English and German; names and dates in Russian and Kazakh too."""

from __future__ import annotations

import datetime
import json
import re
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files

from kztimeline.errors import NotationError

DATES = ("en", "de", "ru", "kk")
"""The languages that names and dates can be written in."""
TEXTS = ("en", "de")
"""The languages that whole pages can be written in."""

_CYRILLIC = re.compile(r"[\u0400-\u04ff]")
_KAZAKH = re.compile(r"[әғқңөұүһіӘҒҚҢӨҰҮҺІ]")
_PLAIN = re.compile(r"(\d{4})(?:-(\d{2}))?(?:-(\d{2}))?([?~%]?)", re.ASCII)
_MONTHS = {
    "en": "January February March April May June July August September October November December",
    "de": "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
    "ru": "января февраля марта апреля мая июня июля августа сентября октября ноября декабря",
    "kk": "қаңтар ақпан наурыз сәуір мамыр маусым шілде тамыз қыркүйек қазан қараша желтоқсан",
}
_ALONE = {"ru": "январь февраль март апрель май июнь июль август сентябрь октябрь ноябрь декабрь"}
_DAY = {"en": "{d} {m} {y}", "de": "{d}. {m} {y}", "ru": "{d} {m} {y} г.", "kk": "{y} ж. {d} {m}"}
_MONTH = {"en": "{m} {y}", "de": "{m} {y}", "ru": "{m} {y} г.", "kk": "{y} ж. {m}"}
_FORMS = {
    "between": {
        "en": "between {a} and {b}",
        "de": "zwischen {a} und {b}",
        "ru": "между {a} и {b}",
        "kk": "{a} – {b} аралығында",
    },
    "from": {"en": "from {a} on", "de": "ab {a}", "ru": "начиная с {a}", "kk": "{a} бастап"},
    "until": {"en": "by {b}", "de": "bis {b}", "ru": "до {b}", "kk": "{b} дейін"},
    "each": {"en": "in each of {a}", "de": "jeweils {a}", "ru": "в каждом из {a}", "kk": "{a} әрқайсысында"},
    "one": {"en": "one of {a}", "de": "eines von {a}", "ru": "одно из {a}", "kk": "{a} бірі"},
    "about": {"en": "about {a}", "de": "etwa {a}", "ru": "около {a}", "kk": "шамамен {a}"},
    "perhaps": {"en": "perhaps {a}", "de": "vielleicht {a}", "ru": "возможно, {a}", "kk": "мүмкін {a}"},
}


def day(moment: datetime.date, lang: str) -> str:
    """Write a day in a language. Raises :class:`NotationError` for one that is not known."""
    return date(f"{moment.year:04}-{moment.month:02}-{moment.day:02}", lang)


def date(text: str, lang: str) -> str:
    """Write an EDTF date in words of a language; what has no words here stays as it was written.

    Raises :class:`NotationError` for a language that is not known.
    """
    _known(lang, DATES)
    if (found := _PLAIN.fullmatch(text)) is not None:
        return _plain(found, lang)
    if text[:1] + text[-1:] in ("{}", "[]") and ".." not in text.strip("{}[]").partition("..")[0]:
        return _form("each" if text[0] == "{" else "one", lang, a=_listed(text[1:-1], lang))
    first, slash, last = text.partition("/")
    if not slash or not all(part in ("..", "") or _PLAIN.fullmatch(part) for part in (first, last)):
        return text
    if first in ("..", ""):
        return _form("until", lang, b=date(last, lang)) if last not in ("..", "") else text
    return (
        _form("from", lang, a=date(first, lang))
        if last in ("..", "")
        else _form("between", lang, a=date(first, lang), b=date(last, lang))
    )


def _listed(text: str, lang: str) -> str:
    parts = re.split(r"(,|\.\.)", text)
    return "".join({",": ", ", "..": "–"}.get(p) or (date(p, lang) if _PLAIN.fullmatch(p) else p) for p in parts)


def _plain(found: re.Match[str], lang: str) -> str:
    year, month, number, mark = found.groups()
    if month is not None and not 1 <= int(month) <= 12:
        return found[0]
    y = str(int(year))
    if month is None:
        said = y
    else:
        names = _MONTHS if number is not None else {**_MONTHS, **_ALONE}
        pattern = _MONTH if number is None else _DAY
        said = pattern[lang].format(d=int(number or 0), m=names[lang].split()[int(month) - 1], y=y)
    return _form({"?": "perhaps", "~": "about", "%": "about"}[mark], lang, a=said) if mark else said


def _form(name: str, lang: str, **values: str) -> str:
    return _FORMS[name][lang].format(**values)


def name(own: str, others: Iterable[str], lang: str) -> str:
    """Choose a name for a language: one in Cyrillic letters for Russian and Kazakh, if there is one; else its own.

    For Kazakh a name with letters of Kazakh alone comes first.
    """
    _known(lang, DATES)
    cyrillic = [other for other in others if _CYRILLIC.search(other)]
    if lang not in ("ru", "kk") or not cyrillic:
        return own
    kazakh = [other for other in cyrillic if _KAZAKH.search(other)]
    rest = [other for other in cyrillic if other not in kazakh]
    return (kazakh or rest)[0] if lang == "kk" else (rest or kazakh)[0]


def territory(code: str, own: str, lang: str) -> str:
    """Give the name of a country (ISO 3166 alpha-3) in a language, from CLDR; else its own name."""
    _known(lang, DATES)
    return _territories().get(code, {}).get(lang, own)


@cache
def _territories() -> Mapping[str, Mapping[str, str]]:
    found: Mapping[str, Mapping[str, str]] = json.loads((files("kztimeline") / "territories.json").read_text("utf-8"))
    return found


def _known(lang: str, known: tuple[str, ...]) -> str:
    if lang not in known:
        raise NotationError(f"not a language known here: {lang!r}; write one of {', '.join(known)}")
    return lang


def words(lang: str) -> Mapping[str, str]:
    """Give the words of pages in a language. Raises :class:`NotationError` for one that has none."""
    return WORDS[_known(lang, TEXTS)]


def worded(lang: str, group: str, word: str) -> str:
    """Give one of the library's own words (an account, a kind, a stage …) in a language; else itself."""
    return words(lang).get(f"{group}.{word}", word)


_EN = {
    "title": "{holder}: what the sources say of its arms",
    "skip": "To the summary",
    "contents": "Contents",
    "summary": "Summary",
    "day": "Holdings on {day}",
    "time": "Holdings over time",
    "difference": "What changed between two editions",
    "orders": "Orders and deliveries",
    "suppliers": "Suppliers",
    "agreements": "Agreements on {day}",
    "findings": "What does not fit",
    "events": "Events",
    "sources": "Sources",
    "reading": "How to read this",
    "citing": "How to cite this",
    "made": "Made by kztimeline {version} from the log “{name}”, head {head}, written {recorded}. {view}",
    "view": "View: {view}.",
    "sum.claims": "The log holds {claims} standing claims about {holder} from {sources} sources.",
    "sum.held": "On {day}, {certain} systems were certainly held; of {perhaps} more the sources only allow it.",
    "sum.open": "For {open} of these rows no list says that there were no more.",
    "sum.orders": "{orders} systems were on order and not yet delivered.",
    "sum.agreements": "{agreements} agreements stood or may have stood.",
    "sum.difference": "Between {one} and {other}: {headline}.",
    "sum.findings": "The audit finds {contradictions} contradictions, {odd} odd things and {notes} notes.",
    "none.difference": "No two editions with rows are in this view.",
    "none.rows": "Nothing in this view speaks of it; that is not zero.",
    "none.left": "Nothing is left unexplained.",
    "left": "What stays unexplained: ",
    "headline": "of {total}: {paper} on paper, {world} in the world, {left} unexplained",
    "headline.vague": "{n} without a single figure", "headline.maybe": "{n} of {m} perhaps explained",
    "headline.none": "no figure changed", "shown": "The first {shown} of {all} events.",
    "col.system": "system", "col.number": "number", "col.marks": "marks", "col.sources": "sources", "col.as_of": "last word",
    "col.account": "account", "col.service": "service", "col.before": "before", "col.after": "after", "col.causes": "causes",
    "col.unexplained": "unexplained", "col.rest": "rest", "col.category": "category", "col.agreement": "agreement",
    "col.form": "form", "col.stage": "stage", "col.since": "since", "col.parties": "parties", "col.code": "code",
    "col.severity": "severity", "col.sentence": "what does not fit", "col.time": "when", "col.kind": "what",
    "col.quantity": "how many", "col.supplier": "supplier", "col.ordered": "ordered", "col.came": "came",
    "col.window": "years", "col.certain": "certain", "col.possible": "possible", "col.systems": "systems",
    "col.stood": "stood", "col.claims": "events", "col.subject": "about", "col.event": "event",
    "mark.open": "open", "mark.conflict": "conflict", "mark.inferred": "inferred",
    "truth.yes": "yes", "truth.maybe": "maybe", "truth.no": "no",
    "severity.note": "note", "severity.odd": "odd", "severity.contradiction": "contradiction",
    "or more": "{low} or more",
    "used in": "used in",
    "published": "published {date}", "inferred": "inferred", "quoted": "read in {title}", "edition": "edition {id}",
    "read.number": "2..4 means: at least 2 and at most 4. A number in brackets is what the claims favour. “5 or more” has no upper bound.",
    "read.open": "open: no list says that there were no more. Without it, a list that claims to be complete says so.",
    "read.conflict": "conflict: claims exclude each other; the bounds are wide enough for all of them.",
    "read.inferred": "inferred: rolled back from a later word, or concluded by a reader.",
    "read.last": "last word: the last day that any claim speaks of. What holds after it is an assumption.",
    "read.none": "No evidence is not zero: it means that nobody said anything.",
    "read.left": "unexplained: what no recorded event and no change on paper accounts for. It may be a loss, or a new reading.",
    "read.clocks": "Four clocks: when it occurred, the day an edition speaks of, when it was published, when the log took it.",
    "cite.how": "Cite the sources behind a number, and the log with its head: the head fixes every claim and definition.",
    "cite.text": "As text",
    "cite.bibtex": "As BibTeX",
    "fig.left": "Dashed and empty: not explained. Solid: accounted for.",
    "fig.steps": "Light: between the least and the most. Line: what the claims favour. Points: what editions state.",
    "fig.deals": "Faded: some day in this stretch. Solid: between order and delivery. Rings are orders, diamonds deliveries.",
    "fig.suppliers": "Counted are systems, not units. Faded: perhaps in these years.",
    "fig.evidence": "A dotted line is no evidence; an empty box with 0 is zero.",
}  # fmt: skip
_DE = {
    "title": "{holder}: was die Quellen über seine Waffen sagen",
    "skip": "Zur Zusammenfassung",
    "contents": "Inhalt",
    "summary": "Zusammenfassung",
    "day": "Bestand am {day}",
    "time": "Bestand im Lauf der Zeit",
    "difference": "Was sich zwischen zwei Ausgaben geändert hat",
    "orders": "Bestellungen und Lieferungen",
    "suppliers": "Lieferländer",
    "agreements": "Abkommen am {day}",
    "findings": "Was nicht zusammenpasst",
    "events": "Ereignisse",
    "sources": "Quellen",
    "reading": "Wie dies zu lesen ist",
    "citing": "Wie dies zu zitieren ist",
    "made": "Erstellt mit kztimeline {version} aus dem Verzeichnis „{name}“, Stand {head}, geschrieben am {recorded}. {view}",
    "view": "Sicht: {view}.",
    "sum.claims": "Das Verzeichnis enthält {claims} gültige Aussagen über {holder} aus {sources} Quellen.",
    "sum.held": "Am {day} waren {certain} Systeme sicher vorhanden; bei {perhaps} weiteren lassen die Quellen es nur zu.",
    "sum.open": "Bei {open} dieser Zeilen sagt keine Liste, dass es nicht mehr waren.",
    "sum.orders": "{orders} Systeme waren bestellt und noch nicht geliefert.",
    "sum.agreements": "{agreements} Abkommen bestanden oder bestanden möglicherweise.",
    "sum.difference": "Zwischen {one} und {other}: {headline}.",
    "sum.findings": "Die Prüfung findet {contradictions} Widersprüche, {odd} Auffälligkeiten und {notes} Hinweise.",
    "none.difference": "In dieser Sicht gibt es keine zwei Ausgaben mit Zeilen.",
    "none.rows": "Nichts in dieser Sicht spricht davon; das ist nicht null.",
    "none.left": "Nichts bleibt unerklärt.",
    "left": "Was unerklärt bleibt: ",
    "headline": "von {total}: {paper} auf dem Papier, {world} in der Welt, {left} unerklärt",
    "headline.vague": "{n} ohne einzelne Zahl", "headline.maybe": "{n} von {m} vielleicht erklärt",
    "headline.none": "keine Zahl hat sich geändert", "shown": "Die ersten {shown} von {all} Ereignissen.",
    "col.system": "System", "col.number": "Anzahl", "col.marks": "Zeichen", "col.sources": "Quellen", "col.as_of": "letzte Angabe",
    "col.account": "Konto", "col.service": "Teilstreitkraft", "col.before": "vorher", "col.after": "nachher",
    "col.causes": "Ursachen", "col.unexplained": "unerklärt", "col.rest": "Rest", "col.category": "Kategorie",
    "col.agreement": "Abkommen", "col.form": "Form", "col.stage": "Stufe", "col.since": "seit", "col.parties": "Parteien",
    "col.code": "Kürzel", "col.severity": "Gewicht", "col.sentence": "was nicht zusammenpasst", "col.time": "wann",
    "col.kind": "was", "col.quantity": "wie viele", "col.supplier": "Lieferland", "col.ordered": "bestellt",
    "col.came": "geliefert", "col.window": "Jahre", "col.certain": "sicher", "col.possible": "möglich",
    "col.systems": "Systeme", "col.stood": "bestand", "col.claims": "Ereignisse", "col.subject": "betrifft",
    "col.event": "Ereignis",
    "mark.open": "offen", "mark.conflict": "Widerspruch", "mark.inferred": "geschlossen",
    "truth.yes": "ja", "truth.maybe": "vielleicht", "truth.no": "nein",
    "severity.note": "Hinweis", "severity.odd": "auffällig", "severity.contradiction": "Widerspruch",
    "or more": "{low} oder mehr",
    "used in": "verwendet in",
    "published": "veröffentlicht {date}", "inferred": "erschlossen", "quoted": "gelesen in {title}", "edition": "Ausgabe {id}",
    "read.number": "2..4 heißt: mindestens 2 und höchstens 4. In Klammern steht, wofür die Aussagen sprechen. „5 oder mehr“ hat keine Obergrenze.",
    "read.open": "offen: keine Liste sagt, dass es nicht mehr waren. Fehlt das Zeichen, sagt es eine Liste, die vollständig sein will.",
    "read.conflict": "Widerspruch: Aussagen schließen einander aus; die Grenzen sind weit genug für alle.",
    "read.inferred": "geschlossen: aus einer späteren Angabe zurückgerechnet oder von einem Leser gefolgert.",
    "read.last": "letzte Angabe: der letzte Tag, von dem eine Aussage spricht. Was danach gilt, ist eine Annahme.",
    "read.none": "Kein Beleg ist nicht null: Es heißt, dass niemand etwas gesagt hat.",
    "read.left": "unerklärt: was kein verzeichnetes Ereignis und keine Änderung auf dem Papier erklärt. Es kann ein Verlust sein oder eine neue Lesart.",
    "read.clocks": "Vier Uhren: wann es geschah, von welchem Tag eine Ausgabe spricht, wann es veröffentlicht und wann es verzeichnet wurde.",
    "cite.how": "Zitiert werden die Quellen hinter einer Zahl und das Verzeichnis mit seinem Stand: Er legt jede Aussage und jede Definition fest.",
    "cite.text": "Als Text",
    "cite.bibtex": "Als BibTeX",
    "fig.left": "Gestrichelt und leer: nicht erklärt. Gefüllt: erklärt.",
    "fig.steps": "Hell: zwischen dem Mindesten und dem Meisten. Linie: wofür die Aussagen sprechen. Punkte: was Ausgaben angeben.",
    "fig.deals": "Blass: irgendein Tag darin. Kräftig: zwischen Bestellung und Lieferung. Ringe sind Bestellungen, Rauten Lieferungen.",
    "fig.suppliers": "Gezählt werden Systeme, nicht Stück. Blass: vielleicht in diesen Jahren.",
    "fig.evidence": "Eine gepunktete Linie heißt: kein Beleg; ein leerer Kasten mit 0 heißt: null.",
    **{f"account.{k}": v for k, v in {
        "held": "vorhanden", "in-service": "im Dienst", "in-store": "eingelagert", "on-order": "bestellt",
        "on-trial": "in Erprobung", "for-sale": "zum Verkauf", "active": "aktiv",
        "production": "aus der Fertigung"}.items()},
    **{f"kind.{k}": v for k, v in {
        "ordered": "bestellt", "order-changed": "Bestellung geändert", "cancelled": "storniert", "delivered": "geliefert",
        "produced": "hergestellt", "introduced": "eingeführt", "stored": "eingelagert", "returned": "zurückgeholt",
        "offered-for-sale": "zum Verkauf angeboten", "transferred": "übergeben", "retired": "ausgemustert", "lost": "verloren",
        "exported": "ausgeführt", "donated": "verschenkt", "modernised": "modernisiert", "planned": "geplant",
        "trialled": "erprobt", "agreement": "Abkommen", "formed": "aufgestellt", "reorganised": "umgegliedert",
        "dissolved": "aufgelöst", "measured": "gemessen", "observed": "beobachtet", "stated": "angegeben",
        "changed": "geändert"}.items()},
    **{f"stage.{k}": v for k, v in {
        "announced": "angekündigt", "signed": "unterzeichnet", "ratified": "ratifiziert", "in-force": "in Kraft",
        "ended": "beendet", "not-a-party": "nicht beigetreten"}.items()},
    **{f"cause.{k}": v for k, v in {
        "notation": "Schreibweise", "definition": "Definition", "moved": "umgestellt", "renamed": "umbenannt",
        "scope": "Umfang", "store": "Lager", "transfer": "Übergabe", "inflow": "Zugang", "outflow": "Abgang",
        "late-entry": "später Eintrag", "re-evaluation": "Neubewertung", "mismatch": "Summe passt nicht",
        "unexplained": "unerklärt"}.items()},
}  # fmt: skip
WORDS: Mapping[str, Mapping[str, str]] = {"en": _EN, "de": _DE}
