"""The issues of a project's stories, and what changed between two, as objects: what Rust found, by name."""

import html as _html
import json as _json
import os as _os

from ._record import Record as _Record
from ._record import frame as _frame
from ._record import sources as _sources
from ._spanwise import changes_json as _changes_json
from ._spanwise import issues_json as _issues_json


class StoryChanges(_Record):
    """What changed between two issues of a story: ``before``, ``after``, ``sentence``, ``parts``, ``facts``, ..."""

    def __init__(self, fields, page):
        super().__init__(fields)
        self._page = page

    def to_frame(self):
        """The numbers that changed, a row each: what they were, what they are, and the hashes of the data behind them."""
        names = ("name", "before", "after", "change", "is_outside", "data_before", "data_after")
        return _frame([{name: fact[name] for name in names} for fact in self.facts])

    def to_html(self):
        """The page that ``spanwise report --against`` writes: one file, no script, no outside address."""
        return self._page

    def save(self, path):
        """Writes the page."""
        with open(_os.fspath(path), "w", encoding="utf-8") as file:
            file.write(self._page)

    def __str__(self):
        return self.sentence

    def __repr__(self):
        return f"<StoryChanges of {self.story}, issue {self.before['issue']} to {self.after['issue']}: {self.sentence}>"

    def _repr_html_(self):
        page = _html.escape(self._page, quote=True)
        return f'<iframe sandbox srcdoc="{page}" title="What changed in the story" style="width:100%;height:640px;border:0"></iframe>'


def issues(path=".", story=None, *, data=None):
    """The issues of a project's stories: every run that told a story otherwise than before made one.

    Parameters
    ----------
    path : str or path-like
        The project's folder or file.
    story : str, optional
        The story; all without it.
    data : dict of str to path-like, optional
        Files for ``[data.NAME]``, by name.

    Returns
    -------
    dict of str to list of dict
        By story, oldest first: ``issue``, ``made`` and ``hash`` of each.

    Raises
    ------
    SpanwiseError
        The project was never run, or has no such story.
    """
    return _json.loads(_issues_json(_os.fspath(path), story, _sources(data)))


def story_changes(path=".", story="story", *, issue=None, against="last", data=None):
    """What changed between two issues of a story: sentences, numbers and charts, with the data behind each.

    As ``spanwise report STORY --against ISSUE``, without a run.

    Parameters
    ----------
    path : str or path-like
        The project's folder or file.
    story : str
        The story.
    issue : int, optional
        One of the two issues; the newest without it.
    against : int or "last"
        The other one; ``"last"`` is the one before ``issue``. The older of the two is ``before``.
    data : dict of str to path-like, optional
        Files for ``[data.NAME]``, by name.

    Returns
    -------
    StoryChanges

    Raises
    ------
    SpanwiseError
        The project was never run, has no such story, or no such issue of it.
    """
    found, page = _changes_json(_os.fspath(path), story, issue, str(against), _sources(data))
    return StoryChanges(_json.loads(found), page)
