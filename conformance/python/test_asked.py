"""Questions about tables at hand and of projects."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import spanwise


@pytest.fixture
def visits():
    rng = np.random.default_rng(5)
    shop = np.repeat(["north", "south", "west"], 60)
    spent = rng.normal(20, 3, 180) + np.repeat([0.0, 1.0, 3.0], 60)
    return pd.DataFrame({"shop": shop, "spent": spent, "bought": np.where(rng.random(180) < 0.4, "yes", "no")})


def test_an_answer_is_the_test_that_scipy_has(visits):
    two = visits[visits.shop != "west"]
    found = spanwise.ask(two, "spent", by="shop")
    a, b = (two.spent[two.shop == name] for name in ("north", "south"))
    expected = stats.ttest_ind(a, b, equal_var=False)
    assert found.method == "Welch's t-test" and found.p_value == pytest.approx(expected.pvalue, rel=1e-12)
    assert found.effect[0] == pytest.approx(a.mean() - b.mean())
    ranks = spanwise.ask(two, "spent", by="shop", method="ranks", alternative="less")
    assert ranks.p_value == pytest.approx(stats.mannwhitneyu(a, b, alternative="less").pvalue, rel=1e-9)


def test_pairs_and_groups_are_tidy(visits):
    found = spanwise.ask(visits, "spent", by="shop", each_pair=True)
    groups = found.to_frame().to_pandas()
    assert list(groups.columns) == ["group", "n", "value", "low", "high"] and groups.n.tolist() == [60, 60, 60]
    assert (groups.low < groups.value).all() and (groups.value < groups.high).all()
    pairs = found.pairs_to_frame().to_pandas()
    expected = stats.tukey_hsd(*(visits.spent[visits.shop == name] for name in ("north", "south", "west")))
    tukey = spanwise.ask(visits, "spent", by="shop", method="student", each_pair=True).pairs_to_frame().to_pandas()
    assert tukey.p_adjusted.tolist() == pytest.approx([expected.pvalue[0, 1], expected.pvalue[0, 2], expected.pvalue[1, 2]], abs=1e-9)
    assert pairs.second.tolist() == ["south", "west", "west"]
    assert "<table>" in found._repr_html_() and "Games" in found.pairs["method"]


def test_questions_of_a_project(tmp_path, visits):
    visits.to_csv(tmp_path / "visits.csv", index=False)
    (tmp_path / "spanwise.toml").write_text(
        '[data.visits]\nsource = "visits.csv"\n[question.q]\noutcome = "spent"\nby = "shop"\n'
    )
    (found,) = spanwise.questions(tmp_path)
    at_hand = spanwise.ask(visits, "spent", by="shop")
    assert found.name == "q" and found.p_value == pytest.approx(at_hand.p_value, rel=1e-12)
    with pytest.raises(spanwise.SpanwiseError, match="did you mean `q`"):
        spanwise.questions(tmp_path, "qq")


def test_refusals_name_the_key(visits):
    with pytest.raises(spanwise.SpanwiseError, match='`method`: found "welsh".*did you mean "welch"'):
        spanwise.ask(visits, "spent", by="shop", method="welsh")
    with pytest.raises(spanwise.SpanwiseError, match="`against`: found 3 beside `by`"):
        spanwise.ask(visits, "spent", by="shop", against=3)
    with pytest.raises(spanwise.SpanwiseError, match="spnt"):
        spanwise.ask(visits, "spnt", by="shop")
