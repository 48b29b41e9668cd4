#![allow(clippy::unwrap_used)]
use super::*;
use crate::{Config, Engine};
use table::arrow::array::{Array, AsArray};
use table::arrow::datatypes::Float64Type;
use table::read::{Format, Options, from_bytes};

/// Tells `a + 10 b` where `c` is there, and decides by its sign.
#[derive(Debug)]
struct Sum {
    decides: bool,
}

impl Sum {
    fn told(rows: &Table) -> Vec<Option<f64>> {
        let number = |name: &str| rows.column(name).unwrap().as_primitive::<Float64Type>().clone();
        let (a, b) = (number("a"), number("b"));
        let c = rows.column("c").unwrap();
        (0..rows.n_rows())
            .map(|row| c.is_valid(row).then(|| a.value(row) + 10.0 * b.value(row)))
            .collect()
    }
}

impl Model for Sum {
    fn inputs(&self) -> Vec<(String, Kind)> {
        let inputs = [("a", Kind::Number), ("b", Kind::Number), ("c", Kind::Text)];
        inputs.map(|(name, kind)| (name.to_owned(), kind)).to_vec()
    }

    fn decides(&self) -> bool {
        self.decides
    }

    fn predict(&self, rows: &Table) -> Result<Float64Array, String> {
        Ok(Sum::told(rows).into_iter().collect())
    }

    fn decide(&self, rows: &Table) -> Result<StringArray, String> {
        let word = |told: f64| if told < 0.0 { "no" } else { "yes" };
        Ok(Sum::told(rows).into_iter().map(|told| told.map(word)).collect())
    }
}

fn engine() -> Engine {
    let mut engine = Engine::new(&Config::default()).unwrap();
    let rows = b"a,b,c,d\n1,2,x,5\n-3,0,y,6\n7,1,,7\n";
    let table = from_bytes(rows, Format::Csv, "t.csv", &Options::default())
        .unwrap()
        .table;
    engine.register("t", &table).unwrap();
    engine.ask_models(Arc::new(|name| match name {
        "sum@champion" => Ok(Arc::new(Sum { decides: true })),
        "sum@number" => Ok(Arc::new(Sum { decides: false })),
        other => Err(format!("no model `{other}`; did you mean `sum@champion`?")),
    }));
    engine
}

fn answers(sql: &str) -> Vec<Option<f64>> {
    let table = engine().query(sql).unwrap().table;
    table
        .batch()
        .column(0)
        .as_primitive::<Float64Type>()
        .iter()
        .collect()
}

fn refusal(sql: &str) -> String {
    engine().query(sql).unwrap_err().to_string()
}

#[test]
fn a_model_is_shown_the_columns_called_as_its_inputs() {
    // whole numbers are numbers for it; the blank text is missing
    assert_eq!(
        answers("SELECT predict('sum@champion') FROM t"),
        [Some(21.0), Some(-3.0), None]
    );
    assert_eq!(
        answers("SELECT PREDICT('sum@champion') AS p FROM t WHERE d > 5"),
        [Some(-3.0), None]
    );
    assert_eq!(
        answers("SELECT sum(predict('sum@champion')) FROM t WHERE predict('sum@champion') > 0"),
        [Some(21.0)]
    );
    let table = engine()
        .query("SELECT predict('sum@champion'), decide('sum@champion') AS what FROM t")
        .unwrap()
        .table;
    assert_eq!(table.names(), ["predict('sum@champion')", "what"]);
    let decided: Vec<_> = table.batch().column(1).as_string::<i32>().iter().collect();
    assert_eq!(decided, [Some("yes"), Some("no"), None]);
}

#[test]
fn columns_may_be_named_in_the_order_of_the_inputs() {
    assert_eq!(
        answers("SELECT predict('sum@champion', d, a + 1, c) FROM t"),
        [Some(25.0), Some(-14.0), None]
    );
    // in a subquery, beside itself, and over a join where names would be ambiguous
    assert_eq!(
        answers(
            "SELECT p FROM (SELECT predict('sum@champion', l.a, r.b, r.c) AS p FROM t l JOIN t r ON l.d = r.d) ORDER BY p NULLS LAST"
        ),
        [Some(-3.0), Some(21.0), None]
    );
    let both = "SELECT predict('sum@champion', a, b, c) - predict('sum@champion', b, a, c) FROM t";
    assert_eq!(answers(both), [Some(9.0), Some(27.0), None]);
}

#[test]
fn refusals_say_what_was_found_and_expected() {
    assert!(refusal("SELECT predict('sum@chmpion') FROM t").contains("did you mean `sum@champion`?"));
    assert!(
        refusal("SELECT predict(a) FROM t").contains("found `a`, expected the name of a model in quotes")
    );
    assert!(refusal("SELECT predict() FROM t").contains("found nothing"));
    assert!(
        refusal("SELECT decide('sum@number') FROM t")
            .contains("decides nothing; hint: predict('sum@number')")
    );
    assert!(
        refusal("SELECT predict('sum@champion') FILTER (WHERE d > 5) FROM t")
            .contains("found OVER or FILTER")
    );
    let few = refusal("SELECT predict('sum@champion', a) FROM t");
    assert!(
        few.contains("found 1 columns, expected the 3 inputs") && few.contains("`a`, `b`, `c`"),
        "{few}"
    );
    let gone = refusal("SELECT predict('sum@champion') FROM (SELECT a, b FROM t)");
    assert!(gone.contains('c'), "{gone}");
    let silent = Engine::new(&Config::default())
        .unwrap()
        .query("SELECT predict('m')")
        .unwrap_err()
        .to_string();
    assert!(
        silent.contains("models cannot be asked in this query"),
        "{silent}"
    );
}
