"""Random git histories of a log: branches, merges, cherry-picks; reverts and edits, which must be flagged."""

from __future__ import annotations

import importlib.util
import os
import random
import subprocess
from collections.abc import Callable, Sequence
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import ModuleType

from attrs import Factory, define

from kztimeline.codec import event_of, line_of
from kztimeline.errors import LogError, MissingParentError
from kztimeline.log import append_lines, create, read_log, verify
from kztimeline.log.redact import redact
from kztimeline.log.segments import read_segment
from tests.damage import VERIFIER

ROOT = Path(__file__).parent.parent


def guard() -> ModuleType:
    """The script that a project's checks run."""
    loader = SourceFileLoader("guard", str(ROOT / "tools" / "guard"))
    spec = importlib.util.spec_from_loader("guard", loader)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    return module


GUARD = guard()
ALONE = {
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_SYSTEM": os.devnull,
    "GIT_AUTHOR_NAME": "w",
    "GIT_AUTHOR_EMAIL": "w@example.org",
    "GIT_COMMITTER_NAME": "w",
    "GIT_COMMITTER_EMAIL": "w@example.org",
}


def claim(number: int, **fields: object) -> bytes:
    """A line that says something, told apart by its number."""
    said = {"kind": "observed", "holder": "KAZ", "occurred": "2016", "note": f"number {number}"}
    return line_of(event_of({**said, "citations": [{"source": "a", "published": "2017"}], **fields}))


