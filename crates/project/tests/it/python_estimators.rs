//! The Python estimators' signatures are those of the declarations, or this fails; `SPANWISE_WRITE_PAGES=1` writes them
//! (`cargo xtask docs`).

use learn::parameter::Kind;
use learn::trainers::find;
use learn::{Parameter, Value};
use std::path::PathBuf;

/// A class to be written.
struct Class {
    name: &'static str,
    trainer: &'static str,
    bases: &'static str,
    summary: &'static str,
    /// Parameters of the engine that it does not have.
    without: &'static [&'static str],
    own: &'static [Own],
    attributes: &'static str,
}

/// A parameter of the shell.
struct Own {
    name: &'static str,
    default: &'static str,
    takes: &'static str,
    help: &'static str,
}

const CATEGORICAL: Own = Own {
    name: "categorical_features",
    default: "\"from_dtype\"",
    takes: "'from_dtype', list of str, int or bool, or None",
    help: "Which columns are categories: those of a data frame that are text or of a categorical type, those named or numbered, or none. A level is told apart from 10 rows on; rarer ones and those never seen are one level, \"other\".",
};
const CLASS_WEIGHT: Own = Own {
    name: "class_weight",
    default: "None",
    takes: "dict, 'balanced' or None",
    help: "What the rows of a class count besides their weight.",
};
const RANDOM_STATE: Own = Own {
    name: "random_state",
    default: "0",
    takes: "int, RandomState or None",
    help: "Everything that is drawn is drawn from this; None draws it from numpy's own state.",
};
const N_JOBS: Own = Own {
    name: "n_jobs",
    default: "None",
    takes: "int or None",
    help: "How many threads may work: -1 and None are all. Results do not depend on it.",
};
const VERBOSE: Own = Own {
    name: "verbose",
    default: "0",
    takes: "int",
    help: "With 1, how far the training is goes to stderr.",
};

const BUDGET: Own = Own {
    name: "budget",
    default: "None",
    takes: "float above 0, at most 86400, or None",
    help: "Seconds for which parameters and rounds are searched at most; those given here stay as they are, ``rounds`` as the most. The fit with what was found follows. How far a search comes depends on the machine: to repeat a fit, pass ``chosen_params_``.",
};

const OF_CLASSES: &[&str] = &["loss", "quantiles", "huber_delta", "tweedie_power"];

const CONTAMINATION: Own = Own {
    name: "contamination",
    default: "\"auto\"",
    takes: "'auto' or float above 0, at most 0.5",
    help: "The share of rows that are anomalies; 'auto' takes those that score above one half.",
};

const INTERVALS: Own = Own {
    name: "intervals",
    default: "None",
    takes: "float above 0 and below 1, or None",
    help: "The share of rows whose truth :meth:`predict_interval` holds, such as 0.9. Intervals are fitted on what models of five folds say of the rest of the rows: five more trainings.",
};

const INTERVAL_GROUPS: Own = Own {
    name: "interval_groups",
    default: "None",
    takes: "str, int or None",
    help: "The column, by name or position, whose values have intervals of a length of their own: text, categories, truths or whole numbers. A group that is seen too rarely for the level (at least 10 rows), one never seen, and a missing value have the length of all rows.",
};

const OOB_SCORE: Own = Own {
    name: "oob_score",
    default: "False",
    takes: "bool or callable",
    help: "Whether rows are also told by the trees that did not learn from them: ``oob_score_`` is their accuracy or R squared by weight, or what a function of truths and predictions says. Trees that learn from every row are refused.",
};

