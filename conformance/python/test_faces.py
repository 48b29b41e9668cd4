"""What a model was fitted on is what each of its faces takes: frames, files, requests, ONNX."""

import signal
import subprocess
import sys
import time

import numpy as np
import onnxruntime
import pandas as pd
import pyarrow as pa
import pyarrow.parquet
import pytest

from conftest import spanwise as command
from spanwise.sklearn import SpanwiseClassifier, SpanwiseRegressor

RANDOM = np.random.default_rng(5)


def scored(bundle, frame, ending, folder):
    """What the binary says of a frame in a file, column by column."""
    path, out = folder / f"rows.{ending}", folder / f"{ending}.out.parquet"
    if ending == "csv":
        frame.to_csv(path, index=False)
    else:
        pa.parquet.write_table(pa.Table.from_pandas(frame, preserve_index=False), path)
    command("score", bundle, path, "--out", out, cwd=folder)
    return pa.parquet.read_table(out)


# Categories that are numbers


@pytest.mark.parametrize("as_fitted", ["float64", "float32", "int64", "category of float64", "category of float32", "category of int64"])
def test_a_category_of_numbers_is_known_again_in_any_type(as_fitted, tmp_path):
    codes = RANDOM.integers(0, 6, 600)
    y = np.array([3.0, -1.0, 7.0, 0.0, 5.0, -4.0])[codes]

    def frame(kind):
        cells = pd.Series(codes).astype(kind.removeprefix("category of "))
        return pd.DataFrame({"c": cells.astype("category") if kind.startswith("category") else cells})

    model = SpanwiseRegressor(rounds=50, categorical_features=["c"]).fit(frame(as_fitted), y)
    expected = model.predict(frame(as_fitted))
    assert np.corrcoef(expected, y)[0, 1] > 0.99
    model.to_bundle(tmp_path / "c.bundle")
    for kind in ["float64", "float32", "int8", "int64", "category of float64", "category of float32", "category of int64"]:
        np.testing.assert_array_equal(model.predict(frame(kind)), expected, err_msg=kind)
        told = pa.table(model.bundle_.predict(frame(kind)))
        np.testing.assert_array_equal(np.asarray(told["prediction"]), expected, err_msg=kind)
        for ending in ["csv", "parquet"]:
            found = np.asarray(scored(tmp_path / "c.bundle", frame(kind), ending, tmp_path)["prediction"])
            np.testing.assert_array_equal(found, expected, err_msg=f"{kind} {ending}")


# Truths among numbers


@pytest.fixture(scope="module")
def truths():
    frame = pd.DataFrame({"a": RANDOM.normal(size=400), "flag": RANDOM.random(400) < 0.5})
    return frame, SpanwiseRegressor(rounds=40).fit(frame, frame["a"] + 3 * frame["flag"])


def test_truths_among_numbers_are_taken_as_truths_and_as_ones_by_every_face(truths, tmp_path):
    frame, model = truths
    expected = model.predict(frame)
    model.to_bundle(tmp_path / "t.bundle")
    ones = frame.astype({"flag": int})
    for rows in [frame, ones, frame.astype({"flag": float})]:
        np.testing.assert_array_equal(model.predict(rows), expected)
        np.testing.assert_array_equal(np.asarray(pa.table(model.bundle_.predict(rows))["prediction"]), expected)
        for ending in ["csv", "parquet"]:
            found = np.asarray(scored(tmp_path / "t.bundle", rows, ending, tmp_path)["prediction"])
            np.testing.assert_array_equal(found, expected, err_msg=ending)
    with pytest.raises(ValueError, match="flag"):
        model.bundle_.predict(frame.assign(flag=2))


# Intervals stay where truths can be


def test_intervals_of_counts_are_not_negative_and_lose_no_truth():
    X = RANDOM.random((600, 3))
    y = RANDOM.poisson(0.2 + 2 * X[:, 0])
    for loss in ["poisson", "tweedie"]:
        model = SpanwiseRegressor(loss=loss, rounds=30, intervals=0.9).fit(X, y)
        intervals = model.predict_interval(X)
        assert intervals.min() == 0.0
        assert np.mean((intervals[:, 0] <= y) & (y <= intervals[:, 1])) >= 0.85
        told = pa.table(model.bundle_.predict(pd.DataFrame(X, columns=["x0", "x1", "x2"])))
        np.testing.assert_array_equal(np.asarray(told["interval_low"]), intervals[:, 0])


# Explaining: threads and ctrl-c


@pytest.fixture(scope="module")
def explained():
    X = RANDOM.normal(size=(3000, 8))
    X[RANDOM.random(X.shape) < 0.05] = np.nan
    y = (np.nan_to_num(X[:, 0] * X[:, 1]) + RANDOM.normal(size=3000) > 0) + (np.nan_to_num(X[:, 2]) > 0.5)
    return X, SpanwiseClassifier(rounds=20).fit(X, y)._model


