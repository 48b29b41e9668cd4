//! A telecom whose customers leave for three planted reasons, and for no other.

use serde::Serialize;
use stats::math::sigmoid;
use stats::random::Draw;
use std::fmt::Write;

const N_CUSTOMERS: usize = 8000;
const N_LATER: usize = 2000;

/// The files of the demo.
pub(super) struct Made {
    pub(super) customers: String,
    pub(super) later: String,
    pub(super) truth: Truth,
}

/// What the generator planted.
#[derive(Clone, Debug, Serialize)]
pub struct Truth {
    /// The log-odds of leaving: `-2.6 + 1.3 monthly + 1.1 (calls of 4 and more) + 0.9 (tenure up to 12)`.
    pub formula: String,
    /// The groups that leave more or less often than the others.
    pub planted: Vec<Planted>,
    /// Columns that do nothing.
    pub without_effect: Vec<String>,
}

/// One planted group.
#[derive(Clone, Debug, Serialize)]
pub struct Planted {
    /// The column.
    pub column: String,
    /// The group.
    pub group: String,
    /// The mean probability of leaving in the group minus that of all others, over the customers generated.
    pub difference: f64,
}

struct Customer {
    number: usize,
    contract: &'static str,
    tenure: u32,
    charge: f64,
    calls: u32,
    payment: &'static str,
    region: &'static str,
    age: Option<u32>,
    channel: &'static str,
    joined: String,
    probability: f64,
    churned: bool,
}

pub(super) fn make(seed: u64) -> Made {
    let mut draw = Draw::new(seed, 1);
    let customers: Vec<Customer> = (0..N_CUSTOMERS)
        .map(|number| customer(number, 0, &mut draw))
        .collect();
    let mut later_draw = Draw::new(seed, 2);
    let later: Vec<Customer> = (0..N_LATER)
        .map(|number| customer(N_CUSTOMERS + number, 2, &mut later_draw))
        .collect();
    Made {
        truth: truth(&customers),
        customers: csv(&customers),
        later: csv(&later),
    }
}

/// One customer; `more_calls` shifts how often they call support.
fn customer(number: usize, more_calls: u32, draw: &mut Draw) -> Customer {
    let contract = pick(draw, &[("monthly", 0.5), ("one year", 0.3), ("two years", 0.2)]);
    // Some have only just signed and are left out by the project's query.
    let tenure = if draw.uniform() < 0.01 {
        0
    } else {
        1 + draw.below(72) as u32
    };
    let calls = more_calls + geometric(draw, 0.42).min(9);
    let charge = (20.0 + 100.0 * draw.uniform() * draw.uniform() * 2.0).min(150.0);
    let payment = pick(draw, &[("card", 0.45), ("transfer", 0.35), ("invoice", 0.2)]);
    let region = pick(
        draw,
        &[
            ("north", 0.2),
            ("south", 0.2),
            ("east", 0.2),
            ("west", 0.2),
            ("centre", 0.2),
        ],
    );
    let age = (0.03 < draw.uniform()).then(|| 18 + draw.below(70) as u32);
    let channel = pick(
        draw,
        &[("web", 0.4), ("shop", 0.3), ("phone", 0.2), ("friend", 0.1)],
    );
    let joined = format!(
        "{}-{:02}-{:02}",
        2018 + draw.below(6),
        1 + draw.below(12),
        1 + draw.below(28)
    );
    let log_odds = -2.6
        + if contract == "monthly" { 1.3 } else { 0.0 }
        + if 4 <= calls { 1.1 } else { 0.0 }
        + if tenure <= 12 { 0.9 } else { 0.0 };
    let probability = sigmoid(log_odds);
    let churned = draw.uniform() < probability;
    Customer {
        number,
        contract,
        tenure,
        charge,
        calls,
        payment,
        region,
        age,
        channel,
        joined,
        probability,
        churned,
    }
}

fn pick(draw: &mut Draw, choices: &[(&'static str, f64)]) -> &'static str {
    let mut rest = draw.uniform();
    for (choice, share) in choices {
        if rest < *share {
            return choice;
        }
        rest -= share;
    }
    choices[choices.len() - 1].0
}

fn geometric(draw: &mut Draw, stop: f64) -> u32 {
    let mut n = 0;
    while n < 20 && stop < draw.uniform() {
        n += 1;
    }
    n
}

fn truth(customers: &[Customer]) -> Truth {
    // The project learns from those who have been customers for some time.
    let customers: Vec<&Customer> = customers.iter().filter(|customer| 0 < customer.tenure).collect();
    let difference = |belongs: &dyn Fn(&Customer) -> bool| {
        let mean = |inside: bool| {
            let values: Vec<f64> = customers
                .iter()
                .filter(|c| belongs(c) == inside)
                .map(|c| c.probability)
                .collect();
            stats::sum::mean(&values)
        };
        mean(true) - mean(false)
    };
    let planted = |column: &str, group: &str, difference: f64| Planted {
        column: column.to_owned(),
        group: group.to_owned(),
        difference,
    };
    Truth {
        formula: "log-odds = -2.6 + 1.3 [contract = monthly] + 1.1 [support_calls >= 4] + 0.9 [tenure_months <= 12]".to_owned(),
        planted: vec![
            planted("contract", "monthly", difference(&|c| c.contract == "monthly")),
            planted("support_calls", "4 and more", difference(&|c| 4 <= c.calls)),
            planted("tenure_months", "up to 12", difference(&|c| c.tenure <= 12)),
        ],
        without_effect: ["monthly_charge", "payment", "region", "age", "channel", "joined"].map(str::to_owned).to_vec(),
    }
}

fn csv(customers: &[Customer]) -> String {
    let mut text = String::from(
        "customer_id,contract,tenure_months,monthly_charge,support_calls,payment,region,age,channel,joined,churned\n",
    );
    for c in customers {
        let age = c.age.map_or(String::new(), |age| age.to_string());
        let churned = if c.churned { "yes" } else { "no" };
        writeln!(
            text,
            "C{:05},{},{},{:.2},{},{},{},{age},{},{},{churned}",
            c.number, c.contract, c.tenure, c.charge, c.calls, c.payment, c.region, c.channel, c.joined
        )
        .expect("writing to a string cannot fail");
    }
    text
}
