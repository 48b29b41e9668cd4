from os import PathLike
from typing import Any, Callable, Literal, Mapping, Protocol, Sequence

from . import calibration as calibration
from . import conformal as conformal
from . import experiment as experiment
from . import inspection as inspection
from . import metrics as metrics
from . import sklearn as sklearn
from . import stats as stats

__version__: str

class SpanwiseError(ValueError): ...

class Frame:
    @property
    def columns(self) -> list[str]: ...
    @property
    def broken(self) -> dict[int, str]: ...
    def __len__(self) -> int: ...
    def __getitem__(self, name: str) -> list[Any]: ...
    def __arrow_c_stream__(self, requested_schema: Any | None = None) -> Any: ...
    def to_pandas(self) -> Any: ...

class Bundle:
    @property
    def name(self) -> str: ...
    @property
    def hash(self) -> str: ...
    @property
    def inputs(self) -> dict[str, str]: ...
    @property
    def features(self) -> list[str]: ...
    @property
    def classes(self) -> list[str]: ...
    @property
    def takes_arrays(self) -> bool: ...
    @property
    def metrics(self) -> dict[str, tuple[float, float, float]]: ...
    @property
    def confusion(self) -> list[list[float]]: ...
    @property
    def charts(self) -> Charts: ...
    def predict(
        self,
        data: Any,
        *,
        reasons: int = 0,
        threads: int = 1,
        block_rows: int = 4096,
        on_violation: Literal["warn", "raise", "ignore"] = "warn",
    ) -> Frame: ...
    def explain(
        self, data: Any, background: Any | None = None, n_jobs: int | None = None, *, output: int = 0
    ) -> Frame: ...
    def explain_interactions(self, data: Any, n_jobs: int | None = None, *, output: int = 0) -> Frame: ...
    def to_onnx(self, path: str | PathLike[str] | None = None) -> bytes:
        """The bundle as an ONNX model, written to ``path`` too if there is one; prediction intervals are left out."""

class Model:
    """A bundle over arrays and tables; answers are numpy arrays.

    ``x`` is an array of shape (n_rows, n_features), float64 or float32 without gaps, or a table that speaks Arrow.
    """

    @staticmethod
    def load(path: str | PathLike[str]) -> Model: ...
    @staticmethod
    def from_bytes(bytes: bytes) -> Model: ...
    @staticmethod
    def from_source(bytes: bytes, name: str, target: str, classes: Sequence[str] | None) -> Model: ...
    @property
    def bundle(self) -> Bundle: ...
    @property
    def inputs(self) -> list[str]: ...
    @property
    def is_classifier(self) -> bool: ...
    @property
    def takes_arrays(self) -> bool: ...
    @property
    def n_trees(self) -> int: ...
    def named(self, name: str) -> Model: ...
    def save(self, path: str | PathLike[str]) -> None: ...
    def margins(self, x: Any, n_jobs: int | None = None) -> Any: ...
    def predictions(self, x: Any, n_jobs: int | None = None) -> Any: ...
    def intervals(self, x: Any, n_jobs: int | None = None) -> Any: ...
    def probabilities(self, x: Any, n_jobs: int | None = None) -> Any: ...
    def decisions(self, x: Any, n_jobs: int | None = None) -> Any: ...
    def explain(self, x: Any, background: Any | None = None, n_jobs: int | None = None) -> tuple[Any, Any]: ...
    def interactions(self, x: Any, n_jobs: int | None = None) -> tuple[Any, Any]: ...
    def leaves(self, x: Any) -> Any: ...
    def importances(self) -> Any | None: ...
    def source_importances(self) -> tuple[list[int], list[float] | None] | None: ...

def import_model(
    path: str | PathLike[str],
    *,
    name: str = "imported",
    target: str = "target",
    classes: Sequence[str] | None = None,
) -> Model: ...
def score_files(
    model: str | PathLike[str],
    inputs: str | PathLike[str] | Sequence[str | PathLike[str]],
    out: str | PathLike[str],
    *,
    project: str | PathLike[str] = ".",
    format: Literal["csv", "tsv", "jsonl", "parquet", "arrow"] | None = None,
    keep: str | Sequence[str] | None = None,
    reasons: int = 0,
    interactions: int = 0,
    threads: int | None = None,
    again: bool = False,
    progress: bool | Callable[[int, int, int, int, int], object] | None = None,
) -> list[dict[str, Any]]: ...

class Service:
    @property
    def url(self) -> str: ...
    @property
    def address(self) -> str: ...
    @property
    def port(self) -> int: ...
    @property
    def grpc_address(self) -> str | None: ...
    @property
    def log(self) -> PathLike[str] | None: ...
    @property
    def waits_for(self) -> list[str]: ...
    @property
    def is_running(self) -> bool: ...
    def stop(self) -> None: ...
    def wait(self, timeout: float | None = None) -> bool: ...
    def __enter__(self) -> Service: ...
    def __exit__(self, *raised: object) -> None: ...

