//! A small bundle for tests and examples: fixed trees over columns of every kind, and rows to score.

use bundle::model::{SplitRule, TreeEnsemble, TreeNode, TreeParts};
use bundle::{Baseline, Bundle, Calibration, Card, Draft, Evaluation, Grid, Lineage, Model, Task};
use prepare::contract::{Action, ColumnRule, Contract, Rule};
use prepare::recipe::{Derived, Encoding, Recipe, RecipeBuilder};
use stats::random::Draw;
use table::Table;
use table::read::{Format, Options, from_bytes};

/// What the sample is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Columns {
    /// A whole number, a number and two categories.
    Simple,
    /// The same, a truth, a day and a time.
    EveryKind,
    /// One number.
    One,
}

/// `n` rows with gaps, as text of a CSV file; the same for the same seed.
pub fn csv(columns: Columns, n: usize, seed: u64) -> String {
    let mut draw = Draw::new(seed, 1);
    let mut text = match columns {
        Columns::One => "charges\n",
        Columns::Simple => "tenure,charges,plan,internet\n",
        Columns::EveryKind => "tenure,charges,plan,internet,senior,joined,seen\n",
    }
    .to_owned();
    for _ in 0..n {
        let mut uniform = |n: f64| (draw.uniform() * n) as u64;
        let charges = format!("{}.{:05}", 10 + uniform(100.0), uniform(100_000.0));
        let gap = |cell: String, at: u64| if at == 0 { String::new() } else { cell };
        let cells = match columns {
            Columns::One => vec![charges],
            _ => {
                let mut cells = vec![
                    gap(uniform(72.0).to_string(), uniform(12.0)),
                    gap(charges, uniform(12.0)),
                    gap(
                        ["monthly", "one, year", "two \"years\""][uniform(3.0) as usize].to_owned(),
                        uniform(12.0),
                    ),
                    ["none", "dsl", "fibre", "Ü5"][uniform(4.0) as usize].to_owned(),
                ];
                if columns == Columns::EveryKind {
                    cells.push(gap(
                        ["true", "false"][uniform(2.0) as usize].to_owned(),
                        uniform(9.0),
                    ));
                    cells.push(gap(
                        format!("20{}-0{}-1{}", 10 + uniform(14.0), 1 + uniform(9.0), uniform(9.0)),
                        uniform(9.0),
                    ));
                    cells.push(format!(
                        "2024-03-{}T0{}:30:00.5Z",
                        10 + uniform(19.0),
                        uniform(9.0)
                    ));
                }
                cells
            }
        };
        let quoted = cells.into_iter().map(|cell| match cell.contains([',', '"']) {
            true => format!("\"{}\"", cell.replace('"', "\"\"")),
            false => cell,
        });
        text.push_str(&(quoted.collect::<Vec<_>>().join(",") + "\n"));
    }
    text
}

/// The same rows as the reader of files takes them.
pub fn rows(columns: Columns, n: usize, seed: u64) -> Table {
    from_bytes(
        csv(columns, n, seed).as_bytes(),
        Format::Csv,
        "sample",
        &Options::default(),
    )
    .expect("the sample is a table")
    .table
}

/// A task of two classes.
pub fn binary() -> Task {
    Task::Binary {
        target: "left".into(),
        negative: "no".into(),
        positive: "yes".into(),
    }
}

/// A rule of a contract.
pub fn rule(column: &str, rule: Rule, action: Action) -> ColumnRule {
    ColumnRule {
        column: column.to_owned(),
        rule,
        action,
        declared: true,
    }
}

/// A sound bundle.
pub fn bundle(columns: Columns, task: Task, rules: Vec<ColumnRule>, private: &[&str]) -> Bundle {
    let table = rows(columns, 400, 1);
    let derived = match columns {
        Columns::One => Vec::new(),
        _ => vec![Derived::parse("billed", "charges * tenure").expect("an expression")],
    };
    let recipe = RecipeBuilder {
        derived,
        ..RecipeBuilder::default()
    }
    .fit(&table, None)
    .expect("the sample has features")
    .recipe;
    let model = Model::Trees(trees(&recipe, task.n_outputs()));
    let calibration = match task {
        Task::Binary { .. } => Calibration::Platt {
            slope: 1.3,
            intercept: -0.2,
        },
        _ => Calibration::None,
    };
    Bundle::build(Draft {
        name: "sample".into(),
        link: task.link(),
        task,
        private: private.iter().map(|name| (*name).to_owned()).collect(),
        recipe,
        contract: Contract {
            columns: rules,
            table: Vec::new(),
        },
        model,
        calibration,
        intervals: None,
        decision: None,
        evaluation: Evaluation::default(),
        baseline: Baseline::of(&table, &[]).expect("the sample has a baseline"),
        lineage: Lineage::default(),
        card: Card::default(),
    })
    .expect("the parts fit")
}

/// Thirty trees of depth three whose questions and answers are drawn once and for all.
fn trees(recipe: &Recipe, n_outputs: usize) -> TreeEnsemble {
    let mut draw = Draw::new(7, 1);
    let levels: Vec<u32> = recipe
        .features
        .iter()
        .map(|feature| match &feature.encoding {
            Encoding::Category { levels } => levels.len() as u32 + 1,
            _ => 0,
        })
        .collect();
    let grid = Grid::for_magnitude(64.0);
    let mut parts = TreeParts::new(grid.exponent(), levels.clone(), vec![grid.round(0.1); n_outputs]);
    for tree in 0..30 * n_outputs {
        let nodes: Vec<TreeNode> = (0..15)
            .map(|position| {
                let cover = f64::from(16u32 >> (usize::BITS - (position + 1usize).leading_zeros()));
                if 7 <= position {
                    return TreeNode::Leaf {
                        value: grid.round(draw.uniform() - 0.5),
                        cover: cover.max(1.0),
                    };
                }
                let feature = (draw.uniform() * levels.len() as f64) as usize % levels.len();
                let rule = match levels[feature] {
                    0 => SplitRule::AtMost(draw.uniform() * 100.0),
                    n => SplitRule::AnyOf(
                        (0..n)
                            .filter(|level| level % 2 == (position % 2) as u32)
                            .collect(),
                    ),
                };
                let missing_left = draw.uniform() < 0.5;
                TreeNode::Split {
                    feature: feature as u32,
                    rule,
                    missing_left,
                    left: 2 * position + 1,
                    right: 2 * position + 2,
                    cover: cover.max(1.0),
                }
            })
            .collect();
        parts
            .push_tree((tree % n_outputs) as u32, &nodes)
            .expect("the nodes make a tree");
    }
    TreeEnsemble::from_parts(parts).expect("the trees are sound")
}
