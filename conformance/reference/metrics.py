"""Metrics."""

import math

import numpy as np

import spanwise
from spanwise import metrics


def data_of(case):
    data = case["data"]
    return data.get("y"), data.get("pred"), data.get("weight")


def or_refusal(compute):
    """What is refused alone, beside what is not."""
    try:
        return compute()
    except spanwise.SpanwiseError as error:
        return {"error": str(error)}


def binary_scores(case, folder):
    data, params = case["data"], case["params"]
    y, score, weight = data["y"], data.get("score", data.get("p")), data.get("weight")
    answers = {
        "roc_auc": lambda: metrics.roc_auc(y, score, weight),
        "average_precision": lambda: metrics.average_precision(y, score, weight),
        "log_loss": lambda: metrics.log_loss(y, score, weight),
        "brier": lambda: metrics.brier(y, score, weight),
    }
    if "max_fpr" in params:
        answers["partial_auc"] = lambda: metrics.partial_auc(y, score, params["max_fpr"], weight)
    return {key: or_refusal(answers[key]) for key in answers if key in case["expected"]}


def roc_curve(case, folder):
    data = case["data"]
    fpr, tpr = metrics.roc_curve(data["y"], data["score"], data.get("weight"))
    return {"fpr": fpr, "tpr": tpr, "ks_gap": max(tpr - fpr)}


def accuracy(case, folder):
    return {"accuracy": metrics.accuracy(*data_of(case)), "balanced_accuracy": metrics.balanced_accuracy(*data_of(case))}


def confusion(case, folder):
    return {
        "matrix": metrics.confusion_matrix(*data_of(case)).ravel(),
        "jaccard_macro": metrics.mean_jaccard(*data_of(case)),
        "hamming": 1 - metrics.accuracy(*data_of(case)),
    }


def mcc_kappa(case, folder):
    y, pred, weight = data_of(case)
    kappa = lambda kind: or_refusal(lambda: metrics.cohen_kappa(y, pred, kind, weight))  # noqa: E731
    return {"mcc": metrics.matthews(y, pred, weight), "kappa": kappa(None), "kappa_linear": kappa("linear"), "kappa_quadratic": kappa("quadratic")}


def f_beta(case, folder):
    y, pred, weight = data_of(case)
    params = case["params"]
    precision, recall, f = metrics.precision_recall_f(
        y, pred, average=params.get("average", "binary"), beta=params.get("beta", 1.0), sample_weight=weight)
    return {"precision": precision, "recall": recall, "f_beta": f, "f1": f}


def multiclass_proba(case, folder):
    data = case["data"]
    y, p, weight = data["y"], data["proba"], data.get("weight")
    auc = lambda **options: or_refusal(lambda: metrics.multiclass_auc(y, p, sample_weight=weight, **options))  # noqa: E731
    return {
        "log_loss": metrics.multiclass_log_loss(y, p, weight),
        "auc_ovr_macro": auc(),
        "auc_ovr_weighted": auc(average="weighted"),
        "auc_ovo_macro": auc(multi_class="ovo"),
        "brier_multiclass": metrics.multiclass_brier(y, p, weight),
        "top2": metrics.top_k_accuracy(y, p, 2, weight),
    }


def regression(case, folder):
    arguments = data_of(case)
    mse = metrics.mean_squared_error(*arguments)
    return {
        "mse": mse,
        "rmse": math.sqrt(mse),
        "mae": metrics.mean_absolute_error(*arguments),
        "medae": metrics.median_absolute_error(*arguments),
        "max_error": metrics.max_error(*arguments),
        "r2": or_refusal(lambda: metrics.r2(*arguments)),
        "explained_variance": or_refusal(lambda: metrics.explained_variance(*arguments)),
    }


def mape(case, folder):
    return {"mape": metrics.mean_absolute_percentage_error(*data_of(case))}