def guard(service: str | None = None, *, project: str | PathLike[str] = ".", act: bool = False) -> dict[str, Any]: ...
def serve(
    what: str | PathLike[str] | Bundle | None = None,
    *,
    project: str | PathLike[str] | None = None,
    folder: str | PathLike[str] | None = None,
    host: str = "127.0.0.1",
    port: int = 0,
    grpc_port: int | None = None,
    certificate: str | PathLike[str] | None = None,
    key: str | PathLike[str] | None = None,
    client_ca: str | PathLike[str] | None = None,
    keys: str | PathLike[str] | None = None,
    jwt: tuple[str, str, str | PathLike[str]] | None = None,
    log: Literal["sampled", "audit", "off"] | None = None,
    log_folder: str | PathLike[str] | None = None,
    challenger: str | PathLike[str] | None = None,
    share: float | None = None,
    act: Literal["tell", "promote", "rollback", "both"] | None = None,
    shadow: str | PathLike[str] | None = None,
    watch: str | None = None,
    max_in_flight: int | None = None,
    memory: str | None = None,
    sample: float | None = None,
    mask: str | Sequence[str] | None = None,
    keep: str | None = None,
    price: str | None = None,
    log_format: Literal["text", "json"] | None = None,
    log_level: Literal["off", "error", "warn", "info"] | None = None,
    access_log: str | PathLike[str] | None = None,
    otlp: str | None = None,
    audit_log: str | PathLike[str] | None = None,
) -> Service: ...
class Answer:
    ask: str
    outcome: str
    by: str | None
    method: str
    why: str
    statistic: tuple[str, float]
    df: list[float]
    p_value: float
    ln_p_value: float
    p_adjusted: float
    effect_name: str
    effect: list[float | None]
    effect_level: float
    more_effects: list[dict[str, Any]]
    n_used: int
    n_dropped: int
    assumptions: list[tuple[str, bool, str]]
    proposals: list[str]
    groups: list[dict[str, Any]]
    pairs: dict[str, Any] | None
    def as_dict(self) -> dict[str, Any]: ...
    def to_dict(self) -> dict[str, Any]: ...
    def to_json(self) -> str: ...
    def to_frame(self) -> Frame: ...
    def pairs_to_frame(self) -> Frame: ...
    @property
    def charts(self) -> Charts: ...
    def _repr_html_(self) -> str: ...

def ask(
    data: Any,
    outcome: str,
    by: str | None = None,
    *,
    positive: str | None = None,
    method: str = "auto",
    paired: str | None = None,
    against: float | None = None,
    equivalent_within: float | None = None,
    alternative: str = "two-sided",
    each_pair: bool = False,
    level: float = 0.95,
    seed: int = 0,
) -> Answer: ...
def load(path: str | PathLike[str]) -> Bundle: ...
def questions(
    path: str | PathLike[str] = ".",
    *names: str,
    data: Mapping[str, str | PathLike[str]] | None = None,
    threads: int | None = None,
) -> list[Answer]: ...
def run(
    path: str | PathLike[str] = ".",
    *,
    data: Mapping[str, str | PathLike[str]] | None = None,
    threads: int | None = None,
    progress: bool | None = None,
) -> dict[str, Any]: ...

class Chart:
    @property
    def title(self) -> str: ...
    @property
    def caption(self) -> str: ...
    def to_svg(self) -> str: ...
    def to_png(self, scale: float = 2.0) -> bytes: ...
    def to_text(self, width: int = 80, colour: bool = False) -> str: ...
    def to_plotly(self) -> dict[str, Any]: ...
    def to_frame(self) -> Frame: ...
    def to_matplotlib_code(self) -> str: ...
    def to_matplotlib(self, ax: Any | None = None) -> Any: ...
    def save(self, path: str | PathLike[str], *, scale: float = 2.0) -> None: ...

class Charts(dict[str, Chart]):
    def save(self, folder: str | PathLike[str], ending: str = ".svg") -> list[str]: ...

class Explored:
    name: str
    n_rows: int
    n_columns: int
    repeated_rows: dict[str, float]
    n_sampled: int
    columns: list[dict[str, Any]]
    relations: list[dict[str, Any]]
    dependencies: list[dict[str, Any]]
    keys: list[list[str]]
    missing_together: list[list[str]]
    gaps: dict[str, Any]
    warnings: list[str]
    complaints: list[str]
    guesses: list[str]
    course: dict[str, Any] | None
    against: dict[str, Any] | None
    def to_frame(self) -> Frame: ...
    def course_to_frame(self) -> Frame: ...
    def relations_to_frame(self) -> Frame: ...
    def differences_to_frame(self) -> Frame: ...
    @property
    def charts(self) -> Charts: ...
    def to_html(self) -> str: ...
    def save(self, path: str | PathLike[str]) -> None: ...
    def plan(self, name: str = "table", source: str | PathLike[str] | None = None, *, whole: bool = False) -> str: ...
    def as_dict(self) -> dict[str, Any]: ...
    def to_dict(self) -> dict[str, Any]: ...
    def to_json(self) -> str: ...

