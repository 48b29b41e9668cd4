//! XGBoost's JSON and UBJSON models.

use super::ImportError;
use super::assemble::{Question, Source, SourceNode, SourceTree};
use super::value::{Place, Value};
use super::xgboost_objective;
use crate::model::Precision;

/// XGBoost takes no category from here on for one.
const MAX_CODE: f64 = 16_777_216.0;

/// What the file says.
pub(super) fn read(value: &Value) -> Result<Source, ImportError> {
    let root = Place::root(value);
    let learner = root.key("learner")?;
    let parameters = learner.key("learner_model_param")?;
    if let Some(targets) = parameters
        .maybe("num_target")
        .filter(|n| n.count().is_ok_and(|n| 1 < n))
    {
        return Err(ImportError::unsupported(
            targets.path(),
            format!("a model of {} targets", targets.text()?),
            "train a model for each target",
        ));
    }
    let n_outputs = parameters.key("num_class")?.count()?.max(1);
    let (model, weights) = booster(&learner)?;
    let objective = xgboost_objective::read(&learner, n_outputs)?;
    let base = xgboost_objective::base(&parameters, &objective.name, n_outputs)?;
    let outputs = model.key("tree_info")?;
    let trees = model.key("trees")?.list()?;
    let outputs = outputs.n_numbers(trees.len())?;
    let trees: Result<Vec<SourceTree>, ImportError> = trees
        .iter()
        .zip(outputs)
        .enumerate()
        .map(|(position, (place, &output))| {
            let weight = weights.map_or(1.0, |weights| weights[position]);
            tree(place, output as u32, weight as f32)
        })
        .collect();
    let n_features = parameters.key("num_feature")?.count()?;
    Ok(Source {
        library: library(&root),
        objective,
        feature_names: feature_names(&learner, n_features)?,
        precision: Precision::F32,
        base,
        n_averaged: 1,
        trees: trees?,
        caveats: caveats(&learner, &model),
    })
}

fn library(root: &Place) -> String {
    let version = root.maybe("version").and_then(|version| version.numbers().ok());
    let version: Vec<String> = version
        .unwrap_or(&[])
        .iter()
        .take(3)
        .map(f64::to_string)
        .collect();
    format!("XGBoost {}", version.join("."))
}

/// The trees' part of the file and, of a dart, what multiplies each tree.
fn booster<'a>(learner: &Place<'a>) -> Result<(Place<'a>, Option<&'a [f64]>), ImportError> {
    let booster = learner.key("gradient_booster")?;
    let name = booster.key("name")?;
    match name.text()? {
        "gbtree" => Ok((booster.key("model")?, None)),
        "dart" => {
            let model = booster.key("gbtree")?.key("model")?;
            let n_trees = model.key("trees")?.list()?.len();
            let weights = booster.key("weight_drop")?.n_numbers(n_trees)?;
            Ok((model, Some(weights)))
        }
        other => Err(ImportError::unsupported(
            name.path(),
            format!("the booster `{other}`"),
            "only trees (`gbtree` and `dart`) can be",
        )),
    }
}

/// The names in the file, or positions.
fn feature_names(learner: &Place, n_features: usize) -> Result<Vec<String>, ImportError> {
    let names = match learner.maybe("feature_names") {
        Some(names) => names.list()?,
        None => Vec::new(),
    };
    if names.is_empty() {
        // Without names nothing in the file bounds the number.
        if 1 << 20 < n_features {
            return Err(ImportError::malformed(
                "learner.learner_model_param.num_feature",
                n_features,
                "at most 1048576 without names",
            ));
        }
        return Ok((0..n_features)
            .map(|feature| format!("Column_{feature}"))
            .collect());
    }
    if names.len() != n_features {
        let found = format!("{} names", names.len());
        return Err(ImportError::malformed("learner.feature_names", found, n_features));
    }
    names.iter().map(|name| Ok(name.text()?.to_owned())).collect()
}

fn caveats(learner: &Place, model: &Place) -> Vec<String> {
    let mut caveats = Vec::new();
    let best = learner
        .maybe("attributes")
        .and_then(|attributes| attributes.maybe("best_iteration"));
    if let Some(Ok(best)) = best.map(|best| best.text()) {
        caveats.push(format!(
            "Training stopped early with {best} as the best round (from 0); all trees of the file are used."
        ));
    }
    let encodings = model.maybe("cats").and_then(|cats| cats.maybe("enc"));
    if encodings.is_some_and(|encodings| encodings.list().is_ok_and(|list| !list.is_empty())) {
        caveats.push("Categories are the codes of the data frame that the model was trained on.".to_owned());
    }
    caveats
}

