//! What a service does all day, done for some seconds in one process: `cargo xtask release` watches it, so that the compiler
//! knows which ways are gone often.
//!
//! `bench-exercise [SECONDS]`; ends with an error if any answer is none.

use bundle::model::{SplitRule, TreeEnsemble, TreeNode, TreeParts};
use bundle::{Baseline, Bundle, Calibration, Card, Draft, Evaluation, Lineage, Link, Task};
use prepare::contract::Contract;
use prepare::recipe::RecipeBuilder;
use serve::{Config, LogMode, Model};
use stats::random::Draw;
use std::error::Error;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::{Duration, Instant};
use table::read::{Format, Options, from_bytes};

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

const N_FEATURES: usize = 28;
const N_TREES: usize = 500;
const N_LEAVES: usize = 31;
const N_CLIENTS: u64 = 16;
/// Of so many different rows.
const N_ROWS: usize = 256;

fn main() -> Outcome<()> {
    let seconds = std::env::args().nth(1).map_or(Ok(10), |word| word.parse())?;
    let folder = std::env::temp_dir().join(format!("spanwise-exercise-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let n_answers = exercised(&folder, Duration::from_secs(seconds));
    std::fs::remove_dir_all(&folder)?;
    println!("{} answers", n_answers?);
    Ok(())
}

fn exercised(folder: &std::path::Path, lasts: Duration) -> Outcome<u64> {
    let path = folder.join("m.bundle");
    forest()?.save(&path)?;
    let model = Model {
        name: "m".to_owned(),
        version: "1".to_owned(),
        path,
        ..Model::default()
    };
    let mut config = Config::new("127.0.0.1:0".parse()?, vec![model]);
    config.log = Some((folder.join("log"), LogMode::Sampled));
    let server = serve::start(config, Arc::new(|| 1_700_000_000_000_000))?;
    let (address, until) = (server.address(), Instant::now() + lasts);
    let n_answers = std::thread::scope(|scope| {
        let clients: Vec<_> = (0..N_CLIENTS)
            .map(|seed| scope.spawn(move || client(address, seed, until)))
            .collect();
        let answered = clients
            .into_iter()
            .map(|client| client.join().map_err(|_| "a client fell")?);
        answered.sum::<Outcome<u64>>()
    })?;
    server.stop()?;
    Ok(n_answers)
}

/// Trees as large as those that are measured, over numbers.
fn forest() -> Outcome<Bundle> {
    let mut draw = Draw::new(1, 1);
    let names: Vec<String> = (0..N_FEATURES).map(name).collect();
    let lines = rows(&mut draw).into_iter().map(|row| row.join(","));
    let text = names.join(",") + "\n" + &lines.collect::<Vec<_>>().join("\n") + "\n";
    let table = from_bytes(text.as_bytes(), Format::Csv, "rows", &Options::default())?.table;
    let mut parts = TreeParts::new(20, vec![0; N_FEATURES], vec![0]);
    for _ in 0..N_TREES {
        parts.push_tree(0, &tree(&mut draw))?;
    }
    Ok(Bundle::build(Draft {
        name: "m".to_owned(),
        task: Task::Binary {
            target: "y".to_owned(),
            negative: "no".to_owned(),
            positive: "yes".to_owned(),
        },
        private: Vec::new(),
        recipe: RecipeBuilder::default().fit(&table, None)?.recipe,
        contract: Contract::default(),
        model: bundle::Model::Trees(TreeEnsemble::from_parts(parts)?),
        link: Link::Sigmoid { slope: 1.0 },
        calibration: Calibration::None,
        intervals: None,
        decision: None,
        evaluation: Evaluation::default(),
        baseline: Baseline::of(&table, &[])?,
        lineage: Lineage::default(),
        card: Card::default(),
    })?)
}

/// A tree as level as its leaves allow: the children of the node at `n` stand at `2n + 1` and `2n + 2`.
fn tree(draw: &mut Draw) -> Vec<TreeNode> {
    let node = |number: usize| match number < N_LEAVES - 1 {
        true => TreeNode::Split {
            feature: (draw.uniform() * N_FEATURES as f64) as u32,
            rule: SplitRule::AtMost(4.0 * draw.uniform() - 2.0),
            missing_left: draw.uniform() < 0.5,
            left: 2 * number + 1,
            right: 2 * number + 2,
            cover: 1.0,
        },
        false => TreeNode::Leaf {
            value: (2000.0 * (draw.uniform() - 0.5)) as i64,
            cover: 1.0,
        },
    };
    (0..2 * N_LEAVES - 1).map(node).collect()
}

fn name(feature: usize) -> String {
    format!("x{feature}")
}

/// Rows of numbers as text.
fn rows(draw: &mut Draw) -> Vec<Vec<String>> {
    let mut cell = || format!("{:.6}", 4.0 * draw.uniform() - 2.0);
    (0..N_ROWS)
        .map(|_| (0..N_FEATURES).map(|_| cell()).collect())
        .collect()
}

/// Asks until the time is up; how often it was answered.
fn client(address: SocketAddr, seed: u64, until: Instant) -> Outcome<u64> {
    let mut draw = Draw::new(2, seed);
    let rows = rows(&mut draw);
    let mut stream = BufReader::new(TcpStream::connect(address)?);
    stream.get_ref().set_nodelay(true)?;
    let mut n_answers = 0;
    while Instant::now() < until {
        let row = &rows[n_answers as usize % N_ROWS];
        let (path, body) = question(draw.uniform(), row, &rows);
        ask(&mut stream, path, &body)?;
        n_answers += 1;
    }
    Ok(n_answers)
}

/// Most ask for one row as a list; others name the columns, speak another protocol, or bring more.
fn question(drawn: f64, row: &[String], rows: &[Vec<String>]) -> (&'static str, String) {
    let listed = |row: &[String]| format!("[{}]", row.join(","));
    let quoted = |number: usize| format!("\"{}\"", name(number));
    let each = |form: &dyn Fn(usize, &String) -> String| {
        let all: Vec<String> = row.iter().enumerate().map(|(at, cell)| form(at, cell)).collect();
        all.join(",")
    };
    match drawn {
        ..0.6 => ("/invocations", format!("{{\"inputs\":[{}]}}", listed(row))),
        ..0.75 => {
            let tensor = |at, cell: &String| {
                let name = quoted(at);
                format!("{{\"name\":{name},\"shape\":[1],\"datatype\":\"FP64\",\"data\":[{cell}]}}")
            };
            (
                "/v2/models/m/infer",
                format!("{{\"inputs\":[{}]}}", each(&tensor)),
            )
        }
        ..0.85 => {
            let field = |at, cell: &String| format!("{}:{cell}", quoted(at));
            (
                "/v1/models/m:predict",
                format!("{{\"instances\":[{{{}}}]}}", each(&field)),
            )
        }
        ..0.95 => {
            let columns = each(&|at, _| quoted(at));
            let body = format!(
                "{{\"dataframe_split\":{{\"columns\":[{columns}],\"data\":[{}]}}}}",
                listed(row)
            );
            ("/invocations", body)
        }
        _ => {
            let many: Vec<String> = rows.iter().take(100).map(|row| listed(row)).collect();
            ("/invocations", format!("{{\"inputs\":[{}]}}", many.join(",")))
        }
    }
}

/// Asks once, and reads the answer to its end.
fn ask(stream: &mut BufReader<TcpStream>, path: &str, body: &str) -> Outcome<()> {
    let n_bytes = body.len();
    let request = format!(
        "POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {n_bytes}\r\n\r\n{body}"
    );
    stream.get_mut().write_all(request.as_bytes())?;
    let (mut head, mut n_bytes) = (String::new(), 0);
    stream.read_line(&mut head)?;
    let is_answer = head.starts_with("HTTP/1.1 200 ");
    loop {
        let mut line = String::new();
        stream.read_line(&mut line)?;
        match line.trim_end().split_once(':') {
            Some((name, value)) if name.eq_ignore_ascii_case("content-length") => {
                n_bytes = value.trim().parse()?
            }
            Some(_) => {}
            None => break,
        }
    }
    let mut answer = vec![0; n_bytes];
    stream.read_exact(&mut answer)?;
    match is_answer {
        true => Ok(()),
        false => Err(format!("{path}: {head} {}", String::from_utf8_lossy(&answer)).into()),
    }
}
