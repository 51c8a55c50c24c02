"""Templates to pages: one environment a language, every value escaped, and a name that is missing is a fault."""

import functools
import hashlib
from pathlib import Path
from typing import Any, Final

import jinja2

from tympan_hub.http.portal._language import Language, catalogue
from tympan_hub.http.portal._moments import Reader
from tympan_hub.http.portal.views import Frame

WEB: Final = Path(__file__).parents[2] / "web"
STATIC: Final = WEB / "static"


def render(name: str, reader: Reader, frame: Frame, view: object) -> str:
    """A page.

    Args:
        name: Its template, without ``.html``.
        reader: Who reads it.
        frame: What is around it.
        view: What it takes.
    """
    words = {"language": reader.language.value, "reader": reader, "frame": frame, "view": view}
    return _environment(reader.language).get_template(f"{name}.html").render(words)


@functools.cache
def asset(name: str) -> str:
    """The address of a static file; it changes with the file, so browsers may keep it for ever."""
    digest = hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:12]
    return f"/static/{name}?v={digest}"


@functools.cache
def _environment(language: Language) -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(WEB / "templates"),
        extensions=["jinja2.ext.i18n"],
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        auto_reload=False,
    )
    # Newstyle: values are escaped before they are put into a translated text.
    environment.install_gettext_translations(catalogue(language), newstyle=True)  # type: ignore[attr-defined]
    environment.globals["asset"] = asset
    for filtered in ("moment", "ago", "size", "yes_no", "told", "number", "lasted", "day"):
        environment.filters[filtered] = _for_reader(filtered)
    return environment


def _for_reader(method: str) -> Any:
    @jinja2.pass_context
    def filtered(context: jinja2.runtime.Context, value: object, **options: object) -> object:
        return getattr(context["reader"], method)(value, **options)

    return filtered
