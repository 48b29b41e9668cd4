"""Training goes on from a model: `init_model` of `fit` and `fit_stream`."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from sklearn.exceptions import NotFittedError

import spanwise
from spanwise import SpanwiseError
from spanwise.sklearn import SpanwiseClassifier, SpanwiseForestClassifier, SpanwiseRanker, SpanwiseRegressor

RANDOM = np.random.default_rng(11)


def numbers(n_rows=900):
    X = RANDOM.normal(size=(n_rows, 5))
    return X, np.sin(2 * X[:, 0]) + X[:, 1] * X[:, 2] + 0.1 * RANDOM.normal(size=n_rows)


def frame(n_rows=900):
    X = pd.DataFrame({"age": RANDOM.normal(size=n_rows), "plan": RANDOM.choice(["a", "b", "c"], n_rows)})
    return X, X["age"] ** 2 + (X["plan"] == "b")


def slow(estimator=SpanwiseRegressor, **params):
    return estimator(rounds=50, learning_rate=0.03, **params)


def test_fifty_rounds_and_fifty_more_keep_the_first_and_tell_better(tmp_path):
    X, y = numbers()
    new, truth = numbers()
    first = slow().fit(X, y)
    first.to_bundle(tmp_path / "first.bundle")
    ways = [first, first.bundle_, tmp_path / "first.bundle", str(tmp_path / "first.bundle")]
    bundles = {slow(n_jobs=n).fit(X, y, init_model=way).bundle_.hash for way in ways for n in (1, 2)}
    assert len(bundles) == 1
    second = slow().fit(X, y, init_model=first)
    assert (first.n_trees_, second.n_trees_) == (50, 100)
    np.testing.assert_array_equal(second.apply(new)[:, :50], first.apply(new))
    error = [np.mean((model.predict(new) - truth) ** 2) for model in (first, second)]
    assert error[1] < 0.8 * error[0]
    rule = {"learning_rate": 0.03, "column_sample": 1.0}
    half = SpanwiseRegressor(rounds=50, **rule)
    at_once = SpanwiseRegressor(rounds=100, **rule).fit(X, y)
    in_turn = SpanwiseRegressor(rounds=50, **rule).fit(X, y, init_model=half.fit(X, y))
    np.testing.assert_allclose(in_turn.predict(new), at_once.predict(new), rtol=0, atol=1e-9)


def test_an_estimator_goes_on_from_itself_and_a_refused_fit_leaves_no_model():
    X, y = numbers(300)
    model = slow().fit(X, y)
    assert model.fit(X, y, init_model=model).n_trees_ == 100
    with pytest.raises(SpanwiseError):
        model.fit(X, y, init_model=3)
    with pytest.raises(NotFittedError):
        model.predict(X)


def test_rows_held_out_end_the_new_rounds():
    X, y = numbers()
    held_out = numbers()
    first = SpanwiseRegressor(rounds=30).fit(X, y)
    second = SpanwiseRegressor(patience=10).fit(X, y, eval_set=held_out, init_model=first)
    losses = second.validation_losses_
    assert second.n_trees_ == 30 + np.argmin(losses) + 1
    assert losses[0] < np.mean((held_out[1] - first.predict(held_out[0])) ** 2)


@pytest.mark.parametrize("n_classes", [2, 3])
def test_classes_go_on(n_classes):
    X, y = numbers()
    codes = np.digitize(y, np.quantile(y, np.arange(1, n_classes) / n_classes))
    first = slow(SpanwiseClassifier).fit(X, codes)
    second = slow(SpanwiseClassifier).fit(X, codes, init_model=first)
    assert second.n_trees_ == 2 * first.n_trees_
    right = [np.mean(-np.log(model.predict_proba(X)[np.arange(len(X)), codes])) for model in (first, second)]
    assert right[1] < right[0]


def test_queries_go_on():
    X, y = numbers(400)
    relevance, qid = np.digitize(y, [-1, 0, 1]), np.arange(400) // 10
    first = slow(SpanwiseRanker).fit(X, relevance, qid=qid)
    assert slow(SpanwiseRanker).fit(X, relevance, qid=qid, init_model=first).n_trees_ == 2 * first.n_trees_


def test_frames_keep_the_recipe_and_streams_make_the_same_bundle():
    X, y = frame()
    first = slow().fit(X, y)
    other = X.assign(plan=np.where(X["plan"] == "a", "new", X["plan"]))
    second = slow().fit(other, y.rename("demand"), init_model=first)
    assert second.bundle_.features == first.bundle_.features
    table = pa.Table.from_pandas(other.assign(demand=y), preserve_index=False)
    streamed = slow().fit_stream(table, "demand", init_model=first)
    assert streamed.bundle_.hash == second.bundle_.hash
    assert slow().fit_stream(table, "demand").bundle_.hash != second.bundle_.hash
    numbered = X.assign(plan=X["plan"].map({"a": 1, "b": 2, "c": 3}))
    by_name = slow(categorical_features=["plan"]).fit(numbered, y)
    np.testing.assert_array_equal(
        slow().fit(numbered, y, init_model=by_name).predict(numbered),
        slow(categorical_features=["plan"]).fit(numbered, y, init_model=by_name).predict(numbered),
    )


def test_a_bundle_of_a_project_goes_on_with_its_rules(tmp_path):
    X, y = frame()
    rows = X.assign(left=np.where(y > 1, "yes", "no"), age=X["age"].round(4))
    rows.to_csv(tmp_path / "rows.csv", index=False)
    (tmp_path / "spanwise.toml").write_text(
        '[project]\nname = "p"\n[data.rows]\nsource = "rows.csv"\nprivate = ["plan"]\n[expect.rows]\nage = { max = 50 }\n'
        '[model.m]\ntrainer = "boost"\ntarget = "left"\npositive = "yes"\nparams = { rounds = 20 }\n'
    )
    spanwise.run(tmp_path)
    model = SpanwiseClassifier(rounds=10).fit(rows[["age", "plan"]], rows["left"], init_model=tmp_path / "out/m.bundle")
    assert model.n_trees_ == 30
    with pytest.warns(UserWarning, match="`max 50`|max"):
        told = model.bundle_.predict(rows[["age", "plan"]].assign(age=[60.0] + [0.0] * (len(rows) - 1)))
    assert list(told.broken) == [0]


def test_what_cannot_be_gone_on_from_is_refused(tmp_path):
    X, y = frame()
    first = slow().fit(X, y)
    classes = slow(SpanwiseClassifier).fit(X, y > 1)

    def refused(model, *words, X=X, y=y, init_model=first):
        with pytest.raises(SpanwiseError) as raised:
            model.fit(X, y, init_model=init_model)
        assert all(word in str(raised.value) for word in ("`init_model`", *words)), raised.value

    refused(slow(), "another task", init_model=classes)
    refused(slow(SpanwiseClassifier), "`False`, `True`", "`no`, `yes`", y=np.where(y > 1, "yes", "no"), init_model=classes)
    refused(slow(loss="quantile", quantiles=[0.1, 0.9]), "quantiles", "0.1, 0.9")
    refused(slow(loss="poisson"), "loss `auto`", "loss `poisson`", y=y - y.min() + 1)
    refused(slow(), "`ages`", "did you mean `age`?", X=X.rename(columns={"age": "ages"}))
    refused(slow(), "no column `age`", X=X[["plan"]])
    refused(slow(), "`more`", X=X.assign(more=1.0))
    refused(slow(), "in its order: `age`, `plan`", X=X[["plan", "age"]])
    refused(slow(categorical_features=["age"]), "`age` is no category")
    refused(slow(intervals=0.9), "`intervals`", "look easier")
    refused(SpanwiseRegressor(budget=1), "`budget`")
    forest = SpanwiseForestClassifier(trees=5).fit(X, y > 1)
    refused(slow(SpanwiseClassifier), "trainer `forest`", y=y > 1, init_model=forest)
    refused(slow(), "of the type 'int'", init_model=3)
    refused(slow(), "of the type 'SpanwiseRegressor'", init_model=SpanwiseRegressor)
    with pytest.raises(NotFittedError):
        slow().fit(X, y, init_model=SpanwiseRegressor())
    with pytest.raises(OSError):
        slow().fit(X, y, init_model=tmp_path / "none.bundle")
    with pytest.raises(SpanwiseError, match="`x0`, which the bundle does not read"):
        slow().fit(np.zeros((900, 2)), y, init_model=first)
    table = pa.Table.from_pandas(X.assign(y=y, more=1.0), preserve_index=False)
    with pytest.raises(SpanwiseError, match="`more`, which the bundle does not read"):
        slow().fit_stream(table, "y", init_model=first)


def test_a_frame_of_plain_numbers_is_gone_on_from_by_its_names():
    X, y = numbers()
    named = pd.DataFrame(X, columns=list("abcde"))
    first = slow().fit(named, y)
    assert slow().fit(named, y, init_model=first).n_trees_ == 100
    assert slow().fit(X, y, init_model=first).n_trees_ == 100
    with pytest.raises(SpanwiseError, match="the column `b` where the bundle reads `a`"):
        slow().fit(named[list("bacde")], y, init_model=first)
    with pytest.raises(SpanwiseError, match="the column `aa`, which the bundle does not read; did you mean `a`"):
        slow().fit(named.rename(columns={"a": "aa"}), y, init_model=first)


def test_categories_that_are_no_columns_are_refused():
    X, y = frame()
    first = slow().fit(X, y)
    with pytest.raises(SpanwiseError, match="`zz`"):
        slow(categorical_features=["zz"]).fit(X, y, init_model=first)
