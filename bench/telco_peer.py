"""What `spanwise run` does on Telco, written with the peers: read, check, ask, cross-validate three models with the
categories and missing values each needs, calibrate, choose a threshold, explain, draw, and write a profile report."""

import pathlib
import sys

import lightgbm as lgb
import matplotlib
import numpy as np
import pandas as pd
from scipy import stats
from sklearn.calibration import calibration_curve
from sklearn.compose import make_column_transformer
from sklearn.dummy import DummyClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score, brier_score_loss, log_loss, roc_auc_score, roc_curve
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from ydata_profiling import ProfileReport

matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402

source, out = sys.argv[1], pathlib.Path(sys.argv[2])
out.mkdir(parents=True, exist_ok=True)

rows = pd.read_csv(source)
rows["TotalCharges"] = pd.to_numeric(rows["TotalCharges"], errors="coerce")
assert rows["tenure"].between(0, 120).all() and rows["customerID"].is_unique
assert rows["Contract"].isin(["Month-to-month", "One year", "Two year"]).all()
target = (rows["Churn"] == "Yes").to_numpy()

for column in ["Contract", "PaymentMethod", "gender"]:
    stats.chi2_contingency(pd.crosstab(rows[column], rows["Churn"]))
stats.ttest_ind(rows["MonthlyCharges"][target], rows["MonthlyCharges"][~target], equal_var=False)

features = rows.drop(columns=["customerID", "Churn"])
texts = features.select_dtypes(exclude="number").columns
numbers = features.select_dtypes("number").columns
trees = features.copy()
trees[texts] = trees[texts].astype("category")
linear = make_pipeline(
    make_column_transformer((OneHotEncoder(handle_unknown="ignore"), texts), (make_pipeline(SimpleImputer(), StandardScaler()), numbers)),
    LogisticRegression(max_iter=1000),
)
boost = lgb.LGBMClassifier(n_estimators=300, learning_rate=0.03, num_leaves=8, min_child_samples=40, reg_lambda=5.0, colsample_bytree=0.5, verbose=-1, n_jobs=2)
folds = StratifiedKFold(5, shuffle=True, random_state=7)
said = {
    "boost": cross_val_predict(boost, trees, target, cv=folds, method="predict_proba")[:, 1],
    "linear": cross_val_predict(linear, features, target, cv=folds, method="predict_proba")[:, 1],
    "baseline": cross_val_predict(DummyClassifier(), features, target, cv=folds, method="predict_proba")[:, 1],
}
margin = np.log(said["boost"] / (1 - said["boost"])).reshape(-1, 1)
probability = LogisticRegression().fit(margin, target).predict_proba(margin)[:, 1]
draw = np.random.default_rng(7)
boots = [draw.integers(0, len(target), len(target)) for _ in range(200)]
for metric in (roc_auc_score, average_precision_score, log_loss, brier_score_loss):
    np.percentile([metric(target[b], probability[b]) for b in boots], [2.5, 97.5])
for other in ("linear", "baseline"):
    np.percentile([roc_auc_score(target[b], said["boost"][b]) - roc_auc_score(target[b], said[other][b]) for b in boots], [2.5, 97.5])
acted = probability >= 15 / 120
(np.where(acted, np.where(target, 105, -15), 0)).mean()

final = boost.fit(trees, target)
final.booster_.save_model(out / "model.txt")
contributions = final.booster_.predict(trees.iloc[:2000], pred_contrib=True)
strength = np.abs(contributions[:, :-1]).mean(axis=0)

figure, axes = plt.subplots(2, 3, figsize=(15, 9))
axes[0, 0].barh(features.columns, strength)
axes[0, 1].plot(*roc_curve(target, probability)[:2])
axes[0, 2].plot(*calibration_curve(target, probability, n_bins=10, strategy="quantile")[::-1])
for axis, column in zip(axes[1], ["Contract", "PaymentMethod", "gender"]):
    rows.groupby(column)["Churn"].apply(lambda values: (values == "Yes").mean()).plot.barh(ax=axis)
figure.savefig(out / "story.png")
ProfileReport(rows, minimal=True, progress_bar=False).to_file(out / "profile.html")