fn tree(place: &Place, output: u32, weight: f32) -> Result<SourceTree, ImportError> {
    let parameters = place.key("tree_param")?;
    if let Some(size) = parameters
        .maybe("size_leaf_vector")
        .filter(|size| size.count().is_ok_and(|size| 1 < size))
    {
        return Err(ImportError::unsupported(
            size.path(),
            "a tree with vectors at its leaves",
            "train with `multi_strategy=\"one_output_per_tree\"`",
        ));
    }
    let lists = Lists::of(place, weight)?;
    let nodes: Result<Vec<SourceNode>, ImportError> =
        (0..lists.n_nodes).map(|node| lists.node(node)).collect();
    Ok(SourceTree {
        output,
        nodes: nodes?,
    })
}

/// The lists of a tree, an entry a node.
struct Lists<'a> {
    place: &'a Place<'a>,
    n_nodes: usize,
    left: &'a [f64],
    right: &'a [f64],
    feature: &'a [f64],
    condition: &'a [f64],
    default_left: &'a [f64],
    cover: &'a [f64],
    gain: Option<&'a [f64]>,
    /// Per node: the codes of its category, which go right.
    codes: Vec<Option<Vec<u32>>>,
    weight: f32,
}

impl<'a> Lists<'a> {
    fn of(place: &'a Place<'a>, weight: f32) -> Result<Lists<'a>, ImportError> {
        let left = place.key("left_children")?.numbers()?;
        let n_nodes = left.len();
        let list = |key: &str| place.key(key)?.n_numbers(n_nodes);
        Ok(Lists {
            place,
            n_nodes,
            left,
            right: list("right_children")?,
            feature: list("split_indices")?,
            condition: list("split_conditions")?,
            default_left: list("default_left")?,
            cover: list("sum_hessian")?,
            gain: match place.maybe("loss_changes") {
                Some(gain) => Some(gain.n_numbers(n_nodes)?),
                None => None,
            },
            codes: codes(place, n_nodes)?,
            weight,
        })
    }

    fn node(&self, node: usize) -> Result<SourceNode, ImportError> {
        let condition = self.condition[node] as f32;
        let cover = self.cover[node];
        if self.left[node] == -1.0 {
            return Ok(SourceNode::Leaf {
                value: f64::from(condition * self.weight),
                cover,
                number: node as u32,
            });
        }
        Ok(SourceNode::Split {
            feature: self.feature[node] as u32,
            question: match &self.codes[node] {
                Some(codes) => Question::Codes {
                    codes: codes.clone(),
                    listed_left: false,
                },
                // Less than a number is at most the one before it.
                None => Question::AtMost {
                    threshold: f64::from(condition.next_down()),
                    zero_missing: false,
                },
            },
            missing_left: self.default_left[node] != 0.0,
            left: self.child("left_children", self.left[node])?,
            right: self.child("right_children", self.right[node])?,
            cover,
            gain: self.gain.map(|gain| gain[node]),
        })
    }

    fn child(&self, key: &str, child: f64) -> Result<usize, ImportError> {
        if child.fract() == 0.0 && (0.0..self.n_nodes as f64).contains(&child) {
            return Ok(child as usize);
        }
        Err(ImportError::malformed(
            format!("{}.{key}", self.place.path()),
            child,
            format!("-1 or one of {} nodes", self.n_nodes),
        ))
    }
}

/// Per node: the codes that go right, if it asks for a category. Files of old versions know none.
fn codes(place: &Place, n_nodes: usize) -> Result<Vec<Option<Vec<u32>>>, ImportError> {
    let mut codes = vec![None; n_nodes];
    let Some(kinds) = place.maybe("split_type") else {
        return Ok(codes);
    };
    let kinds = kinds.n_numbers(n_nodes)?;
    if kinds.iter().all(|kind| *kind == 0.0) {
        return Ok(codes);
    }
    let listed = place.key("categories")?.numbers()?;
    let nodes = place.key("categories_nodes")?;
    let n = nodes.numbers()?.len();
    let starts = place.key("categories_segments")?.n_numbers(n)?;
    let sizes = place.key("categories_sizes")?.n_numbers(n)?;
    for ((&node, &start), &size) in nodes.numbers()?.iter().zip(starts).zip(sizes) {
        let range = start as usize..(start as usize).saturating_add(size as usize);
        let (Some(slot), Some(list)) = (codes.get_mut(node as usize), listed.get(range)) else {
            return Err(nodes.wrong("nodes of the tree, with segments of `categories`"));
        };
        if slot.is_some() {
            return Err(nodes.wrong("each node once"));
        }
        let valid = list.iter().filter(|code| (0.0..MAX_CODE).contains(*code));
        *slot = Some(valid.map(|code| *code as u32).collect());
    }
    for (node, kind) in kinds.iter().enumerate() {
        match (*kind != 0.0, codes[node].is_some()) {
            (true, false) => return Err(nodes.wrong(format!("codes of node {node}"))),
            (false, true) => codes[node] = None,
            _ => {}
        }
    }
    Ok(codes)
}
