"""Planted faults: each is put into a copy of the library, and the tests must notice it.

    python -m tests.faults              # all of them
    python -m tests.faults 3 17         # some, by number
    python -m tests.faults --every 3    # each third

A fault is a file, a text that stands once in it and what replaces it. One that no test notices, or whose text
is gone, fails the run. The last line says how many were caught.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from argparse import ArgumentParser
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from attrs import frozen

ROOT = Path(__file__).parent.parent
TESTS = [
    "test_worked.py",
    "test_views.py",
    "test_values.py",
    "test_dates.py",
    "test_log.py",
    "test_semantics.py",
    "test_hard_cases.py",
    "test_lineages.py",
    "test_scan.py",
    "test_folding.py",
    "test_drafts.py",
    "test_together.py",
    "test_importers_columns.py",
    "test_laws.py",
    "test_worlds.py",
]


@frozen
class Fault:
    """What is broken, where, and how."""

    says: str
    file: str
    old: str
    new: str


FAULTS = (
    Fault("bounds of a merged number swapped", "readings.py", "low, high = max(c.low for c in left), min(c.high for c in left)", "low, high = min(c.low for c in left), max(c.high for c in left)"),
    Fault("a conflict of numbers keeps one side", "readings.py", "low, high = min(c.low for c in left), max(c.high for c in left)", "low, high = left[0].low, left[0].high"),
    Fault("a vaguer claim widens", "readings.py", "if not any(contains(value, other) and bounds(value) != bounds(other) for other in values)", "if True"),
    Fault("a last day shifted by one", "readings.py", "return (count.low if sure and days.last <= until else 0), count.high", "return (count.low if sure and days.last < until else 0), count.high"),
    Fault("a first day shifted by one", "readings.py", "    if days.first > until or days.last <= back:\n        return 0, 0", "    if days.first >= until or days.last <= back:\n        return 0, 0"),
    Fault("a set promises nothing", "readings.py", "whole = sum(1 for start, end in days.members if start > after and end <= until)\n    least", "whole = 0\n    least"),
    Fault("units come before their member of a set", "readings.py", "return least, max(count.high - early - late, 0)", "return least, max(count.high - early, 0)"),
    Fault("a set too large keeps its promise", "readings.py", "if count.high < len(days.members):", "if False:"),
    Fault("an open end reaches past the publication", "readings.py", "    if closes is not None and first <= closes:", "    if False:"),
    Fault("one of a group may be the whole number", "readings.py", "return Count(1, count.high - systems + 1, None)", "return Count(1, count.high, None)"),
    Fault("a best is put at the end of an unknown day", "readings.py", "return [(days.first + (days.last - days.first) // 2, units)]", "return [(days.last, units)]"),
    Fault("a total is added to its tranches", "tranches.py", "        if cover is not None:\n", "        if cover is None and False:\n"),
    Fault("a total is capped by nothing", "tranches.py", "greatest = max(greatest, count.high - sum(beyond(part, back, until)[0] for part in item.tranches))", "greatest = greatest + count.high"),
    Fault("a total that is over promises nothing", "tranches.py", "    if days.first > after and days.last <= until:\n        least = max(", "    if False:\n        least = max("),
    Fault("batches of prose are added for the least", "sums.py", "            for index in change.sets:", "            for index in range(len(self.least_of)):"),
    Fault("the greatest takes one batch only", "sums.py", "self.greatest += change.greatest", "self.greatest = max(self.greatest, change.greatest)"),
    Fault("declared distinct means nothing", "sums.py", "linked = two.id in one.distinct or one.id in two.distinct", "linked = False"),
    Fault("the flow around a cutoff counts as a gain for sure", "ledgers.py", "after = BEFORE if anchor is None else anchor.last\n        back", "after = BEFORE if anchor is None else anchor.first - 1\n        back"),
    Fault("the lag of a source is forgotten", "ledgers.py", "anchor.first - ledger.lag", "anchor.first"),
    Fault("an uncertain cutoff holds from its first day", "ledgers.py", "past = bisect_right(ledger.anchors, day, key=lambda anchor: anchor.last)", "past = bisect_right(ledger.anchors, day, key=lambda anchor: anchor.first)"),
    Fault("before the first statement nothing was held", "ledgers.py", "return Level(Count(max(flows.count.low, 0), INF, None), flows.conflict, True, BEFORE)", "return Level(Count(max(flows.count.low, 0), 0, None), flows.conflict, True, BEFORE)"),
    Fault("losses are not taken off", "ledgers.py", "low: Bound = start.low + gains.least - losses.greatest", "low: Bound = start.low + gains.least"),
    Fault("two ledgers are summed", "combine.py", "    low: Bound = max(0, *heard.left.values())", "    low: Bound = sum(max(0, one) for one in heard.left.values())"),
    Fault("an open ledger lifts a closed list", "combine.py", "high, conflict = max(high, level.count.low), True", "high, conflict = high, False"),
    Fault("closed ledgers join instead of meeting", "combine.py", "    low, high = max(c.low for c in counts), min(c.high for c in counts)\n    if low <= high:", "    low, high = min(c.low for c in counts), max(c.high for c in counts)\n    if low <= high:"),
    Fault("a later word raises nothing", "combine.py", "        low = max(low, heard.left[source])\n        if level", "        low = max(low, 0)\n        if level"),
    Fault("a loss another list tells of is not seen", "combine.py", "            values.append(max(most - counted, 0) if counted < INF else 0)", "            values.append(0)"),
    Fault("a closed list stays closed after its cutoff", "combine.py", "open_=True, conflict=conflict, kept=base)", "open_=False, conflict=conflict, kept=base)"),
    Fault("a register never stands on a statement", "combine.py", "if ledger.complete and ledger.source not in stating", "if False and ledger.source not in stating"),
    Fault("rows of other categories are rivals", "statements.py", "(one.operator, one.category, one.account) == (other.operator, other.category, other.account)", "one.account == other.account"),
    Fault("rows linked as the same units add", "statements.py", "    return alike or one.twins == other.twins", "    return alike"),
    Fault("active includes what is on trial", "statements.py", "return _less(count, on_trial(cutoff)), conflict", "return count, conflict"),
    Fault("silence in scope is not zero", "statements.py", "        return Anchor(*cutoff, Count(0, 0, 0), True, False, True, ())", "        return None"),
    Fault("an order is never filled", "deals.py", "        yield Move(Account.ON_ORDER, False, True)\n    into:", "        pass\n    into:"),
    Fault("deliveries of a deal on trial are in service", "deals.py", "    if happening.deal and happening.days.first <=", "    if False and happening.days.first <="),
    Fault("an order change adds to the deal", "deals.py", "    values += [_set_to(c) for c in changes if c.days.first <= day < c.days.last]", "    values += []"),
    Fault("a gone unit of unstated account is surely in service", "deals.py", "yield from (Move(account, False, len(origins) == 1) for account in origins)", "yield from (Move(account, False, True) for account in origins)"),
    Fault("links of the same happening are ignored", "happenings.py", "        if link.relation is Relation.SAME:\n            joined", "        if False:\n            joined"),
    Fault("civil operators count", "branches.py", "lambda stated: stated is None or not _civil(names, stated)", "lambda stated: True"),
    Fault("the view sees the future", "views.py", "return by is None or (published.last is not None and published.last <= by)", "return True"),
    Fault("what is perhaps public counts", "views.py", "return by is None or (published.last is not None and published.last <= by)", "return by is None or published.first is None or published.first <= by"),
    Fault("a supersession is dropped", "views.py", "    if not changes:\n        return [] if", "    if True:\n        return [] if"),
    Fault("a revision acts before its publication", "views.py", "if _speaker(row) == source and _public(day, published_by)]", "if _speaker(row) == source]"),
    Fault("a revision takes other sources with it", "views.py", "kept = tuple(c for c in claim.citations if replaced.get(c.source, (Reason.COUNTED, []))[0] is Reason.COUNTED)", "kept = () if any(r is not Reason.COUNTED for r, _ in replaced.values()) else claim.citations"),
    Fault("contested corrections: the last one wins", "views.py", "            later.segment == change.segment or before(change.segment, later.segment) for later in changes[index + 1 :]\n", "            True for later in changes[index + 1 :]\n"),
    Fault("plans deliver", "happenings.py", "PLANS = (Kind.PLANNED, Kind.TRIALLED)", "PLANS = (Kind.TRIALLED,)"),
    Fault("a yes needs two units", "holdings.py", 'pl.when(pl.col("low") >= 1)', 'pl.when(pl.col("low") >= 2)'),
    Fault("a day is read one late", "holdings.py", '(pl.col("since") <= day)', '(pl.col("since") < day)'),
    Fault("a null high becomes a number", "holdings.py", 'high = pl.when(~pl.col("endless")).then("high")', 'high = pl.col("high")'),
    Fault("more than n includes n", "quantities/notation.py", "return number + 1, None, None", "return number, None, None"),
    Fault("the root is not checked", "log/segments.py", "if merkle_root(ids) != header.root or marks(ids) != header.marks:", "if False:"),
    Fault("a level is clipped before it is moved", "ledgers.py", "    low: Bound = start.low + gains.least - losses.greatest", "    low: Bound = max(start.low + gains.least - losses.greatest, 0)"),
    Fault("flows inside an uncertain cutoff are not seen", "ledgers.py", "count = Count(start.low - losses, start.high + gains, best)", "count = Count(start.low, start.high, best)"),
    Fault("the lag is not taken back when rolling back", "ledgers.py", "    sure = first.first - ledger.lag", "    sure = first.first"),
    Fault("rolling back takes the least of what came", "ledgers.py", "at(losses, sure).least - came.greatest", "at(losses, sure).least - at(gains, sure).least"),
    Fault("a list of flows need not reach the cutoff", "ledgers.py", "start <= day + 1 and first.last <= end", "start <= day + 1 and first.first <= end"),
    Fault("a vague statement rules out one inside it", "ledgers.py", "        if segment.anchor is None or segment.anchor.last < newest:", "        if segment.anchor is None or said:"),
    Fault("a statement stands one day too short", "ledgers.py", "return min((a.last for a in ledger.anchors if a.first > after), default=LAST_DAY)", "return min((a.first - 40 for a in ledger.anchors if a.first > after), default=LAST_DAY)"),
    Fault("an unclosed gap before a statement is rolled back", "ledgers.py", "    if any(start <= day + 1 and first.last <= end for start, end in ledger.complete):", "    if True:"),
    Fault("inflows that reach a statement do not silence it", "steps.py", "reached=_reached(ledger, inflows)", "reached=False"),
    Fault("productions for nobody explain no statement", "steps.py", "        inflows += _arrivals(claims, asked.system)", "        inflows += []"),
    Fault("a group too small still promises each a unit", "readings.py", "        return Count(0, count.high, None)", "        return Count(1, count.high, None)"),
    Fault("a group's share is off by one", "readings.py", "return Count(1, count.high - systems + 1, None)", "return Count(1, count.high - systems, None)"),
    Fault("a later register takes losses of others for its own", "combine.py", "return Level(count, self.ledger.disputes(self.back, day), False, self.back)", "return Level(count, self.ledger.disputes(self.back, day), False, 10**7)"),
    Fault("a register stays closed after its data day", "combine.py", "return any(first <= self.since + 1 and day <= last for first, last in self.ledger.complete)", "return any(first <= self.since + 1 for first, last in self.ledger.complete)"),
    Fault("a register is closed before its list begins", "combine.py", "return any(first <= self.since + 1 and day <= last for first, last in self.ledger.complete)", "return any(day <= last for first, last in self.ledger.complete)"),
    Fault("a register forgets the cutoff's lag", "combine.py", "back = min((heard.read[s].since for s in stated & closed), default=day)", "back = day"),
    Fault("an open list lifts a closed one without limit", "combine.py", "            low = max(low, min(heard.left[source], count.high))", "            low = max(low, heard.left[source])"),
    Fault("a higher word of the day raises the low too", "combine.py", "            high, conflict = max(high, level.count.low), True", "            high, conflict = max(high, level.count.low), True\n            low = count.high"),
    Fault("after a closed day losses are added back", "combine.py", "    low: Bound = count.low + gains.least - losses.greatest", "    low: Bound = count.low + gains.least"),
    Fault("what a later word claims at most is lost", "combine.py", "            high = max(high, level.count.high)\n    conflict = base", "            high = max(high, 0)\n    conflict = base"),
    Fault("an agreeing report of a loss is taken off again", "combine.py", "            values.append(max(most - counted, 0) if counted < INF else 0)", "            values.append(most)"),
    Fault("rivals of a closed day are no conflict", "combine.py", "    return Count(min(c.low for c in counts), max(c.high for c in counts), None), True", "    return Count(min(c.low for c in counts), max(c.high for c in counts), None), False"),
    Fault("a tranche in another account stays in its total", "tranches.py", "        if item.elsewhere:\n            return count.low, count.high", "        if item.elsewhere:\n            return 0, 0"),
    Fault("a total covers other deals' units", "tranches.py", "    if whole.deal and part.deal and whole.deal != part.deal:", "    if False:"),
    Fault("a total covers other suppliers' units", "tranches.py", "    if whole.suppliers and not part.suppliers <= whole.suppliers:", "    if False:"),
    Fault("a total covers what reaches outside its period", "tranches.py", "    within = total.days.first <= flow.days.first and flow.days.last <= total.days.last", "    within = total.days.first <= flow.days.first"),
    Fault("a linked part is no part", "tranches.py", "    if part.id in whole.covers or not whole.by_period:", "    if not whole.by_period:"),
    Fault("introductions concern all systems of a deal", "deals.py", "            for system in happening.systems:\n                key", "            for system in (*happening.systems, \"x\", \"y\"):\n                key"),
    Fault("what comes after the introduction is on trial", "deals.py", "happening.days.first <= trials.get((happening.holder, happening.deal, system), 0):", "trials.get((happening.holder, happening.deal, system), 0):"),
    Fault("rival branches both have the units for certain", "deals.py", "    sure = all(wanted(name) for name in happening.operators or (None,))", "    sure = True"),
    Fault("batches of two sources mix", "happenings.py", 'f"{cite.source} {c.batch}"', 'f"{c.batch}"'),
    Fault("declared distinct stays in its own ledger", "happenings.py", "sources = happening.sources.union(*(merged[p].sources for p in partners))", "sources = happening.sources"),
    Fault("a claim is cut by another's publication", "happenings.py", "closes=closing_day(s)) for s in group]", "closes=min(closing_day(o) or 10**7 for o in group)) for s in group]"),
    Fault("plans say how far one knows", "happenings.py", "        if event.kind is Kind.PLANNED:", "        if False:"),
    Fault("silence is zero beside a sibling", "statements.py", "    return any(family & {name, *ancestors(names.registry, name)} for name in listed)", "    return False"),
    Fault("a branch's row closes the holder", "statements.py", "    if scope.operator is not None and scope.operator != asked.operator:", "    if False:"),
    Fault("a branch is closed beside a row of no branch", "statements.py", "    closed = closed and not _perhaps_among(table, source, cutoff, asked)", "    closed = closed and True"),
    Fault("a scope closes cutoffs outside its period", "statements.py", "    return first <= cutoff[0] and cutoff[1] <= last", "    return True"),
    Fault("a row of what is held says all is in service", "statements.py", "(Count(0, count.high, None) if elsewhere(cutoff[1]) else count), conflict", "count, conflict"),
    Fault("a taken back revision leaves nothing", "views.py", "        if words:\n            yield row", "        if True:\n            yield row"),
    Fault("a taken back withdrawal still acts", "views.py", "isinstance(row.value, Withdrawal) and row.id not in lineage.versions", "isinstance(row.value, Withdrawal)"),
    Fault("a taken back definition still means something", "views.py", "defined = (row.value for row in placed if isinstance(row.value, Definition) and row.id not in gone)", "defined = (row.value for row in placed if isinstance(row.value, Definition))"),
    Fault("the earliest published revision speaks", "views.py", "    latest = max(_last(day) for _, day in spoken)", "    latest = min(_last(day) for _, day in spoken)"),
    Fault("a cited link is seen before its publication", "views.py", "        _public(c.published, published_by) and c.source not in withdrawn", "        c.source not in withdrawn"),
    Fault("no evidence in part of a period is a no", "holdings.py", 'pl.col("nothing") & (pl.col("since") <= first)', 'pl.col("nothing")'),
    Fault("a view knows what a later release covers", "views.py", "registry = build(value for value in defined if _declared(value, published_by))", "registry = build(defined)"),
    Fault("a total that went elsewhere is no evidence here", "ledgers.py", "ledger.begins is not None and ledger.begins <= day else None", "flows.count.high else None"),
    Fault("a perhaps public citation counts", "views.py", "    kept = tuple(c for c in wanted if _public(c.published, published_by))", "    kept = tuple(c for c in wanted if _perhaps(c.published, published_by))"),
    Fault("sources asked for are not kept apart within a claim", "views.py", "    wanted = [c for c in claim.citations if sources is None or c.source in sources]", "    wanted = [c for c in claim.citations if sources is None or any(d.source in sources for d in claim.citations)]"),
    Fault("a withdrawal takes all sources", "views.py", "    if not kept:\n        reasons", "    if len(kept) < len(claim.citations):\n        reasons"),
    Fault("a total row is added to its parts", "statements.py", "s.event.role is not Role.TOTAL]", "True]"),
    Fault("a sibling's silence is zero", "statements.py", "    return any(family & {name, *ancestors(names.registry, name)} for name in listed)", "    return any(family & {name} for name in listed)"),
    Fault("an edition closes outside its scope's period", "statements.py", "    return first <= cutoff[0] and cutoff[1] <= last", "    return first <= cutoff[1] and cutoff[0] <= last"),
    Fault("a scope of one branch closes the holder", "statements.py", "    if scope.operator is not None and scope.operator != asked.operator:", "    if scope.operator is not None and asked.operator not in (None, scope.operator):"),
    Fault("closed ledgers' best is taken from any", "combine.py", "    best = bests.pop() if len(bests) == 1 else None\n    return best if best is not None and low <= best <= high else None", "    best = bests.pop() if bests else None\n    return best if best is not None and low <= best <= high else None"),
    Fault("envelope keeps the first ledger", "combine.py", "    low, high = min(v.count.low for v in heard.values()), max(v.count.high for v in heard.values())", "    low, high = max(v.count.low for v in heard.values()), max(v.count.high for v in heard.values())"),
    Fault("the register still counts on the day of a list", "combine.py", "        if not closed:  # on the day of a list the registers stand on that list (R20)\n            closed = {", "        if True:\n            closed |= {"),
    Fault("a list that perhaps speaks already is passed over", "combine.py", "        if not anchor.first <= day < anchor.last:", "        if True:"),
    Fault("a restated level is met with the old one", "combine.py", "    lists = base.closed - {v.ledger.source for v in voices if v.restated(base.day, day)}", "    lists = base.closed"),
    Fault("a conflict of claims marks nothing", "ledgers.py", "        return any(last > after and first <= day for first, last in self.disputed)", "        return False"),
    Fault("a conflict outlives the statement after it", "ledgers.py", "        return any(last > after and first <= day for first, last in self.disputed)", "        return any(first <= day for first, last in self.disputed)"),
    Fault("explain forgets the view's reasons of other holders", "replies.py", "        found.setdefault(system, []).extend(key for key in several if holder in (\"*\", key.asked.holder))", "        found[system] = list(several)"),
    Fault("explain calls a possible flow counted", "explain.py", "    if days.last > day or count.low == 0 or (current is not None and days.first <= current.last):", "    if days.last > day:"),
    Fault("explain counts what lies before the statement", "explain.py", "    if back is not None and days.last <= back:", "    if False:"),
    Fault("a weaker claim is called counted", "explain.py", "        if claim in happening.weaker:", "        if False:"),
    Fault("the last reason wins, not the strongest", "explain.py", "                if claim not in found or _RANK[reason] < _RANK[found[claim][0]]:", "                if True:"),
    Fault("a second name of a system is dropped", "registry.py", "        joined = set(pair).union(*(group.get(system, ()) for system in pair))", "        joined = set(pair)"),
    Fault("a source's alias holds everywhere", "registry.py", "        table[(alias.source, fold(alias.name))] = alias.system", "        table[(None, fold(alias.name))] = alias.system\n        table[(alias.source, fold(alias.name))] = alias.system"),
    Fault("an older definition wins", "registry.py", "    return {row.id: row for row in rows if isinstance(row, of)}", "    return {row.id: row for row in reversed(list(rows)) if isinstance(row, of)}"),
    Fault("the earlier of holder's and system's first day", "registry.py", "    return max(days, default=None)\n\n\ndef _first", "    return min(days, default=None)\n\n\ndef _first"),
    Fault("asking for a family forgets its variants' variants", "registry.py", "    below = [own]\n    for current in below:  # grows while it is read: parents, then theirs", "    below = [own]\n    for current in [own]:"),
    Fault("a delivery needs no account", "checks.py", "    if kind in _ARRIVALS and event.into is None and (", "    if False and ("),
    Fault("a group may name one system", "checks.py", "    if event.role is Role.GROUP and count < 2:", "    if event.role is Role.GROUP and count < 1:"),
    Fault("a revision need not cite its source", "checks.py", "    if all(citation.source != event.source for citation in event.replacement.citations):", "    if False:"),
    Fault("a source may revise what it never said", "named.py", "        if verb.source not in cited:", "        if False:"),
    Fault("what happened after it was told is accepted", "named.py", "    if first > last:\n        path", "    if False:\n        path"),
    Fault("a period holds on the day after its end", "layout.py", "(part.column(\"until\") > begin)", "(part.column(\"until\") >= begin)"),
    Fault("a period asked of forgets its first day", "layout.py", "& (part.column(\"until\") > begin)", "& (part.column(\"until\") > end)"),
    Fault("what was cancelled may have been delivered", "sums.py", "linked or (one.kind is Kind.CANCELLED) != (two.kind is Kind.CANCELLED)", "linked"),
    Fault("only operator conflicts are seen", "happenings.py", "candidates or _rival(claims, names)", "candidates"),
    Fault("what no claim names is never asked of the lists", "steps.py", ".union(claims.printed.own, covered)", ".union(claims.printed.own)"),
    Fault("rows of several systems come in the order of the systems", "layout.py", "*found]).sort()", "*found])"),
    Fault("what is certainly 0 is listed as held", "layout.py", "wanted &= part.beside.some[part.asked]", "pass"),
    Fault("a taken back withdrawal of a link still acts", "views.py", "isinstance(row.value, Withdrawal) and row.id not in gone", "isinstance(row.value, Withdrawal)"),
    Fault("claims of two sources fold in columns", "words.py", """apart=(lib.col("wrong").max().over(*KEY) == 1) | several""", """apart=lib.col("wrong").max().over(*KEY) == 1"""),
    Fault("two levels on a day fold in columns", "words.py", """one_where(~lib.col("whole") | rivals, lib)""", """one_where(~lib.col("whole"), lib)"""),
    Fault("columns count what was not public yet", "words.py", """        counted &= (lib.col("public") <= by).fill_null(value=False)""", "        pass"),
    Fault("the pattern forgets the data day", "scan.py", """closes=pl.min_horizontal("published_last", "data_day_last")""", """closes="published_last\""""),
    Fault("the pattern reads escapes as they stand", "scan.py", r'" *[!#-\[\]-~][ !#-\[\]-~]*', r'" *[!#-~][ !#-~]*'),
    Fault("lines forget that a definition was taken back", "folding.py", """return lines.placed(pl.concat([ids, plain.filter(pl.col("target").is_in(defined))["id"]]))""", "return lines.placed(ids)"),
    Fault("what is in service is all that is held, whatever lists say", "steps.py", "    if system in claims.printed.own or holder in claims.table.scopes:", "    if False:"),
    Fault("what needs an account beside an operator alone is not seen", "together.py", "        if not alone and len({*(alike", "        elif not alone and len({*(alike"),
    Fault("a name in a table means what it means to everybody", "importers/tables.py", """["source"] if name in _NAMES and "source" in stated.columns else []""", "[]"),
    Fault("rows of a table are judged by the first one", "importers/tables.py", "column[row if len(column) > 1 else 0]", "column[0]"),
)  # fmt: skip


