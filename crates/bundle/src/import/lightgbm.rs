//! LightGBM's text format: lines of `key=value`, a block a tree.

use std::collections::HashMap;
use std::str::FromStr;

use super::ImportError;
use super::assemble::{Question, Source, SourceNode, SourceTree};
use super::lightgbm_objective;
use crate::model::Precision;

/// The bits of `decision_type`.
const CATEGORY: u8 = 1;
const DEFAULT_LEFT: u8 = 2;

/// What the file says.
pub(super) fn read(bytes: &[u8]) -> Result<Source, ImportError> {
    let text = std::str::from_utf8(bytes)
        .map_err(|error| ImportError::malformed("the file", error, "text in UTF-8"))?;
    let mut blocks = Blocks::of(text)?;
    let header = blocks.header;
    let version = header.text("version")?;
    if !["v2", "v3", "v4"].contains(&version) {
        return Err(header.wrong("version", version, "v2, v3 or v4"));
    }
    let n_per_round: usize = header.number("num_tree_per_iteration")?;
    let n_features = header.number::<usize>("max_feature_idx")?.saturating_add(1);
    let feature_names = feature_names(&header, n_features)?;
    let n_trees = blocks.trees.len();
    if n_per_round == 0 || !n_trees.is_multiple_of(n_per_round) {
        let found = format!("{n_per_round} beside {n_trees} trees");
        return Err(header.wrong("num_tree_per_iteration", found, "a divisor of their number"));
    }
    let objective = lightgbm_objective::read(&header, n_per_round)?;
    let n_averaged = match header.maybe("average_output") {
        Some(_) => ((n_trees / n_per_round) as u32).max(1),
        None => 1,
    };
    let trees: Result<Vec<SourceTree>, ImportError> = blocks
        .trees
        .drain(..)
        .enumerate()
        .map(|(position, block)| tree(&block, (position % n_per_round) as u32))
        .collect();
    Ok(Source {
        library: format!("LightGBM {version}"),
        objective,
        feature_names,
        precision: Precision::F64,
        base: vec![0.0; n_per_round],
        n_averaged,
        trees: trees?,
        caveats: Vec::new(),
    })
}

/// The names in the file, or positions.
fn feature_names(header: &Block, n_features: usize) -> Result<Vec<String>, ImportError> {
    let Some(names) = header.maybe("feature_names") else {
        // Without names nothing in the file bounds the number.
        if 1 << 20 < n_features {
            return Err(header.wrong(
                "max_feature_idx",
                n_features - 1,
                "fewer features, or their names",
            ));
        }
        return Ok((0..n_features)
            .map(|feature| format!("Column_{feature}"))
            .collect());
    };
    let names: Vec<String> = names.split_ascii_whitespace().map(str::to_owned).collect();
    if names.len() != n_features {
        let found = format!("{} names", names.len());
        return Err(header.wrong("feature_names", found, format!("{n_features}")));
    }
    Ok(names)
}

fn tree(block: &Block, output: u32) -> Result<SourceTree, ImportError> {
    if block.maybe("is_linear").is_some_and(|linear| linear != "0") {
        return Err(ImportError::unsupported(
            block.place("is_linear"),
            "a linear tree",
            "train with `linear_tree=false`",
        ));
    }
    let n_leaves: usize = block.number("num_leaves")?;
    let n_splits = match n_leaves {
        0 => return Err(block.wrong("num_leaves", 0, "a positive number")),
        n_leaves => n_leaves - 1,
    };
    let values = block.list::<f64>("leaf_value", n_leaves)?;
    let leaf_covers = covers(block, "leaf_count", n_leaves)?;
    let mut nodes = Vec::with_capacity(2 * n_leaves);
    if 0 < n_splits {
        let splits = Splits::of(block, n_splits)?;
        for split in 0..n_splits {
            nodes.push(splits.node(block, split)?);
        }
    }
    nodes.extend(
        values
            .iter()
            .zip(leaf_covers)
            .zip(0..)
            .map(|((&value, cover), number)| SourceNode::Leaf { value, cover, number }),
    );
    Ok(SourceTree { output, nodes })
}