@define(eq=False)
class Repository:
    """A repository with a log; what each branch holds, and what was found on the way."""

    path: Path
    rng: random.Random
    holds: dict[str, set[str]] = Factory(dict)
    heads: dict[str, tuple[str, ...]] = Factory(dict)
    branch: str = "main"
    count: int = 0
    steps: int = 0
    redacted: set[str] = Factory(set)
    conflicts: int = 0
    settled: int = 0
    lost: int = 0
    alarms: list[str] = Factory(list)
    unflagged: list[str] = Factory(list)
    flagged: int = 0
    done: dict[str, int] = Factory(dict)

    @property
    def log(self) -> Path:
        return self.path / "events"

    def git(self, *words: str, fails: bool = False) -> str:
        command = ["git", "-C", str(self.path), *words]
        done = subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ, **ALONE})
        if done.returncode and not fails:
            raise AssertionError(f"git {' '.join(words)}: {done.stdout}{done.stderr}")
        return "" if done.returncode else done.stdout.strip() or "done"

    def begin(self) -> None:
        self.path.mkdir(parents=True)
        self.git("init", "-q", "-b", "main")
        self.git("config", "core.autocrlf", "true")
        create(self.log, name="histories", holder="KAZ", created="2026-01-01T00:00:00Z")
        self.holds["main"], self.heads["main"] = set(), ()
        self.append()

    def append(self, *lines: bytes) -> None:
        """Say something new; sometimes what another branch has said too."""
        lines = lines or tuple(claim(self.rng.randint(0, 400)) for _ in range(self.rng.randint(1, 3)))
        self.count += 1
        stamp = f"202{self.rng.randint(5, 7)}-01-01T00:{self.count // 60 % 60:02}:{self.count % 60:02}Z"
        receipt = append_lines(self.log, lines, note=f"step {self.count}", writer=self.branch, recorded=stamp)
        self.holds[self.branch] |= set(receipt.ids)
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", f"append {self.count}")

    def fork(self) -> None:
        if len(self.holds) < 6:
            name = f"b{len(self.holds)}-{self.steps}"
            self.git("checkout", "-q", "-b", name)
            self.holds[name], self.heads[name] = set(self.holds[self.branch]), self.heads[self.branch]
            self.branch = name

    def switch(self) -> None:
        self.branch = self.rng.choice(sorted(self.holds))
        self.git("checkout", "-q", self.branch)

    def merge(self) -> None:
        other = self.rng.choice(sorted(self.holds))
        how = self.rng.choice((["--no-edit"], ["--no-edit", "--no-ff"], ["--squash"]))
        if not self.git("merge", "-q", *how, other, fails=True) and not self._settled():
            self.conflicts += 1
            self.git("reset", "-q", "--hard")
            return
        self.git("commit", "-q", "--allow-empty", "-m", f"take {other}")
        self.holds[self.branch] |= self.holds[other]

    def _settled(self) -> bool:
        """Settle the one conflict that there may be, a segment redacted on one side: the redacted one is taken."""
        names = self.git("diff", "--name-only", "--diff-filter=U").split("\n")
        for name in names:
            file, taken = self.path / name, False
            for side in ("--ours", "--theirs"):
                if not taken and self.git("checkout", side, "--", name, fails=True):
                    taken = bool(read_segment(file).redacted)
            if not taken:
                return False
            self.git("add", "--", name)
        self.settled += 1
        return True

    def pick(self) -> None:
        """Take one commit of another branch: whole if its parents are here, else flagged until the rest comes too."""
        other = self.rng.choice(sorted(self.holds))
        added = self.git(
            "log", "--no-merges", "--diff-filter=A", "--format=%H", f"{self.branch}..{other}", "--", "events"
        ).split()
        if other == self.branch or not added or added == ["done"]:
            return
        if not self.git("cherry-pick", "--keep-redundant-commits", "--allow-empty", self.rng.choice(added), fails=True):
            if not self._settled():
                self.conflicts += 1
                self.git("cherry-pick", "--abort")
                return
            self.git("commit", "-q", "--allow-empty", "-m", "picked")
        before = self.holds[self.branch]
        try:
            ids = {identity for _, identity, _ in read_log(self.log)}
        except MissingParentError:
            self._flag("a child without its parent", [])
            if not self.git("merge", "-q", "--no-edit", other, fails=True):
                if not self._settled():
                    self.conflicts += 1
                    self.git("merge", "--abort", fails=True)
                    self.git("reset", "-q", "--hard", "HEAD~1")
                    return
                self.git("commit", "-q", "-m", f"take {other}")
            ids = before | self.holds[other]
        if not before <= ids <= before | self.holds[other]:
            self.lost += len(before - ids)
        self.holds[self.branch] = ids

    def revert(self) -> None:
        """Take back a commit that added to the log; it must be flagged. Then it comes again."""
        added = self.git("log", "--no-merges", "--diff-filter=A", "--format=%H", "--", "events/20*").split()
        if added == ["done"] or not self.git("revert", "--no-edit", self.rng.choice(added), fails=True):
            self.git("revert", "--abort", fails=True)
            return
        self._flag("a revert", self._guarded())
        self._undo()

    def edit(self) -> None:
        """Change a byte of an old segment, or take its last line; it must be flagged, and named."""
        file = self.rng.choice(sorted(self.log.rglob("*.jsonl")))
        data = bytearray(file.read_bytes())
        at = self.rng.randrange(len(data))
        data[at] ^= 1 << self.rng.randrange(8)
        file.write_bytes(bytes(data))
        self.git("commit", "-q", "-a", "-m", "edit")
        self._flag("an edit", self._guarded(), named=file)
        self._undo()

    def redact(self) -> None:
        """Take a line out of the log of ``main``, one a file: two branches that do so side by side conflict in git."""
        whole = [s for s in read_log(self.log).segments if not s.redacted]
        if self.branch != "main" or not whole:
            return
        identity = self.rng.choice(self.rng.choice(whole).ids)
        if identity in {i for s in read_log(self.log).segments if s.redacted for i in s.ids}:
            return
        done = redact(self.log, [identity], reason="a name", writer=self.branch)
        self.git("commit", "-q", "-a", "-m", "redact")
        self.redacted.add(identity)
        problems, notices = self._guarded(), self._guarded(agreed=True)
        named = [f"{file.relative_to(self.log)}:{number}: {stub}" for file, number, stub in done.lines]
        if sorted(problems) != sorted(named) or notices:
            self.unflagged.append(f"a redaction: {problems} {notices}")
        self.flagged += 1

    def _guarded(self, *, agreed: bool = False) -> list[str]:
        try:
            return GUARD.check(self.log, "HEAD~1", allow_redactions=agreed)[0]
        except LogError as error:
            return [str(error)]

    def _flag(self, says: str, guarded: Sequence[str], named: Path | None = None) -> None:
        """Expect that the log is called damaged, given its heads, by both verifiers and the guard."""
        try:
            damages = verify(self.log, seen=self.heads[self.branch]).damages
        except LogError as error:
            damages = (error,)
        second, *_ = VERIFIER.problems(VERIFIER.read(self.log), self.heads[self.branch])
        own = [damage for damage in damages if named is None or damage.path == str(named)]
        if own and second and (guarded or says.startswith("a child")):
            self.flagged += 1
        else:
            self.unflagged.append(f"{says}: {damages} {second} {guarded}")

    def _undo(self) -> None:
        if self.rng.random() < 0.5:
            self.git("reset", "-q", "--hard", "HEAD~1")
        else:
            self.git("revert", "--no-edit", "HEAD")

    def step(self) -> None:
        names = ("append",) * 6 + (
            "fork",
            "switch",
            "switch",
            "merge",
            "merge",
            "merge",
            "pick",
            "pick",
            "revert",
            "edit",
            "redact",
        )
        name = self.rng.choice(names)
        act: Callable[[], None] = getattr(self, name)
        act()
        self.steps += 1
        self.done[name] = self.done.get(name, 0) + 1
        self.judge(name)

    def judge(self, name: str) -> None:
        """What a branch was given is there, whole, in files that git left as they were; nobody complains."""
        report = verify(self.log, seen=self.heads[self.branch])
        met = "redacted elsewhere; redact it here too"  # two branches said it, and one of them took it out
        said = [*map(str, report.damages), *(note for note in report.notes if not note.endswith(met))]
        second, heads, _ = VERIFIER.problems(VERIFIER.read(self.log), self.heads[self.branch])
        if not said:
            log = read_log(self.log)
            self.lost += len(self.holds[self.branch] - {identity for _, identity, _ in log})
            if self.branch == "main" and not self.redacted <= log.redacted.keys():
                self.alarms.append(f"step {self.steps} {name}: what was redacted is shown again")
            self.heads[self.branch] = tuple(heads)
        if self.steps % 5 == 0 and self.git("rev-parse", "-q", "--verify", "HEAD~1", fails=True):
            said += self._guarded(agreed=True)
        if said or second:
            self.alarms.append(f"step {self.steps} {name}: {said} {second}")


def history(folder: Path, seed: str, steps: int) -> Repository:
    """Go through so many steps; in the end all branches meet in one, and one append joins their heads."""
    found = Repository(folder / seed.replace(" ", "-"), random.Random(seed))
    found.begin()
    for _ in range(steps):
        found.step()
    found.git("checkout", "-q", "main")
    found.branch = "main"
    for other in sorted(found.holds):
        if not found.git("merge", "-q", "--no-edit", other, fails=True):
            found.conflicts += not found._settled()
            found.git("commit", "-q", "-m", f"take {other}")
        found.holds["main"] |= found.holds[other]
    found.append(claim(1000))
    found.judge("the end")
    if len(found.heads["main"]) != 1:
        found.alarms.append(f"{len(found.heads['main'])} heads after all")
    return found
