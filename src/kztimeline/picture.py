"""A picture as a value: a Vega-Lite specification, the words that stand for it, and files made of it offline."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Callable, Mapping
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from attrs import field, frozen

from kztimeline.errors import MissingExtraError, NotationError
from kztimeline.paths import file_out, path_of

if TYPE_CHECKING:
    import altair

_VEGA_LITE = "6.4"
_TAG = re.compile(r"<[a-z][^<>]*>")
_SPARE = re.compile(r' (?:(?:aria-[a-z]+|role|class|pointer-events)="[^"]*"|(?:opacity|stroke-width)="1")')
"""What a still picture does not need: words of single marks, handles for scripts, and what holds without being said."""
_UNSEEN = re.compile(r'<path(?: [a-z-]+="[^"]*")* (?:display="none"|d="M0,0h0v0h0Z")(?: [a-z-]+="[^"]*")*/>')
_FONT = re.compile(r' font-family="[^"]*"')
_CLIP = re.compile(r"\bclip\d+\b|\bgradient_\d+\b")


@frozen
class Picture:
    """One picture: ``spec`` is Vega-Lite, ``alt`` says in words what it shows, ``title`` what was asked.

    ``svg()`` and ``png()`` draw it without a browser or the web (``pip install "kztimeline[static]"``); ``chart`` is the
    Altair chart, to go on with. The same head gives the same bytes.
    """

    title: str
    alt: str
    spec: Mapping[str, Any] = field(eq=False, repr=False)

    @property
    def chart(self) -> altair.Chart:
        """The picture as an Altair chart, to be changed further."""
        try:
            import altair
        except ImportError as error:
            raise MissingExtraError('pip install "kztimeline[plot]"') from error
        made: altair.Chart = altair.Chart.from_dict(dict(self.spec))
        return made

    def svg(self) -> str:
        """Draw it as SVG: static, without scripts, its words in ``aria-label``."""
        drawn = _vl_convert().vegalite_to_svg(self.json(), vl_version=_VEGA_LITE)
        mark = hashlib.sha256(self.json().encode()).hexdigest()[:8]
        return _labelled(_numbered(drawn, f"part-{mark}"), self.alt)

    def png(self, *, scale: float = 2) -> bytes:
        """Draw it as PNG; ``scale``, above 0 and up to 20, is 2 for sharp screens and print. Raises :class:`NotationError`."""
        if not isinstance(scale, int | float) or not 0 < scale <= 20:
            raise NotationError(f"not a scale: {scale!r}; write a number above 0 and up to 20, such as 2")
        drawn: bytes = _vl_convert().vegalite_to_png(self.json(), vl_version=_VEGA_LITE, scale=scale)
        return drawn

    def html(self) -> str:
        """Write a page that works offline, with Vega inside it: for looking closer, not for printing."""
        made: str = _vl_convert().vegalite_to_html(self.json(), vl_version=_VEGA_LITE, bundle=True)
        return made.replace("<title>Chart</title>", f"<title>{escape(self.title)}</title>")

    def json(self) -> str:
        """Write the Vega-Lite specification, keys sorted."""
        return json.dumps(self.spec, sort_keys=True, ensure_ascii=False)

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write a file; its ending says which: ``.svg``, ``.png``, ``.html`` or ``.json``."""
        file = path_of(path, "the file of a picture", "picture.svg")
        writers: dict[str, Callable[[], str | bytes]] = {
            ".svg": self.svg,
            ".png": self.png,
            ".html": self.html,
            ".json": self.json,
        }
        if file.suffix.lower() not in writers:
            raise NotationError(f"{file} does not tell which picture to write; end it in {', '.join(writers)}")
        file_out(file)
        made: str | bytes = writers[file.suffix.lower()]()
        file.write_bytes(made if isinstance(made, bytes) else made.encode("utf-8"))
        return file

    def __repr__(self) -> str:
        return f"<picture: {self.title}; next .svg() .png() .save(path) .chart .alt>"

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, object]:
        del include, exclude
        try:
            return {"image/svg+xml": self.svg(), "text/plain": self.alt}
        except MissingExtraError:
            return {"application/vnd.vegalite.v6+json": dict(self.spec), "text/plain": self.alt}


def bundled(snippet: str) -> str:
    """Give JavaScript that holds Vega, Vega-Lite and vegaEmbed, and then runs a snippet: no other file is loaded."""
    made: str = _vl_convert().javascript_bundle(snippet, vl_version=_VEGA_LITE)
    return made


def _vl_convert() -> Any:
    try:
        import vl_convert
    except ImportError as error:
        raise MissingExtraError('pip install "kztimeline[static]"') from error
    return vl_convert


def _numbered(svg: str, mark: str) -> str:
    """Number what the renderer counts on from one picture to the next, so that the same picture has the same bytes.

    ``mark`` keeps the ids of two pictures on one page apart.
    """
    seen: dict[str, str] = {}
    return _CLIP.sub(lambda found: seen.setdefault(found[0], f"{mark}-{len(seen)}"), svg)


def _labelled(svg: str, alt: str) -> str:
    """Put the words that stand for the picture on the whole, and leave out what a still picture does not need."""
    svg = _TAG.sub(lambda tag: _SPARE.sub("", tag[0]), _UNSEEN.sub("", svg))
    fonts = sorted({font for tag in _TAG.findall(svg) for font in _FONT.findall(tag)})
    if len(fonts) == 1:
        svg = _TAG.sub(lambda tag: tag[0].replace(fonts[0], ""), svg)
    font = fonts[0] if len(fonts) == 1 else ""
    return svg.replace("<svg ", f'<svg role="img" aria-label="{escape(alt)}"{font} ', 1)