const SEARCH_ATTRIBUTES: &str = "    trials_ : list of dict\n        What a search tried, in order: ``params``, ``rounds`` and the held-out ``loss``; empty without a budget.\n    chosen_params_ : dict\n        The parameters of the best trial with its rounds; empty without a budget.\n";
const BOOSTED_CLASS_ATTRIBUTES: &str = "    classes_ : ndarray of shape (n_classes,)\n        The classes, sorted.\n    trials_ : list of dict\n        What a search tried, in order: ``params``, ``rounds`` and the held-out ``loss``; empty without a budget.\n    chosen_params_ : dict\n        The parameters of the best trial with its rounds; empty without a budget.\n";
const OOB_CLASS_ATTRIBUTES: &str = "    classes_ : ndarray of shape (n_classes,)\n        The classes, sorted.\n    oob_score_ : float\n        How well rows are told by the trees that did not learn from them; only with ``oob_score``.\n    oob_decision_function_ : ndarray of shape (n_rows, n_classes)\n        Their probabilities by these trees; NaN where there are none, and where a row has no weight. Only with ``oob_score``.\n";
const OOB_ATTRIBUTES: &str = "    oob_score_ : float\n        How well rows are told by the trees that did not learn from them; only with ``oob_score``.\n    oob_prediction_ : ndarray of shape (n_rows,)\n        What these trees tell; NaN where there are none, and where a row has no weight. Only with ``oob_score``.\n";
const FOR_CLASSES: &[Own] = &[
    OOB_SCORE,
    CATEGORICAL,
    CLASS_WEIGHT,
    RANDOM_STATE,
    N_JOBS,
    VERBOSE,
];
const BOOSTED_CLASSES: &[Own] = &[BUDGET, CATEGORICAL, CLASS_WEIGHT, RANDOM_STATE, N_JOBS, VERBOSE];
const BOOSTED_NUMBERS: &[Own] = &[
    BUDGET,
    INTERVALS,
    INTERVAL_GROUPS,
    CATEGORICAL,
    RANDOM_STATE,
    N_JOBS,
    VERBOSE,
];
const BOOSTED_RANKS: &[Own] = &[BUDGET, CATEGORICAL, RANDOM_STATE, N_JOBS, VERBOSE];
const FOR_NUMBERS: &[Own] = &[
    INTERVALS,
    INTERVAL_GROUPS,
    OOB_SCORE,
    CATEGORICAL,
    RANDOM_STATE,
    N_JOBS,
    VERBOSE,
];

const CLASSES: &[Class] = &[
    Class {
        name: "SpanwiseClassifier",
        trainer: "boost",
        bases: "ClassifierMixin, StreamedClassifier, BoostedClassifier, BaseEstimator",
        summary: "Boosted trees that tell classes and their probabilities.",
        without: OF_CLASSES,
        own: BOOSTED_CLASSES,
        attributes: BOOSTED_CLASS_ATTRIBUTES,
    },
    Class {
        name: "SpanwiseRegressor",
        trainer: "boost",
        bases: "RegressorMixin, Streamed, BoostedRegressor, BaseEstimator",
        summary: "Boosted trees that tell numbers: means, medians, quantiles, rates and shares.",
        without: &[],
        own: BOOSTED_NUMBERS,
        attributes: SEARCH_ATTRIBUTES,
    },
    Class {
        name: "SpanwiseRanker",
        trainer: "boost",
        bases: "Ranker, BaseEstimator",
        summary: "Boosted trees that put the rows of a query in order (LambdaMART).",
        without: OF_CLASSES,
        own: BOOSTED_RANKS,
        attributes: SEARCH_ATTRIBUTES,
    },
    Class {
        name: "SpanwiseForestClassifier",
        trainer: "forest",
        bases: "ClassifierMixin, Classifier, BaseEstimator",
        summary: "A random forest that tells classes and their probabilities.",
        without: &[],
        own: FOR_CLASSES,
        attributes: OOB_CLASS_ATTRIBUTES,
    },
    Class {
        name: "SpanwiseForestRegressor",
        trainer: "forest",
        bases: "RegressorMixin, Regressor, BaseEstimator",
        summary: "A random forest that tells numbers.",
        without: &[],
        own: FOR_NUMBERS,
        attributes: OOB_ATTRIBUTES,
    },
    Class {
        name: "SpanwiseExtraTreesClassifier",
        trainer: "extra_trees",
        bases: "ClassifierMixin, Classifier, BaseEstimator",
        summary: "Extremely randomised trees that tell classes and their probabilities.",
        without: &[],
        own: FOR_CLASSES,
        attributes: OOB_CLASS_ATTRIBUTES,
    },
    Class {
        name: "SpanwiseExtraTreesRegressor",
        trainer: "extra_trees",
        bases: "RegressorMixin, Regressor, BaseEstimator",
        summary: "Extremely randomised trees that tell numbers.",
        without: &[],
        own: FOR_NUMBERS,
        attributes: OOB_ATTRIBUTES,
    },
    Class {
        name: "SpanwiseIsolationForest",
        trainer: "isolation",
        bases: "OutlierMixin, IsolationForest, BaseEstimator",
        summary: "An isolation forest that tells how unlike the others a row is.",
        without: &[],
        own: &[CONTAMINATION, CATEGORICAL, RANDOM_STATE, N_JOBS, VERBOSE],
        attributes: "    offset_ : float\n        What :meth:`score_samples` must fall below to be an anomaly.\n",
    },
];

const COMMON_ATTRIBUTES: &str = "    n_features_in_ : int
        The columns learnt from.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Their names, if they have any.
    feature_importances_ : ndarray of shape (n_features_in_,)
        What share of what the trees tell apart the splits on each feature make.
    n_trees_ : int
        The trees of the model.
    validation_losses_ : ndarray of shape (n_rounds,)
        The mean loss of held-out rows after each round; empty without any.
    bundle_ : spanwise.Bundle
        The bundle, which scores and explains data frames.
