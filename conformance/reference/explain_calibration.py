"""Explanations, calibration and conformal prediction."""

import numpy as np

import spanwise
from spanwise import calibration, conformal, inspection


def table(rows):
    return np.ascontiguousarray(np.array(rows, dtype=object).astype(float))


def function(text):
    """The caller's function of columns x0, x1 and so on."""
    known = {name: getattr(np, name) for name in ("abs", "cos", "exp", "log", "maximum", "minimum", "sin", "sqrt", "tanh", "where")}
    known |= {"max": np.maximum, "min": np.minimum, "pi": np.pi, "__builtins__": {}}
    code = compile(text.replace("^", "**"), "f", "eval")

    def asked(X):
        return eval(code, known, {f"x{column}": X[:, column] for column in range(X.shape[1])}) * np.ones(len(X))

    return asked


def imported(case, folder):
    return spanwise.import_model(folder / case["data"]["model"]), table(case["data"]["X"])


def predictions(model, X, objective):
    """What the library's `predict` gives under this objective."""
    if objective == "binary:logitraw":
        return model.margins(X, None)
    if not model.is_classifier:
        return model.predictions(X, None)
    probabilities = model.probabilities(X, None)
    if objective == "multi:softmax":
        return probabilities.argmax(axis=1)
    return probabilities[:, 1] if probabilities.shape[1] == 2 else probabilities


def with_base(model, X):
    """Contributions with the base value behind; those of several classes one after the other."""
    base, values = model.explain(X)
    if values.ndim == 2:
        return np.column_stack([values, base])
    return np.concatenate([values, base[:, None, :]], axis=1).transpose(0, 2, 1)


def treeshap_xgboost(case, folder):
    model, X = imported(case, folder)
    return {
        "margin": model.margins(X, None),
        "prediction": predictions(model, X, case["params"].get("objective")),
        "contributions": with_base(model, X),
        "leaf_index": model.leaves(X),
    }


def treeshap_lightgbm(case, folder):
    """LightGBM gives the contributions of all classes in one line."""
    model, X = imported(case, folder)
    n_splits, gains = model.source_importances()
    return {
        "raw_score": model.margins(X, None),
        "prediction": predictions(model, X, case["params"].get("objective")),
        "contributions": with_base(model, X).reshape(len(X), -1),
        "split_importance": n_splits,
        "gain_importance": gains,
        "leaf_index": model.leaves(X),
    }


def shap_interactions(case, folder):
    model, X = imported(case, folder)
    return {"interactions": model.interactions(X)[1]}


def shap_interventional(case, folder):
    model, X = imported(case, folder)
    base, values = model.explain(X, table(case["data"]["background"]))
    return {"contributions": values, "expected_value": base[0]}


def shapley_exact(case, folder):
    x = table([case["data"]["x"]])
    found = inspection.shapley_values(function(case["params"]["f"]), x, table(case["data"]["background"]))
    return {"phi": found.values[0], "base": found.base, "f": found.answers[0]}


def partial_dependence(case, folder):
    params = case["params"]
    found = inspection.partial_dependence(
        function(params["f"]), table(case["data"]["X"]), params["feature"], case["data"]["grid"])
    return {"pdp": found.mean, "ice_first_row": found.each[0]}


def permutation_importance(case, folder):
    losses = {"MSE": "squared", "MAE": "absolute", "log_loss": "log"}
    params = case["params"]
    found = inspection.permutation_importance(
        function(params["f"]), table(case["data"]["X"]), case["data"]["y"],
        loss=losses[params.get("score", "MSE")], n_repeats=None)
    return {"importance": found.mean}


def asked_at(case, key, otherwise):
    """Where predictions are asked: the reference lists the places beside the values expected there."""
    return case["data"].get(key, case["expected"].get(key, otherwise))


def platt(case, folder):
    data = case["data"]
    found = calibration.platt(data["score"], data["y"], data.get("weight"))
    places = asked_at(case, "predicted_at", data["score"])
    return {"A": -found.slope, "B": -found.intercept, "predicted_at": places, "predicted": found.apply(places)}


def isotonic(case, folder):
    data = case["data"]
    found = calibration.isotonic(data["score"], data["y"], data.get("weight"))
    places = asked_at(case, "predict_at", data["score"])
    return {"thresholds_x": found.x, "thresholds_y": found.y, "predict_at": places, "predicted": found.apply(places)}


def temperature_scaling(case, folder):
    found = calibration.temperature(case["data"]["logits"], case["data"]["y"])
    return {"temperature": found.temperature, "nll": found.loss, "nll_before": found.loss_before}


def reliability_curve(case, folder):
    data, params = case["data"], case["params"]
    found = calibration.reliability_curve(
        data["y"], data["p"], n_bins=params["bins"], strategy=params.get("strategy", "uniform"),
        sample_weight=data.get("weight"))
    return {"mean_predicted": found.predicted, "fraction_positive": found.observed}


def split_conformal(case, folder):
    data, level = case["data"], 1 - case["params"]["alpha"]
    if "abs_residuals" in data:
        scores = data["abs_residuals"]
    elif "residuals" in data:
        scores = np.abs(data["residuals"])
    elif "scores" in data:
        scores = data["scores"]
    elif "low" in data:
        scores = conformal.quantile_scores(data["y"], data["low"], data["high"])
    else:
        scores = conformal.absolute_scores(data["y"], data["pred"])
    return {"q": conformal.quantile(scores, level)}


FAMILIES = {
    "treeshap_lightgbm": treeshap_lightgbm,
    "treeshap_xgboost": treeshap_xgboost,
    "shap_interactions": shap_interactions,
    "shap_interventional": shap_interventional,
    "shapley_exact": shapley_exact,
    "partial_dependence": partial_dependence,
    "permutation_importance": permutation_importance,
    "platt": platt,
    "isotonic": isotonic,
    "temperature_scaling": temperature_scaling,
    "reliability_curve": reliability_curve,
    "conformal": split_conformal,
}