def explore(
    data: Any,
    target: str | None = None,
    *,
    positive: str | None = None,
    key: str | None = None,
    time: str | None = None,
    by: str | None = None,
    against: Any | None = None,
    level: float = 0.95,
    threads: int | None = None,
    progress: bool | None = None,
) -> Explored: ...
def compare(before: Any, after: Any, *, level: float = 0.95, threads: int | None = None) -> Explored: ...

class Explained:
    model: str
    target: str
    answer: str
    is_share: bool
    level: float
    n_rows: int
    n_explained: int
    n_broken: int
    mean: float
    features: list[dict[str, Any]]
    def to_frame(self) -> Frame: ...
    def effects_to_frame(self) -> Frame: ...
    @property
    def charts(self) -> Charts: ...
    def to_html(self) -> str: ...
    def save(self, path: str | PathLike[str]) -> None: ...
    def as_dict(self) -> dict[str, Any]: ...
    def to_dict(self) -> dict[str, Any]: ...
    def to_json(self) -> str: ...

def explain(
    model: Any,
    data: Any,
    *,
    features: Sequence[str] | None = None,
    n_features: int = 5,
    output: str | None = None,
    level: float = 0.95,
    n_jobs: int | None = None,
) -> Explained: ...

class WeakSlices:
    model: str
    target: str
    positive: str | None
    loss_name: str
    is_share: bool
    held_out: bool
    level: float
    weight: str | None
    cluster: str | None
    n_rows: int
    n_without_truth: int
    n_broken: int
    loss: list[float]
    bias: list[float]
    weak: list[dict[str, Any]]
    biased: list[dict[str, Any]]
    n_looked_at: int
    def to_frame(self) -> Frame: ...
    @property
    def charts(self) -> Charts: ...
    def to_html(self) -> str: ...
    def save(self, path: str | PathLike[str]) -> None: ...
    def as_dict(self) -> dict[str, Any]: ...
    def to_dict(self) -> dict[str, Any]: ...
    def to_json(self) -> str: ...

def weak_slices(
    model: Any,
    data: Any,
    target: str | None = None,
    *,
    exclude: Sequence[str] | None = None,
    weight: str | None = None,
    cluster: str | None = None,
    level: float = 0.95,
    n_jobs: int | None = None,
) -> WeakSlices: ...

class Change:
    name: str
    ask: str
    number: str
    is_share: bool
    level: float
    before: dict[str, Any]
    after: dict[str, Any]
    change: list[float]
    everything_moved: list[dict[str, Any]]
    findings: list[dict[str, Any]]
    everything_else: list[float]
    dimensions: list[dict[str, Any]]
    n_looked_at: int
    caveats: list[str]
    def to_frame(self) -> Frame: ...
    def levels_to_frame(self) -> Frame: ...
    @property
    def charts(self) -> Charts: ...
    def to_html(self) -> str: ...
    def save(self, path: str | PathLike[str]) -> None: ...
    def as_dict(self) -> dict[str, Any]: ...
    def to_dict(self) -> dict[str, Any]: ...
    def to_json(self) -> str: ...

def why(
    data: Any,
    metric: Literal["count", "sum", "mean", "rate", "ratio"] = "count",
    of: str | None = None,
    *,
    per: str | None = None,
    positive: str | None = None,
    by: str | None = None,
    before: Any | None = None,
    after: Any | None = None,
    against: Any | None = None,
    dimensions: Sequence[str] | None = None,
    exclude: Sequence[str] | None = None,
    cluster: str | None = None,
    weight: str | None = None,
    level: float = 0.95,
    seed: int = 1,
    threads: int | None = None,
) -> Change: ...
def whys(
    path: str | PathLike[str] = ".", *names: str, data: Mapping[str, str | PathLike[str]] | None = None, threads: int | None = None
) -> list[Change]: ...

class _Page(Protocol):
    def to_html(self) -> str: ...

def to_pdf(page: str | PathLike[str] | _Page, path: str | PathLike[str] | None = None) -> bytes: ...

class StoryChanges:
    story: str
    title: str
    before: dict[str, Any]
    after: dict[str, Any]
    sentence: str
    parts: list[dict[str, Any]]
    same_parts: list[list[str]]
    facts: list[dict[str, Any]]
    same_facts: list[list[str]]
    def as_dict(self) -> dict[str, Any]: ...
    def to_dict(self) -> dict[str, Any]: ...
    def to_json(self) -> str: ...
    def to_frame(self) -> Frame: ...
    def to_html(self) -> str: ...
    def save(self, path: str | PathLike[str]) -> None: ...

def issues(
    path: str | PathLike[str] = ".", story: str | None = None, *, data: Mapping[str, str | PathLike[str]] | None = None
) -> dict[str, list[dict[str, Any]]]: ...
def story_changes(
    path: str | PathLike[str] = ".",
    story: str = "story",
    *,
    issue: int | None = None,
    against: int | Literal["last"] = "last",
    data: Mapping[str, str | PathLike[str]] | None = None,
) -> StoryChanges: ...

def sql(
    query: str,
    tables: Mapping[str, Any] | None = None,
    *,
    parameters: Mapping[str, Any] | None = None,
    project: str | PathLike[str] | None = None,
    **more: Any,
) -> Frame: ...
def load_ipython_extension(ipython: Any) -> None: ...
