"""Charts that Rust drew, in the forms that Python's tools take; no mathematics."""

import json as _json
import os as _os

from ._spanwise import chart_file_stem as _file_stem

_ENDINGS = (".svg", ".png", ".json", ".py", ".txt")


class Chart:
    """A picture with its words: ``title``, ``caption``, and the same numbers for every tool.

    In a notebook it shows itself as SVG, or as a Plotly figure where the notebook has Plotly.
    """

    def __init__(self, drawn):
        self._drawn = drawn

    @property
    def title(self):
        """What is shown."""
        return self._drawn.title

    @property
    def caption(self):
        """What the marks mean; may be empty."""
        return self._drawn.caption

    def to_svg(self):
        """The picture as an SVG file of its own, with colours for light and dark."""
        return self._drawn.svg()

    def to_png(self, scale=2.0):
        """The picture as a PNG file of bytes, ``scale`` pixels for each of its 732 units; above 0 and at most 10."""
        return self._drawn.png(scale)

    def to_text(self, width=80, colour=False):
        """The picture in letters, at most ``width`` columns wide, in the colours of a terminal with ``colour``."""
        return self._drawn.text(width, colour)

    def to_plotly(self):
        """``data`` and ``layout`` of a Plotly figure: ``plotly.graph_objects.Figure(chart.to_plotly())``."""
        return _json.loads(self._drawn.plotly())

    def to_frame(self):
        """The numbers, tidy: a row for each thing that is drawn. Seaborn takes it as a pandas frame."""
        return self._drawn.frame()

    def to_matplotlib_code(self):
        """A program that draws the picture with Matplotlib alone, to be run and changed."""
        return self._drawn.matplotlib()

    def to_matplotlib(self, ax=None):
        """Draw the picture with Matplotlib, as ``to_matplotlib_code()`` does.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw; a new figure without it.

        Returns
        -------
        matplotlib.axes.Axes

        Raises
        ------
        ImportError
            Matplotlib is not installed.
        """
        program = {"__name__": "spanwise_chart"}
        # texts in the program are Python strings, so that no name in the data can become code
        exec(compile(self.to_matplotlib_code(), "<chart>", "exec"), program)
        if ax is None:
            _, ax = program["plt"].subplots(figsize=program["SIZE"], layout="constrained")
        return program["draw"](ax)

    def save(self, path, *, scale=2.0):
        """Writes the picture in the form that the name ends in: ``.svg``, ``.png``, ``.json`` (Plotly), ``.py``, ``.txt``."""
        name = _os.fspath(path)
        ending = _os.path.splitext(name)[1].lower()
        if ending not in _ENDINGS:
            found = f"`{ending}`" if ending else "no ending"
            raise ValueError(f"`{name}` names no form of a chart: found {found}, expected {', '.join(_ENDINGS)}")
        forms = {".svg": self.to_svg, ".json": self._drawn.plotly, ".py": self.to_matplotlib_code, ".txt": self.to_text}
        content = self.to_png(scale) if ending == ".png" else forms[ending]().encode("utf-8")
        with open(name, "wb") as file:
            file.write(content)

    def __repr__(self):
        return f"<Chart {self.title!r}>"

    def _repr_mimebundle_(self, include=None, exclude=None):
        forms = {
            "text/plain": self.__repr__,
            "image/svg+xml": self.to_svg,
            "application/vnd.plotly.v1+json": self.to_plotly,
        }
        wanted = [form for form in forms if (not include or form in include) and form not in (exclude or ())]
        return {form: forms[form]() for form in wanted}


class Charts(dict):
    """Charts by their names, in the order of the page."""

    def __init__(self, drawn):
        super().__init__((name, Chart(one)) for name, one in drawn)

    def save(self, folder, ending=".svg"):
        """Writes every chart into a folder, under its name and with this ending; gives the paths."""
        _os.makedirs(folder, exist_ok=True)
        paths = []
        for place, (name, chart) in enumerate(self.items()):
            paths.append(_os.path.join(_os.fspath(folder), _file_stem(place + 1, name) + ending))
            chart.save(paths[-1])
        return paths

    def __repr__(self):
        return "<Charts " + ", ".join(repr(name) for name in self) + ">"