def pinball(case, folder):
    y, pred, weight = data_of(case)
    level = case["params"]["q"]
    return {"pinball": metrics.pinball(y, pred, level, weight), "d2_pinball": metrics.d2_pinball(y, pred, level, weight)}


def d2_absolute(case, folder):
    y, pred, weight = data_of(case)
    return {"d2_absolute": metrics.d2_pinball(y, pred, 0.5, weight)}


def deviance(case, folder):
    y, pred, weight = data_of(case)
    of = lambda power: or_refusal(lambda: metrics.tweedie_deviance(y, pred, power, weight))  # noqa: E731
    log_error = or_refusal(lambda: metrics.mean_squared_log_error(y, pred, weight))
    return {
        "poisson": of(1),
        "gamma": of(2),
        "tweedie_1_5": of(1.5),
        "msle": log_error,
        "rmsle": log_error if isinstance(log_error, dict) else math.sqrt(log_error),
    }


def tweedie(case, folder):
    y, pred, weight = data_of(case)
    power = case["params"]["power"]
    return {"deviance": metrics.tweedie_deviance(y, pred, power, weight), "d2": metrics.d2_tweedie(y, pred, power, weight)}


def ndcg(case, folder):
    relevance, score = case["data"]["relevance"], case["data"]["score"]
    answers = {"ndcg_exp_gain": metrics.ndcg(relevance, score, gain="exponential")}
    for name, of in (("ndcg", metrics.ndcg), ("dcg", metrics.dcg)):
        answers[name] = of(relevance, score)
        for key in case["expected"]:
            if key.startswith(f"{name}@"):
                answers[key] = of(relevance, score, int(key.split("@")[1]))
    return answers


def map_mrr(case, folder):
    queries = list(zip(case["data"]["relevance"], case["data"]["score"]))
    mean = lambda k, place: float(np.mean([metrics.top_places(y, score, k)[place] for y, score in queries]))  # noqa: E731
    answers = {"map": mean(1, 4), "mrr": mean(1, 3)}
    for key in case["expected"]:
        for place, name in enumerate(("precision_at_", "recall_at_", "hit_at_")):
            if key.startswith(name):
                answers[key] = mean(int(key.removeprefix(name)), place)
    return answers


def multilabel(case, folder):
    y, score = np.array(case["data"]["y"]), np.array(case["data"]["score"])
    coverage, precision, loss = metrics.label_ranking(y, score)
    columns = range(y.shape[1])
    mean = lambda of: or_refusal(lambda: float(np.mean([of(y[:, column], score[:, column]) for column in columns])))  # noqa: E731
    return {
        "coverage_error": coverage,
        "lrap": precision,
        "ranking_loss": loss,
        "auc_macro": mean(metrics.roc_auc),
        "auc_micro": or_refusal(lambda: metrics.roc_auc(y.ravel(), score.ravel())),
        "map_macro": mean(metrics.average_precision),
    }


def clustering(case, folder):
    data = case["data"]
    answers = {}
    if "y" in data and "pred" in data:
        found = metrics.cluster_agreement(data["y"], data["pred"])
        names = {"ari": "adjusted_rand", "ami": "adjusted_information", "nmi": "normalised_information", "fmi": "fowlkes_mallows"}
        answers |= {short: found[name] for short, name in names.items()}
        answers |= {name: found[name] for name in ("homogeneity", "completeness", "v_measure")}
    points = data.get("X", data.get("x"))
    if points is not None:
        groups = data.get("labels", data.get("pred", data.get("y")))
        names = ("silhouette", "calinski_harabasz", "davies_bouldin")
        answers |= dict(zip(names, metrics.cluster_separation(points, groups)))
    return answers