/// Rows counted at nodes; 1 each where the file does not say.
fn covers(block: &Block, key: &str, n: usize) -> Result<Vec<f64>, ImportError> {
    match block.maybe(key) {
        Some(_) => block.list(key, n),
        None => Ok(vec![1.0; n]),
    }
}

/// The lists that describe the splits of a tree.
struct Splits {
    n_splits: usize,
    feature: Vec<u32>,
    threshold: Vec<f64>,
    decision_type: Vec<u8>,
    left: Vec<i64>,
    right: Vec<i64>,
    cover: Vec<f64>,
    gain: Option<Vec<f64>>,
    boundaries: Vec<usize>,
    words: Vec<u32>,
}

impl Splits {
    fn of(block: &Block, n_splits: usize) -> Result<Splits, ImportError> {
        let n_sets: usize = block.number("num_cat")?;
        let (mut boundaries, mut words) = (Vec::new(), Vec::new());
        if 0 < n_sets {
            boundaries = block.list::<usize>("cat_boundaries", n_sets.saturating_add(1))?;
            let n_words = boundaries.last().copied().unwrap_or(0);
            if !boundaries.is_sorted() {
                return Err(block.wrong(
                    "cat_boundaries",
                    "a smaller one behind a larger",
                    "rising numbers",
                ));
            }
            words = block.list("cat_threshold", n_words)?;
        }
        Ok(Splits {
            n_splits,
            feature: block.list("split_feature", n_splits)?,
            threshold: block.list("threshold", n_splits)?,
            decision_type: block.list("decision_type", n_splits)?,
            left: block.list("left_child", n_splits)?,
            right: block.list("right_child", n_splits)?,
            cover: covers(block, "internal_count", n_splits)?,
            gain: match block.maybe("split_gain") {
                Some(_) => Some(block.list("split_gain", n_splits)?),
                None => None,
            },
            boundaries,
            words,
        })
    }

    fn node(&self, block: &Block, split: usize) -> Result<SourceNode, ImportError> {
        let kind = self.decision_type[split];
        let (question, missing_left) = match kind & CATEGORY {
            0 => self.number(block, split)?,
            _ => (self.set(block, split)?, false),
        };
        Ok(SourceNode::Split {
            feature: self.feature[split],
            question,
            missing_left,
            left: self.child(block, "left_child", self.left[split])?,
            right: self.child(block, "right_child", self.right[split])?,
            cover: self.cover[split],
            gain: self.gain.as_ref().map(|gain| gain[split]),
        })
    }

    /// Who goes left by number, and whether missing does: without a missing type, missing is zero.
    fn number(&self, block: &Block, split: usize) -> Result<(Question, bool), ImportError> {
        let (kind, threshold) = (self.decision_type[split], self.threshold[split]);
        let default_left = kind & DEFAULT_LEFT != 0;
        let (zero_missing, missing_left) = match kind >> 2 & 3 {
            0 => (false, 0.0 <= threshold),
            1 => (true, default_left),
            2 => (false, default_left),
            _ => return Err(block.wrong("decision_type", kind, "missing type 0, 1 or 2")),
        };
        let question = Question::AtMost {
            threshold,
            zero_missing,
        };
        Ok((question, missing_left))
    }

    fn set(&self, block: &Block, split: usize) -> Result<Question, ImportError> {
        let position = self.threshold[split];
        let range = self.boundaries.windows(2).nth(position as usize);
        let range = range.filter(|_| 0.0 <= position && position.fract() == 0.0);
        let range = range
            .ok_or_else(|| block.wrong("threshold", position, "the position of a set in `cat_boundaries`"))?;
        let words = self.words[range[0]..range[1]].iter().zip((0u32..).step_by(32));
        let codes = words.flat_map(|(&word, first)| {
            (0..32u32)
                .filter(move |bit| word >> bit & 1 == 1)
                .map(move |bit| first.saturating_add(bit))
        });
        Ok(Question::Codes {
            // LightGBM reads codes as `int`: larger ones are never met.
            codes: codes.filter(|code| *code <= i32::MAX as u32).collect(),
            listed_left: true,
        })
    }