def caught(number: int) -> tuple[int, str]:
    """Plant one fault in a copy and run the tests until one fails; an empty text means it was caught."""
    fault = FAULTS[number]
    with tempfile.TemporaryDirectory() as folder:
        package = Path(folder) / "src" / "kztimeline"
        shutil.copytree(ROOT / "src" / "kztimeline", package, ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copytree(ROOT / "events", Path(folder) / "events")
        file = package / fault.file
        text = file.read_text("utf-8")
        if text.count(fault.old) != 1:
            return number, f"its text stands {text.count(fault.old)} times in the file, not once"
        file.write_text(text.replace(fault.old, fault.new), "utf-8")
        paths = [str(ROOT / "tests" / name) for name in TESTS]
        words = [sys.executable, "-m", "pytest", "-x", "-q", "--no-header", "-p", "no:cacheprovider", *paths]
        env = {
            **os.environ,
            "PYTHONPATH": f"{package.parent}{os.pathsep}{ROOT}",
            "KZTIMELINE_PROFILE": "faults",
            "CI": "",
        }
        done = subprocess.run(words, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
        return number, "" if done.returncode == 1 else f"no test noticed (exit code {done.returncode})"


def main() -> None:
    """Plant the faults asked for, two at a time, and say which survived."""
    options = ArgumentParser()
    options.add_argument("numbers", nargs="*", type=int)
    options.add_argument("--every", type=int, default=1)
    asked = options.parse_args()
    wanted = asked.numbers or range(0, len(FAULTS), asked.every)
    results = []
    with ThreadPoolExecutor(2) as pool:
        for number, trouble in pool.map(caught, wanted):
            print(f"{number}: {FAULTS[number].says}: {trouble or 'caught'}", flush=True)
            results.append((number, trouble))
    print(f"{sum(not trouble for _, trouble in results)} of {len(results)} planted faults caught")
    sys.exit(any(trouble for _, trouble in results))


if __name__ == "__main__":
    main()