def forecast(case, folder):
    data, params = case["data"], case["params"]
    y, pred, answers = data.get("y"), data.get("pred"), {}
    if pred is not None:
        if "train" in data:
            season = params.get("season", 1)
            answers["mase"] = or_refusal(lambda: metrics.mase(y, pred, data["train"], season))
            answers["rmsse"] = or_refusal(lambda: metrics.rmsse(y, pred, data["train"], season))
        answers["bias"] = metrics.bias(y, pred)
        answers["wape"] = or_refusal(lambda: metrics.wape(y, pred))
        answers["smape_fraction_0_1"] = metrics.smape(y, pred)
        answers["smape_m4"] = 200 * metrics.smape(y, pred)
        relative = or_refusal(lambda: metrics.mean_absolute_percentage_error(y, pred))
        answers["mape_percent"] = relative if isinstance(relative, dict) else 100 * relative
    if "low" in data:
        low, high = data["low"], data["high"]
        held, width = spanwise.conformal.coverage(y, np.column_stack([low, high]))
        answers |= {"interval_score": metrics.interval_score(y, low, high, params["alpha"]), "coverage": held, "mean_width": width}
    mean, sd = data.get("mean", data.get("mu")), data.get("sd", data.get("sigma", data.get("std")))
    samples = data.get("samples", data.get("ensemble"))
    if mean is not None and sd is not None:
        y_each, mean, sd = (np.atleast_1d(np.asarray(of, float)) for of in (y, mean, sd))
        mean, sd = np.broadcast_to(mean, y_each.shape), np.broadcast_to(sd, y_each.shape)
        each = metrics.crps_normal(y_each, mean, sd)
        answers |= {"crps_each": each, "crps": float(each.mean()), "nll": metrics.normal_nll(y_each, mean, sd)}
    elif samples is not None:
        y_each, rows = np.atleast_1d(np.asarray(y, float)), np.atleast_2d(np.asarray(samples, float))
        if len(rows) == 1:
            rows = np.broadcast_to(rows, (len(y_each), rows.shape[1]))
        each = metrics.crps_samples(y_each, rows)
        answers |= {"crps_each": each, "crps": float(each.mean())}
    return answers


def calibration(case, folder):
    data = case["data"]
    expected, most = metrics.calibration_errors(data["y"], data.get("score", data.get("p")), case["params"]["bins"], data.get("weight"))
    return {"ece": expected, "mce": most}


def lift(case, folder):
    data = case["data"]
    found, gain = metrics.lift(data["y"], data["score"], float(case["params"]["top"].split()[0]) / 100, data.get("weight"))
    return {"lift": found, "gain": gain, "gini": 2 * metrics.roc_auc(data["y"], data["score"], data.get("weight")) - 1}


def degenerate(case, folder):
    """Whatever the case names, or asks for by its keys."""
    ways = [
        ({"roc_auc", "average_precision", "log_loss", "brier"}, binary_scores),
        ({"r2"}, regression),
        ({"precision", "recall", "f1"}, f_beta),
        ({"mape"}, mape),
        ({"poisson", "gamma"}, deviance),
        ({"kappa", "mcc"}, mcc_kappa),
    ]
    answers = {}
    for keys, way in ways:
        if keys & set(case["expected"]):
            found = or_refusal(lambda: way(case, folder))
            answers |= found if "error" not in found else dict.fromkeys(keys, found)
    return answers


FAMILIES = {
    "accuracy": accuracy,
    "auc": binary_scores,
    "brier": binary_scores,
    "calibration": calibration,
    "clustering": clustering,
    "confusion": confusion,
    "d2_absolute": d2_absolute,
    "degenerate": degenerate,
    "deviance": deviance,
    "f_beta": f_beta,
    "forecast": forecast,
    "lift": lift,
    "log_loss": binary_scores,
    "map_mrr": map_mrr,
    "mape": mape,
    "mcc_kappa": mcc_kappa,
    "multiclass_proba": multiclass_proba,
    "multilabel": multilabel,
    "ndcg": ndcg,
    "pinball": pinball,
    "pr_auc": binary_scores,
    "regression": regression,
    "roc_curve": roc_curve,
    "tweedie": tweedie,
}
