//! From what a reader found to a bundle.

use std::collections::{BTreeSet, HashSet};

use prepare::contract::Contract;
use prepare::recipe::{Encoding, Feature, Input, Recipe};

use super::{ImportError, ImportOptions, Imported, Origin};
use crate::model::{FloatParts, Precision, SplitRule, TreeEnsemble, TreeNode, TreeParts};
use crate::{
    Baseline, Bundle, Calibration, Card, Decision, DecisionRule, Draft, Evaluation, Lineage, Link, Model,
    Task,
};

/// The most words of category sets, 256 MiB: the sets of all splits, each over all codes of its feature.
const MAX_WORDS: usize = 1 << 26;

/// What readers find.
#[derive(Debug)]
pub(super) struct Source {
    /// The library and its version.
    pub(super) library: String,
    pub(super) objective: Objective,
    pub(super) feature_names: Vec<String>,
    pub(super) precision: Precision,
    pub(super) base: Vec<f64>,
    pub(super) n_averaged: u32,
    pub(super) trees: Vec<SourceTree>,
    pub(super) caveats: Vec<String>,
}

/// What the margins mean.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Objective {
    /// As the library calls it.
    pub(super) name: String,
    pub(super) answer: Answer,
    pub(super) link: Link,
}

/// The kind of answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    Binary,
    Classes(usize),
    Number,
}

/// A tree whose root is node 0.
#[derive(Debug)]
pub(super) struct SourceTree {
    pub(super) output: u32,
    pub(super) nodes: Vec<SourceNode>,
}

/// A node; children are positions in the tree.
#[derive(Clone, Debug)]
pub(super) enum SourceNode {
    Leaf {
        value: f64,
        cover: f64,
        /// What the library calls it.
        number: u32,
    },
    Split {
        feature: u32,
        question: Question,
        missing_left: bool,
        left: usize,
        right: usize,
        cover: f64,
        /// What it gained in training, if the file says.
        gain: Option<f64>,
    },
}

/// What a split asks.
#[derive(Clone, Debug)]
pub(super) enum Question {
    AtMost {
        threshold: f64,
        zero_missing: bool,
    },
    /// The rows with one of these codes go left, or right.
    Codes {
        codes: Vec<u32>,
        listed_left: bool,
    },
}

/// The bundle that answers as the source does.
pub(super) fn bundle(source: Source, options: &ImportOptions) -> Result<Imported, ImportError> {
    let task = task(&source, options)?;
    let codes = codes(&source)?;
    let recipe = recipe(&source.feature_names)?;
    let card = card(&source, &codes);
    let decision = matches!(task, Task::Binary { .. }).then(|| Decision {
        threshold: 0.5,
        rule: DecisionRule::Half,
    });
    let lineage = Lineage {
        producer: format!("spanwise {}", env!("CARGO_PKG_VERSION")),
        trainer: source.library.clone(),
        parameters: vec![("objective".to_owned(), source.objective.name.clone())],
        ..Lineage::default()
    };
    let link = source.objective.link;
    let (origin, trees) = ensemble(source, &codes)?;
    let model = Model::Trees(trees);
    let bundle = Bundle::build(Draft {
        name: options.name.clone(),
        task,
        private: Vec::new(),
        recipe,
        contract: Contract::default(),
        model,
        link,
        calibration: Calibration::None,
        intervals: None,
        decision,
        evaluation: Evaluation::default(),
        baseline: Baseline::default(),
        lineage,
        card,
    })?;
    Ok(Imported { bundle, origin })
}

fn task(source: &Source, options: &ImportOptions) -> Result<Task, ImportError> {
    let target = options.target.clone();
    let n_classes = match source.objective.answer {
        Answer::Number => return Ok(Task::Regression { target }),
        Answer::Binary => 2,
        Answer::Classes(n_classes) => n_classes,
    };
    let classes = match &options.classes {
        Some(classes) => classes.clone(),
        None => (0..n_classes).map(|class| class.to_string()).collect(),
    };
    if classes.len() != n_classes || classes.iter().collect::<HashSet<_>>().len() != n_classes {
        return Err(ImportError::malformed(
            "the classes named",
            format!("`{}`", classes.join("`, `")),
            format!("{n_classes} different names"),
        ));
    }
    Ok(match (source.objective.answer, &classes[..]) {
        (Answer::Binary, [negative, positive]) => Task::Binary {
            target,
            negative: negative.clone(),
            positive: positive.clone(),
        },
        _ => Task::Classes { target, classes },
    })
}

fn recipe(names: &[String]) -> Result<Recipe, ImportError> {
    let mut seen = HashSet::new();
    if let Some(twice) = names.iter().find(|name| !seen.insert(name.as_str())) {
        return Err(ImportError::malformed(
            "the feature names",
            format!("`{twice}` twice"),
            "each name once",
        ));
    }
    let input = |name: &String| Input {
        name: name.clone(),
        kind: "number".to_owned(),
    };
    let feature = |name: &String| Feature {
        name: name.clone(),
        column: name.clone(),
        encoding: Encoding::Number,
    };
    Ok(Recipe {
        inputs: names.iter().map(input).collect(),
        derived: Vec::new(),
        features: names.iter().map(feature).collect(),
    })
}