@pytest.mark.parametrize("way", ["explain", "background", "interactions"])
def test_threads_change_no_bit_of_an_explanation(explained, way):
    X, model = explained
    ask = {
        "explain": lambda n: model.explain(X, n_jobs=n),
        "background": lambda n: model.explain(X, X[:50], n_jobs=n),
        "interactions": lambda n: model.interactions(X, n_jobs=n),
    }[way]
    base, values = (np.asarray(part) for part in ask(1))
    for n_jobs in [2, 3]:
        more_base, more_values = (np.asarray(part) for part in ask(n_jobs))
        np.testing.assert_array_equal(more_base.view(np.uint64), base.view(np.uint64))
        np.testing.assert_array_equal(np.ascontiguousarray(more_values).view(np.uint64), np.ascontiguousarray(values).view(np.uint64))


INTERRUPTED = """
import sys, numpy as np
from spanwise.sklearn import SpanwiseRegressor
random = np.random.default_rng(1)
X = random.normal(size=(4000, 20))
model = SpanwiseRegressor(rounds=300, n_jobs=1).fit(X, X[:, 0] * X[:, 1] + X[:, 2])._model
many = np.tile(X, (100, 1))
print("ready", flush=True)
try:
    {call}
except KeyboardInterrupt:
    print("heard", flush=True)
"""


@pytest.mark.parametrize(
    "call",
    [
        "model.explain(many, n_jobs=1)",
        "model.explain(many, X, n_jobs=1)",
        "model.interactions(many[:100_000], n_jobs=1)",
        "[model.margins(many, n_jobs=1) for _ in range(1000)]",
    ],
)
def test_ctrl_c_is_heard_within_a_second(call):
    work = subprocess.Popen([sys.executable, "-c", INTERRUPTED.format(call=call)], stdout=subprocess.PIPE, text=True)
    try:
        assert work.stdout.readline() == "ready\n"
        time.sleep(1.0)
        start = time.monotonic()
        work.send_signal(signal.SIGINT)
        assert work.stdout.readline() == "heard\n"
        # Other work on the machine may hold it back.
        assert time.monotonic() - start < 3.0
    finally:
        work.kill()
        work.wait()


# ONNX of our own models


def session(model):
    return onnxruntime.InferenceSession(model.bundle_.to_onnx(), providers=["CPUExecutionProvider"])


def floats(n_rows=2000):
    X = RANDOM.normal(size=(n_rows, 5)).astype(np.float32)
    X[RANDOM.random(X.shape) < 0.1] = np.nan
    return X


def asked(model, X):
    run = session(model)
    names = [output.name for output in run.get_outputs()]
    return dict(zip(names, run.run(None, {"features": X})))


def test_onnx_of_a_tie_decides_as_the_bundle():
    X = np.zeros((40, 2), np.float32)
    model = SpanwiseClassifier(rounds=3).fit(X, [0, 1] * 20)
    found = asked(model, X)
    assert (found["probabilities"] == 0.5).all()
    assert [str(label) for label in found["label"].ravel()] == [str(label) for label in model.predict(X)]


@pytest.mark.parametrize("n_classes", [2, 4])
def test_onnx_of_classes_agrees_in_margins_probabilities_and_labels(n_classes):
    X = floats()
    y = (np.nan_to_num(X[:, 0]) + np.nan_to_num(X[:, 1]) ** 2 + RANDOM.normal(size=len(X))).argsort().argsort() * n_classes // len(X)
    model = SpanwiseClassifier(rounds=40).fit(X, y)
    found = asked(model, X)
    margins = np.asarray(model._model.margins(X)).reshape(len(X), -1)
    np.testing.assert_allclose(found["margins"], margins, rtol=1e-5, atol=1e-5)
    probabilities = model.predict_proba(X)
    np.testing.assert_allclose(found["probabilities"], probabilities, atol=1e-5)
    ranked = np.sort(probabilities, axis=1)
    sure = ranked[:, -1] - ranked[:, -2] > 1e-4
    assert sure.mean() > 0.99
    labels = np.array([str(label) for label in found["label"].ravel()])
    assert (labels[sure] == model.predict(X).astype(str)[sure]).all()


@pytest.mark.parametrize("loss", ["squared", "absolute", "poisson", "gamma"])
def test_onnx_of_numbers_agrees(loss):
    X = floats()
    y = np.exp(0.3 * np.nan_to_num(X[:, 0])) + 0.1
    model = SpanwiseRegressor(loss=loss, rounds=40).fit(X, y)
    found = asked(model, X)
    np.testing.assert_allclose(found["prediction"].ravel(), model.predict(X), rtol=2e-5, atol=1e-5)


