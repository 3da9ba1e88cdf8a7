"""The pages around the dashboards (login, errors), made from the templates of this package."""

import hashlib
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from mgg_kernel.web.request import language_of, theme_of
from mgg_kernel.web.words import LANGUAGES, words

__all__ = ["HERE", "SECURITY_HEADERS", "asset", "bokeh_scripts", "render"]

BOKEH_SCRIPTS = ("bokeh", "bokeh-widgets", "bokeh-tables")
HERE = Path(__file__).parent
_CONTENT_POLICY = (
    # The browser itself refuses to ask any other host, whatever a page holds.
    "default-src 'self'",
    # Bokeh compiles functions, and Voilà's page starts with a script of its own.
    "script-src 'self' 'unsafe-inline' 'unsafe-eval'",
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data: blob:",
    "font-src 'self' data:",
    "worker-src 'self' blob:",
    "form-action 'self'",
    "base-uri 'self'",
    "object-src 'none'",
    "frame-ancestors 'self'",
)
SECURITY_HEADERS = {
    "Content-Security-Policy": "; ".join(_CONTENT_POLICY),
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}


def asset(name: str) -> str:
    """Return the address of a file in ``static/``; it changes with what is in the file."""
    return f"/mgg-static/{name}?v={_mark(name)}"


@cache
def _mark(name: str) -> str:
    return hashlib.sha256((HERE / "static" / name).read_bytes()).hexdigest()[:12]


def bokeh_scripts() -> list[str]:
    """Return the addresses of BokehJS, in the order in which a page must load it."""
    import bokeh

    return [f"/mgg-static/bokeh/{name}.min.js?v={bokeh.__version__}" for name in BOKEH_SCRIPTS]


def render(handler: Any, template: str, **values: Any) -> str:
    """Return a page in the language and theme of the one who asks."""
    language = language_of(handler)
    return (
        _templates()
        .get_template(template)
        .render(
            words=words(language),
            language=language,
            languages=LANGUAGES,
            theme=theme_of(handler),
            asset=asset,
            xsrf_form_html=handler.xsrf_form_html,
            **values,
        )
    )


@cache
def _templates() -> Environment:
    return Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=select_autoescape(default=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