/// Per feature the codes that any split names, rising; nothing for a number.
fn codes(source: &Source) -> Result<Vec<Option<Vec<u32>>>, ImportError> {
    let n_features = source.feature_names.len();
    let mut named: Vec<Option<BTreeSet<u32>>> = vec![None; n_features];
    let mut is_number = vec![false; n_features];
    let mut n_sets = vec![0; n_features];
    for (position, tree) in source.trees.iter().enumerate() {
        for node in &tree.nodes {
            let SourceNode::Split {
                feature, question, ..
            } = node
            else {
                continue;
            };
            let feature = *feature as usize;
            if n_features <= feature {
                return Err(ImportError::malformed(
                    format!("tree {position}"),
                    format!("feature {feature}"),
                    format!("one of {n_features}"),
                ));
            }
            match question {
                Question::AtMost { .. } => is_number[feature] = true,
                Question::Codes { codes, .. } => {
                    n_sets[feature] += 1;
                    named[feature].get_or_insert_default().extend(codes);
                }
            }
        }
    }
    if let Some(both) = (0..n_features).find(|&feature| is_number[feature] && named[feature].is_some()) {
        return Err(ImportError::unsupported(
            format!("feature `{}`", source.feature_names[both]),
            "a feature that is a number at some splits and a category at others",
            "train the model with one kind",
        ));
    }
    let words = named.iter().zip(&n_sets).map(|(named, sets)| {
        named
            .as_ref()
            .map_or(0, |named| (named.len() + 1).div_ceil(32) * sets)
    });
    let n_words: usize = words.sum();
    if MAX_WORDS < n_words {
        return Err(ImportError::unsupported(
            "the category sets",
            format!("{n_words} words of 32 codes"),
            "use fewer categories or fewer splits on them, at most 67108864 words",
        ));
    }
    Ok(named
        .into_iter()
        .map(|named| named.map(|named| named.into_iter().collect()))
        .collect())
}

/// The model, and what its library calls things.
fn ensemble(mut source: Source, codes: &[Option<Vec<u32>>]) -> Result<(Origin, TreeEnsemble), ImportError> {
    let levels = codes
        .iter()
        .map(|codes| codes.as_ref().map_or(0, |codes| codes.len() as u32 + 1));
    let floats = FloatParts {
        precision: source.precision,
        base: std::mem::take(&mut source.base),
        value: Vec::new(),
        n_averaged: source.n_averaged,
        codes: codes.iter().flatten().flatten().copied().collect(),
    };
    let mut parts = TreeParts::of_floats(levels.collect(), floats);
    for (position, tree) in source.trees.iter().enumerate() {
        let nodes: Vec<TreeNode<f64>> = tree.nodes.iter().map(|node| model_node(node, codes)).collect();
        parts
            .push_tree(tree.output, &nodes)
            .map_err(|source| ImportError::Tree {
                tree: position,
                source,
            })?;
    }
    Ok((Origin::of(&source), TreeEnsemble::from_parts(parts)?))
}

fn model_node(node: &SourceNode, codes: &[Option<Vec<u32>>]) -> TreeNode<f64> {
    match node {
        SourceNode::Leaf { value, cover, .. } => TreeNode::Leaf {
            value: *value,
            cover: *cover,
        },
        SourceNode::Split {
            feature,
            question,
            missing_left,
            left,
            right,
            cover,
            ..
        } => TreeNode::Split {
            feature: *feature,
            rule: match question {
                Question::AtMost {
                    threshold,
                    zero_missing: false,
                } => SplitRule::AtMost(*threshold),
                Question::AtMost { threshold, .. } => SplitRule::NonZeroAtMost(*threshold),
                Question::Codes {
                    codes: listed,
                    listed_left,
                } => SplitRule::AnyOf(left_levels(
                    codes[*feature as usize].as_deref().unwrap_or(&[]),
                    listed,
                    *listed_left,
                )),
            },
            missing_left: *missing_left,
            left: *left,
            right: *right,
            cover: *cover,
        },
    }
}

/// The levels that go left: those listed, or all others with "other" behind them.
fn left_levels(known: &[u32], listed: &[u32], listed_left: bool) -> Vec<u32> {
    let level_of = |code: &u32| known.binary_search(code).ok().map(|level| level as u32);
    let listed: BTreeSet<u32> = listed.iter().filter_map(level_of).collect();
    if listed_left {
        return listed.into_iter().collect();
    }
    (0..=known.len() as u32)
        .filter(|level| !listed.contains(level))
        .collect()
}

fn card(source: &Source, codes: &[Option<Vec<u32>>]) -> Card {
    let purpose = format!(
        "Answers as the {} model with the objective `{}` that it was imported from.",
        source.library, source.objective.name
    );
    let mut caveats = source.caveats.clone();
    let categories: Vec<&str> = source
        .feature_names
        .iter()
        .zip(codes)
        .filter(|(_, codes)| codes.is_some())
        .map(|(name, _)| name.as_str())
        .collect();
    if !categories.is_empty() {
        caveats.push(format!(
            "{} must be given as the whole-number codes of the training data.",
            table::quoted_list(categories.iter().copied(), 12)
        ));
    }
    caveats.push(
        "The file says nothing of the training rows: there is no contract, no baseline and no evaluation."
            .to_owned(),
    );
    Card {
        purpose,
        caveats,
        left_out: Vec::new(),
    }
}