def test_onnx_of_quantiles_tells_them_rising():
    X = floats()
    y = np.nan_to_num(X[:, 0]) + RANDOM.normal(size=len(X))
    model = SpanwiseRegressor(loss="quantile", quantiles=[0.1, 0.5, 0.9], rounds=40).fit(X, y)
    found = asked(model, X)["prediction"]
    assert (np.diff(found, axis=1) >= 0).all()
    np.testing.assert_allclose(found, model.predict(X), rtol=1e-5, atol=1e-5)


def test_onnx_of_categories_agrees():
    cells = RANDOM.integers(0, 8, 2000)
    frame = pd.DataFrame({"c": pd.Series(cells).map("abcdefgh".__getitem__).astype("category"), "x": RANDOM.normal(size=2000)})
    frame.loc[::17, "c"] = None
    frame.loc[::13, "x"] = np.nan
    y = np.where(cells % 3 == 0, 2.0, -1.0) + frame["x"].fillna(0.0)
    model = SpanwiseRegressor(rounds=40, categorical_features="from_dtype").fit(frame, y)
    run = session(model)
    text = frame["c"].astype(object).where(frame["c"].notna(), "").to_numpy().astype(object)
    elements = {"tensor(float)": np.float32, "tensor(double)": np.float64}
    kinds = {given.name: given.type for given in run.get_inputs()}
    rows = {"c": text[:, None], "x": frame["x"].to_numpy()[:, None].astype(elements[kinds["x"]])}
    found = dict(zip([output.name for output in run.get_outputs()], run.run(None, rows)))
    np.testing.assert_allclose(found["prediction"].ravel(), model.predict(frame), rtol=1e-6, atol=1e-6)


def test_onnx_is_written_where_a_folder_is(truths, tmp_path):
    model = SpanwiseRegressor(rounds=3).fit(np.arange(40.0)[:, None], np.arange(40.0))
    assert model.bundle_.to_onnx(tmp_path / "m.onnx") == (tmp_path / "m.onnx").read_bytes()
    for write in [model.to_bundle, model.bundle_.to_onnx]:
        with pytest.raises(FileNotFoundError, match="found no folder"):
            write(tmp_path / "nowhere" / "m")
    assert not (tmp_path / "nowhere").exists()


# Refusals


def test_a_part_of_a_date_and_a_column_of_its_name_are_refused_at_once():
    days = pd.date_range("2024-01-01", periods=60)
    frame = pd.DataFrame({"d": days, "d.month": np.arange(60.0)})
    with pytest.raises(ValueError, match=r"the column `d\.month`.*the date `d`"):
        SpanwiseRegressor(rounds=3).fit(frame, np.arange(60.0))


def test_categories_with_parts_are_text_to_estimators_and_bundles():
    frame = pd.DataFrame({"bin": pd.cut(pd.Series(np.arange(60.0)), 3)})
    model = SpanwiseRegressor(rounds=3).fit(frame, np.arange(60.0))
    assert len(set(model.predict(frame))) == 3
    for rows in (frame, frame.astype(str)):
        assert model.bundle_.predict(rows)["prediction"] == list(model.predict(frame))


def test_many_threads_are_not_started():
    X = RANDOM.random((500, 3))
    start = time.monotonic()
    SpanwiseRegressor(rounds=10, n_jobs=100_000).fit(X, X[:, 0])
    assert time.monotonic() - start < 2.0


def test_the_index_of_a_frame_is_no_feature():
    frame = pd.DataFrame({"c": RANDOM.choice(["a", "b"], 300), "x": RANDOM.random(300)}).sample(frac=1.0, random_state=1)
    y = frame.index.to_numpy(dtype=float)
    model = SpanwiseRegressor(rounds=3).fit(frame, y)
    assert model.bundle_.features == ["c", "x"]
    assert (model.predict(frame.reset_index(drop=True)) == model.predict(frame)).all()
    streamed = SpanwiseRegressor(rounds=3).fit_stream(frame.assign(y=y).rename_axis("place"), "y")
    assert streamed.bundle_.features == ["c", "x"]
    assert (streamed.predict(frame) == model.predict(frame)).all()


def test_a_stream_is_asked_before_its_names_are_taken_for_paths(tmp_path):
    frame = pd.DataFrame({"t.csv": np.arange(60.0), "y": np.arange(60.0)})
    assert SpanwiseRegressor(rounds=2).fit_stream(frame, "y").bundle_.features == ["t.csv"]
    path = tmp_path / "t.csv"
    frame.to_csv(path, index=False)
    assert SpanwiseRegressor(rounds=2).fit_stream([path], "y").bundle_.features == ["t.csv"]
    for source in ([], 3):
        with pytest.raises(ValueError, match="expected a path"):
            SpanwiseRegressor(rounds=2).fit_stream(source, "y")