    /// A split's own number, or the complement of a leaf's, which stand behind the splits.
    fn child(&self, block: &Block, key: &str, child: i64) -> Result<usize, ImportError> {
        let position = match usize::try_from(child) {
            Ok(split) if split < self.n_splits => Some(split),
            Ok(_) => None,
            Err(_) => usize::try_from(!child)
                .ok()
                .filter(|leaf| *leaf <= self.n_splits)
                .map(|leaf| self.n_splits + leaf),
        };
        position.ok_or_else(|| block.wrong(key, child, format!("one of {} splits", self.n_splits)))
    }
}

/// The blocks of a file.
struct Blocks<'a> {
    header: Block<'a>,
    trees: Vec<Block<'a>>,
}

/// Lines of `key=value`.
#[derive(Default)]
pub(super) struct Block<'a> {
    line: usize,
    entries: HashMap<&'a str, (usize, &'a str)>,
}

impl<'a> Blocks<'a> {
    fn of(text: &'a str) -> Result<Blocks<'a>, ImportError> {
        let mut blocks = vec![Block::default()];
        let mut is_whole = false;
        for (number, line) in text.lines().enumerate() {
            let line = line.trim_end();
            if line == "end of trees" {
                is_whole = true;
                break;
            }
            if line.starts_with("Tree=") {
                blocks.push(Block {
                    line: number + 1,
                    ..Block::default()
                });
            }
            let (key, value) = line.split_once('=').unwrap_or((line, ""));
            let block = blocks.last_mut().expect("the header is always there");
            if !key.is_empty() && block.entries.insert(key, (number + 1, value)).is_some() {
                let place = format!("line {}", number + 1);
                return Err(ImportError::malformed(
                    place,
                    format!("`{key}` again"),
                    "each key once",
                ));
            }
        }
        if !is_whole {
            return Err(ImportError::malformed(
                "the end of the file",
                "no such line",
                "`end of trees`",
            ));
        }
        let trees = blocks.split_off(1);
        let header = blocks.pop().expect("the header is always there");
        Ok(Blocks { header, trees })
    }
}

impl<'a> Block<'a> {
    pub(super) fn maybe(&self, key: &str) -> Option<&'a str> {
        self.entries.get(key).map(|(_, value)| *value)
    }

    pub(super) fn text(&self, key: &str) -> Result<&'a str, ImportError> {
        let missing = || ImportError::malformed(self.place(key), "no such key", "one");
        self.maybe(key).ok_or_else(missing)
    }

    pub(super) fn place(&self, key: &str) -> String {
        let line = self.entries.get(key).map_or(self.line, |(line, _)| *line);
        format!("line {line}, `{key}`")
    }

    pub(super) fn wrong(&self, key: &str, found: impl ToString, expected: impl ToString) -> ImportError {
        ImportError::malformed(self.place(key), found, expected)
    }

    fn number<T: FromStr>(&self, key: &str) -> Result<T, ImportError> {
        let text = self.text(key)?;
        text.trim()
            .parse()
            .map_err(|_| self.wrong(key, format!("`{text}`"), "a whole number"))
    }

    /// A list of so many numbers.
    fn list<T: FromStr>(&self, key: &str, n: usize) -> Result<Vec<T>, ImportError> {
        let item = |text: &str| {
            text.parse()
                .map_err(|_| self.wrong(key, format!("`{text}`"), "a number of the list's kind"))
        };
        let list: Result<Vec<T>, ImportError> = self.text(key)?.split_ascii_whitespace().map(item).collect();
        let list = list?;
        if list.len() != n {
            return Err(self.wrong(key, format!("{} numbers", list.len()), n));
        }
        Ok(list)
    }
}
