//! A whole plan that `explore` proposes, and what a run makes of it.

use crate::support::{run, write};
use std::fmt::Write;
use std::path::Path;

/// Rows with a key, people, a leak, a constant, a copy, a number for missing, days that the target moves with.
fn orders(folder: &Path) {
    let mut text =
        "order_id,email,phone,first_name,day,amount,amount_copy,depth,one,refund,region,returned\n"
            .to_owned();
    for row in 0..900_u32 {
        let mixed = row.wrapping_mul(2_654_435_761) >> 8;
        let share = |n: u32, most: u32| (mixed / n) % most;
        let month = 1 + row / 80;
        let returned = share(1, 100) < 10 + month * 6;
        let refund = if returned {
            (5 + share(7, 90)).to_string()
        } else {
            String::new()
        };
        let amount = 20 + share(3, 400);
        let depth = if share(11, 40) == 0 {
            -999_i64
        } else {
            i64::from(30 + share(13, 60))
        };
        let region = ["north", "south", "west"][share(5, 3) as usize];
        let name = ["Ann", "Bob", "Cleo", "Dan", "Eve", "Finn"][share(17, 6) as usize];
        writeln!(
            text,
            "O-{row:05},p{row}@example.org,+4930{mixed:07},{name}{row},2024-{month:02}-{:02},{amount}.5,{amount}.5,{depth},x,{refund},{region},{}",
            1 + row % 28,
            if returned { "yes" } else { "no" }
        )
        .unwrap();
    }
    write(folder, "orders.csv", &text);
}

#[test]
fn a_proposed_plan_runs_as_it_stands_and_is_written_once() {
    let folder = tempfile::tempdir().unwrap();
    orders(folder.path());
    let propose = ["explore", "orders.csv", "--target", "returned", "--plan"];
    let printed = run(folder.path(), &propose);
    assert_eq!(printed.code, 0, "{}", printed.stderr);
    let plan = &printed.stdout;
    for line in [
        "[data.orders]\nsource = \"orders.csv\"\nkey = \"order_id\"",
        "\"email\",  # looks like mail addresses",
        "\"phone\",  # looks like phone numbers",
        "\"first_name\",  # looks like names of people",
        "\"-999\",  # far from all other values of `depth`",
        "[expect.orders]\n",
        "[model.orders]\ndata = \"orders\"\ntarget = \"returned\"",
        "time = \"day\"",
        "\"one\",  # `one` is the same in every row",
        "\"amount_copy\",  # `amount_copy` has the same cells as `amount`",
        "\"refund\",  # ",
    ] {
        assert!(plan.contains(line), "{line:?} in\n{plan}");
    }
    assert!(!plan.contains("Ann") && !plan.contains("@example"), "{plan}");
    write(folder.path(), "spanwise.toml", "[project]\nname = \"returns\"\n");
    let mut written = propose.to_vec();
    written.push("--write");
    assert_eq!(run(folder.path(), &written).code, 0);
    let text = std::fs::read_to_string(folder.path().join("spanwise.toml")).unwrap();
    assert!(
        text.starts_with("[project]\nname = \"returns\"\n\n[data.orders]"),
        "{text}"
    );
    let ran = run(folder.path(), &["--json", "run"]);
    assert_eq!(ran.code, 0, "{}\n{text}", ran.stderr);
    assert!(!ran.stderr.contains("break"), "{}", ran.stderr);
    let again = run(folder.path(), &written);
    assert_ne!(again.code, 0);
    assert!(
        again
            .stderr
            .contains("[data.orders], [expect.orders], [model.orders] already"),
        "{}",
        again.stderr
    );
    assert_eq!(
        std::fs::read_to_string(folder.path().join("spanwise.toml")).unwrap(),
        text
    );
}

#[test]
fn columns_of_one_name_need_to_be_renamed() {
    let folder = tempfile::tempdir().unwrap();
    let rows: String = (0..60)
        .map(|row| format!("{row},{},{}\n", row * 3 % 17, row % 5))
        .collect();
    write(folder.path(), "twice.csv", &format!("a,a,b\n{rows}"));
    let rules = run(folder.path(), &["explore", "twice.csv", "--expect"]).stdout;
    assert!(
        rules.starts_with("# `a_2`: ") && rules.contains("needs `renames = true`"),
        "{rules}"
    );
    let plan = run(folder.path(), &["explore", "twice.csv", "--plan", "--write"]);
    assert_eq!(plan.code, 0, "{}", plan.stderr);
    let ran = run(folder.path(), &["run"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
}

#[test]
fn a_target_that_cannot_be_learnt_is_said_so() {
    let folder = tempfile::tempdir().unwrap();
    let rows: String = (0..90)
        .map(|row| format!("{},{}\n", row * 7 % 31, ["x", "y"][usize::from(row == 3)]))
        .collect();
    write(folder.path(), "rare.csv", &format!("n,kind\n{rows}"));
    let plan = run(
        folder.path(),
        &["explore", "rare.csv", "--target", "kind", "--plan", "--write"],
    );
    assert_eq!(plan.code, 0, "{}", plan.stderr);
    let text = std::fs::read_to_string(folder.path().join("spanwise.toml")).unwrap();
    assert!(
        text.contains("# No model of `kind` can be learnt yet: a class has fewer than 10 rows"),
        "{text}"
    );
    let ran = run(folder.path(), &["run"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
}