";

const HEADER: &str = "\"\"\"The estimators' signatures, made from the declarations in `crates/learn` by `cargo xtask docs`; do not edit.\"\"\"

from sklearn.base import BaseEstimator, ClassifierMixin, OutlierMixin, RegressorMixin

from ._shell import BoostedClassifier, BoostedRegressor, Classifier, IsolationForest, Ranker, Regressor
from ._stream import Streamed, StreamedClassifier
";

#[test]
fn generated_pages_of_python_are_not_stale() {
    let expected = HEADER.to_owned() + &CLASSES.iter().map(class).collect::<String>();
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../../bindings/python/python/spanwise/sklearn/_estimators.py");
    if std::env::var_os("SPANWISE_WRITE_PAGES").is_some() {
        std::fs::write(&path, &expected).expect("the file can be written");
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        found == expected,
        "{} is stale: run `cargo xtask docs`",
        path.display()
    );
}

fn class(class: &Class) -> String {
    let spec = find(class.trainer).expect("a trainer of this name");
    let defaults = spec.make(&[]).expect("defaults are right").values;
    let all = spec.parameters.iter().zip(&defaults);
    let engine: Vec<_> = all
        .filter(|(parameter, _)| !class.without.contains(&parameter.name))
        .collect();
    let mut names: Vec<(&str, String)> = engine
        .iter()
        .map(|(parameter, value)| (parameter.name, literal(value)))
        .collect();
    names.extend(class.own.iter().map(|own| (own.name, own.default.to_owned())));
    let mut text = format!(
        "\n\nclass {}({}):\n    \"\"\"{}\n\n    Parameters\n    ----------\n",
        class.name, class.bases, class.summary
    );
    for (parameter, value) in engine {
        text.push_str(&entry(
            parameter.name,
            &takes(parameter),
            &literal(value),
            &plain(parameter.help),
        ));
    }
    for own in class.own {
        text.push_str(&entry(own.name, own.takes, own.default, own.help));
    }
    text.push_str("\n    Attributes\n    ----------\n");
    text.push_str(class.attributes);
    text.push_str(COMMON_ATTRIBUTES);
    text.push_str(&format!("    \"\"\"\n\n    _trainer = \"{}\"\n", class.trainer));
    text.push_str("\n    def __init__(\n        self,\n        *,\n");
    names
        .iter()
        .for_each(|(name, default)| text.push_str(&format!("        {name}={default},\n")));
    text.push_str("    ):\n");
    names
        .iter()
        .for_each(|(name, _)| text.push_str(&format!("        self.{name} = {name}\n")));
    text
}

fn entry(name: &str, takes: &str, default: &str, help: &str) -> String {
    format!("    {name} : {takes}, default {default}\n{}", wrapped(help))
}

/// What a parameter takes, in Python's words; without a default it may be None.
fn takes(parameter: &Parameter) -> String {
    match parameter.kind {
        Kind::Whole { least, most } => format!("int from {least} to {most}"),
        Kind::Number { least, most } => format!("float from {least:?} to {most:?}"),
        Kind::Choice(words) => format!("one of '{}'", words.join("', '")),
        Kind::Numbers { above, below } => format!("rising floats between {above:?} and {below:?}"),
        Kind::Named { least, most } => format!("dict of feature names to int from {least} to {most}"),
        Kind::Sets => "list of lists of feature names".to_owned(),
    }
}

/// A default as Python writes it; what is chosen by the engine, and what is empty, is None.
fn literal(value: &Value) -> String {
    match value {
        Value::Auto => "None".to_owned(),
        Value::Whole(number) => number.to_string(),
        Value::Number(number) => format!("{number:?}"),
        Value::Text(word) => format!("\"{word}\""),
        Value::List(list) if list.is_empty() => "None".to_owned(),
        Value::List(list) => {
            let items: Vec<String> = list.iter().map(literal).collect();
            format!("({},)", items.join(", "))
        }
        Value::Table(_) => "None".to_owned(),
    }
}

/// One line, with Python's quotes for words.
fn plain(help: &str) -> String {
    help.split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
        .replace('`', "``")
}

/// Lines of at most 100 characters.
fn wrapped(text: &str) -> String {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let last = lines.last_mut().expect("there is a line");
        if 92 < last.len() + word.len() + 1 {
            lines.push(word.to_owned());
        } else {
            if !last.is_empty() {
                last.push(' ');
            }
            last.push_str(word);
        }
    }
    lines.iter().map(|line| format!("        {line}\n")).collect()
}
