"""Seasons, decompositions, change points and anomalies of series: `spanwise.stats`."""

import json
import pickle

import numpy as np
import polars as pl
import pytest
from statsmodels.tsa import seasonal

import spanwise
from spanwise import stats


def weekly(n, seed, level=lambda day: 0.0):
    """Noise of one about a week's pattern and a level, by day."""
    noise = np.random.default_rng(seed).normal(size=n)
    pattern = np.array([0.0, 2.0, 4.0, 4.0, 2.0, 0.0, -6.0])
    return np.array([pattern[day % 7] + level(day) for day in range(n)]) + noise


def test_a_week_is_found_and_taken_out():
    x = weekly(400, 1, lambda day: day / 40)
    assert [season.season_length for season in stats.seasons(x)] == [7]
    found = stats.mstl(x)
    assert found.season_lengths == [7]
    np.testing.assert_allclose(found.trend + found.seasonal[0] + found.remainder, x, atol=1e-12)
    assert 0.8 < found.seasonal_strengths[0] <= 1
    assert 0.8 < found.trend_strength <= 1
    assert stats.seasons(np.random.default_rng(2).normal(size=400)) == []


@pytest.mark.parametrize("robust", [False, True])
def test_decompositions_are_those_of_statsmodels(robust):
    x = weekly(200, 3, lambda day: day / 40)
    theirs = seasonal.STL(x, period=7, robust=robust).fit()
    ours = stats.stl(x, 7, robust=robust)
    np.testing.assert_allclose(ours.trend, theirs.trend, atol=1e-9)
    np.testing.assert_allclose(ours.seasonal[0], theirs.seasonal, atol=1e-9)
    np.testing.assert_allclose(ours.remainder, theirs.resid, atol=1e-9)


def test_a_jump_is_placed_with_its_doubt():
    noise = np.random.default_rng(4).normal(size=300)
    x = noise + np.where(np.arange(300) < 180, 10.0, 13.0)
    (point,) = stats.change_points(x)
    assert point.places[0] <= 180 <= point.places[1]
    assert point.low < 3.0 < point.high
    assert point.p_value < 1e-6
    assert stats.change_points(noise) == []
    x[10] = np.nan
    assert stats.change_points(x)[0].index == point.index


def test_an_odd_day_is_named_and_missing_ones_are_not():
    x = weekly(1500, 5)
    x[1200] += 15
    x[1300] = np.nan
    found = stats.anomalies(x, season_length=7)
    assert found.indices == [1200]
    assert found.expected.shape == found.low.shape == found.scores.shape == (1500,)
    assert found.p_values[1300] == 1
    assert found.low[1200] < found.expected[1200] < found.high[1200] < x[1200]


def test_values_to_come_change_nothing_that_was_said():
    x = weekly(900, 6)
    whole, first = stats.anomalies(x, 7), stats.anomalies(x[:700], 7)
    np.testing.assert_array_equal(whole.scores[:700], first.scores)


def test_results_are_plain_data():
    x = weekly(300, 7, lambda day: 5.0 * (day >= 150))
    for found in [stats.stl(x, 7), stats.anomalies(x, 7), *stats.change_points(x), *stats.seasons(x)]:
        assert pickle.loads(pickle.dumps(found)) == found
        assert json.loads(found.to_json()).keys() == found.to_dict().keys()


@pytest.mark.parametrize(
    "wrong, named",
    [
        (lambda: stats.stl([1.0, 2.0, 3.0], 7), "values"),
        (lambda: stats.stl(np.ones(50), 7, seasonal=4), "4"),
        (lambda: stats.mstl(np.ones(50), [1]), "1"),
        (lambda: stats.seasons([1.0, np.inf] * 20), "inf"),
        (lambda: stats.change_points(np.ones(50), "level"), "level"),
        (lambda: stats.change_points(np.ones(50), significance=0), "significance"),
        (lambda: stats.change_points(np.ones(50), shortest=0), "shortest"),
        (lambda: stats.anomalies(np.ones(50), forgetting=0.7), "forgetting"),
        (lambda: stats.anomalies(np.ones(50), rate=1), "rate"),
        (lambda: stats.anomalies(np.ones(50), 10**12), "season"),
    ],
)
def test_refusals_name_the_offender(wrong, named):
    with pytest.raises(spanwise.SpanwiseError, match=named):
        wrong()


def test_constant_series_are_calm():
    x = np.full(400, 3.0)
    assert stats.seasons(x) == []
    assert stats.change_points(x) == []
    assert stats.anomalies(x).indices == []


def test_frames_have_a_row_for_each_value():
    x = weekly(300, 8)
    frame = stats.stl(x, 7).to_frame()
    assert pl.DataFrame(frame).columns == ["index", "trend", "seasonal_7", "remainder", "weight"]
    assert len(frame) == len(stats.anomalies(x, 7).to_frame()) == 300
    assert stats.anomalies(x, 7).to_frame()["score"][200] == stats.anomalies(x, 7).scores[200]
    uneven = stats.anomalies(x, 7).to_dict() | {"low": [1.0]}
    assert spanwise._spanwise.restore("Anomalies", uneven).to_frame()["low"][1] is None
