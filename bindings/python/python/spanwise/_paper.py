"""Pages on paper."""

import os as _os

from ._spanwise import print_page as _print_page


def to_pdf(page, path=None):
    """A page of Spanwise as a PDF: A4, light, numbered, its headings as bookmarks; as ``spanwise report --pdf``.

    Printed by the Chromium, Chrome or Edge that is here, which gets a profile of its own and no network; the environment
    variable ``SPANWISE_BROWSER`` may name it.

    Parameters
    ----------
    page : path-like or object with ``to_html``
        A page that was written, such as ``out/churn.html``, or what ``explore``, ``compare`` or ``why`` gave.
    path : path-like, optional
        Where the PDF goes.

    Returns
    -------
    bytes
        The PDF, also where it was written.

    Raises
    ------
    SpanwiseError
        There is no browser, it failed, or the file is no page of Spanwise.
    """
    if hasattr(page, "to_html"):
        html, name = page.to_html(), type(page).__name__
    else:
        name = _os.fspath(page)
        with open(name, encoding="utf-8") as file:
            html = file.read()
    pdf = _print_page(html, name)
    if path is not None:
        with open(_os.fspath(path), "wb") as file:
            file.write(pdf)
    return pdf
