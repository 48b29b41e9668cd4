use super::canonical::{changes, lines_of, parsed, text_of};
use super::size::{Known, sizes};
use super::{State, Verdict, analyse, plan};
use crate::file::{Overrides, Project, parse};
use crate::{Clock, ProjectError};
use std::path::Path;

const PLAN: &str = r#"
[data.visits]
source = "visits.csv"
[experiment.page]
unit = "user"
arm = "arm"
control = "old"
treatments = ["new"]
detect = { absolute = 0.01 }
baseline = { share = 0.12 }
[experiment.page.metrics.bought]
kind = "proportion"
"#;

struct Now(i64);

impl Clock for Now {
    fn now_micros(&self) -> i64 {
        self.0
    }
}

struct Silent;

impl workflow::Observer for Silent {
    fn started(&self, _: &str, _: usize, _: usize) {}
    fn finished(&self, _: &str, _: bool, _: usize, _: usize) {}
}

fn project(folder: &Path, text: &str) -> Project {
    parse(
        &folder.join("spanwise.toml"),
        text,
        &Overrides::default(),
        &|_| None,
    )
    .unwrap()
}

/// Rows `user,arm,bought`: every tenth unit of the control buys, and every fifth of the treatment.
fn visits(n: usize, is_new: impl Fn(usize) -> bool) -> String {
    let mut text = "user,arm,bought\n".to_owned();
    for user in 0..n {
        let (arm, every) = if is_new(user) { ("new", 5) } else { ("old", 10) };
        let bought = u8::from((user / 2).is_multiple_of(every));
        text.push_str(&format!("u{user},{arm},{bought}\n"));
    }
    text
}

#[test]
fn a_plan_is_the_textbook_size() {
    let folder = tempfile::tempdir().unwrap();
    let project = project(folder.path(), PLAN);
    let section = &project.experiments[0];
    let known = Known::of_section(&project, section).unwrap().unwrap();
    let size = sizes(section, known).unwrap();
    // R 4.3: the unpooled formula (qnorm(.975) + qnorm(.8))^2 (p(1-p) + q(1-q)) / .01^2 of .12 and .13
    assert_eq!(size.units["old"], 17_166);
    assert_eq!(size.total, 34_332);
    assert!((size.sizes[2].power - 0.8).abs() < 1e-3, "{:?}", size.sizes);
}

#[test]
fn a_canonical_plan_reads_back_and_tells_what_changed() {
    let folder = tempfile::tempdir().unwrap();
    let before = project(folder.path(), PLAN);
    let now = project(folder.path(), &PLAN.replace("0.01", "0.02"));
    let lines = lines_of(&before, &before.experiments[0]);
    assert_eq!(parsed(&text_of(&lines)), lines);
    let found = changes(&lines, &lines_of(&now, &now.experiments[0]));
    assert_eq!(found.len(), 1);
    assert_eq!(
        found[0].to_string(),
        "`detect` was 0.01 absolute and is 0.02 absolute"
    );
}

#[test]
fn a_plan_is_registered_once_before_data_and_analysed_by_it() {
    let folder = tempfile::tempdir().unwrap();
    let project = project(folder.path(), PLAN);
    let section = &project.experiments[0];
    let run = |at| plan(&project, section, &Silent, &Now(at)).unwrap();
    let error = analyse(&project, section, false, &Silent, &Now(0)).unwrap_err();
    assert!(matches!(error, ProjectError::NoPlan { .. }), "{error}");
    let (first, again) = (run(1), run(2));
    assert!(first.is_new && !first.plan.had_data && !again.is_new);
    assert_eq!(first.plan, again.plan);

    std::fs::write(
        folder.path().join("visits.csv"),
        visits(40_000, |user| user % 2 == 1),
    )
    .unwrap();
    let found = analyse(&project, section, false, &Silent, &Now(3)).unwrap();
    assert_eq!(found.decision.verdict, Verdict::Ship, "{:?}", found.decision);
    assert!((found.effects[0].effect[0] - 0.1).abs() < 1e-12);
    let page = std::fs::read_to_string(&found.page).unwrap();
    assert!(page.contains("Ship new") && page.contains("10.0"), "{page}");

    let changed = self::project(folder.path(), &PLAN.replace("0.01", "0.02"));
    let error = analyse(&changed, &changed.experiments[0], false, &Silent, &Now(4))
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("`detect` was 0.01 absolute and is 0.02 absolute"),
        "{error}"
    );
    let second = plan(&changed, &changed.experiments[0], &Silent, &Now(5)).unwrap();
    assert_eq!(
        (
            second.plan.version,
            second.plan.had_data,
            second.changes.is_empty()
        ),
        (2, true, false)
    );
    let found = analyse(&changed, &changed.experiments[0], false, &Silent, &Now(6)).unwrap();
    assert!(
        found
            .caveats
            .iter()
            .any(|caveat| caveat.contains("changed after data")),
        "{:?}",
        found.caveats
    );
}

#[test]
fn a_broken_split_is_not_trusted() {
    let folder = tempfile::tempdir().unwrap();
    let project = project(folder.path(), PLAN);
    let section = &project.experiments[0];
    plan(&project, section, &Silent, &Now(1)).unwrap();
    std::fs::write(
        folder.path().join("visits.csv"),
        visits(40_000, |user| user % 20 < 9),
    )
    .unwrap();
    let found = analyse(&project, section, false, &Silent, &Now(3)).unwrap();
    assert_eq!(found.decision.verdict, Verdict::CannotBeTrusted);
    let ratio = &found.health[0];
    assert!(
        ratio.state == State::Broken && ratio.p_value.unwrap() < 1e-6,
        "{ratio:?}"
    );
}

#[test]
fn a_fixed_test_before_its_size_keeps_running() {
    let folder = tempfile::tempdir().unwrap();
    let project = project(folder.path(), PLAN);
    let section = &project.experiments[0];
    plan(&project, section, &Silent, &Now(1)).unwrap();
    std::fs::write(
        folder.path().join("visits.csv"),
        visits(4_000, |user| user % 2 == 1),
    )
    .unwrap();
    let found = analyse(&project, section, false, &Silent, &Now(3)).unwrap();
    assert!(found.effects[0].found, "a tiny p-value, too early");
    assert_eq!(found.decision.verdict, Verdict::KeepRunning);
    let found = analyse(&project, section, true, &Silent, &Now(4)).unwrap();
    assert_eq!(found.decision.verdict, Verdict::Ship);
}

#[test]
fn units_in_two_arms_are_left_out_and_said() {
    let folder = tempfile::tempdir().unwrap();
    let project = project(folder.path(), PLAN);
    let section = &project.experiments[0];
    plan(&project, section, &Silent, &Now(1)).unwrap();
    let mut text = visits(40_000, |user| user % 2 == 1);
    (0..100).for_each(|user| {
        text.push_str(&format!(
            "u{user},{},1\n",
            if user % 2 == 1 { "old" } else { "new" }
        ))
    });
    std::fs::write(folder.path().join("visits.csv"), text).unwrap();
    let found = analyse(&project, section, false, &Silent, &Now(3)).unwrap();
    assert_eq!(
        (found.n_units, found.n_mixed, found.n_analysed),
        (40_000, 100, 39_900)
    );
    let check = found
        .health
        .iter()
        .find(|check| check.name == "units in one arm")
        .unwrap();
    assert_eq!((check.n, check.state), (100, State::Look));
    assert_eq!(found.decision.verdict, Verdict::Ship);
}

#[test]
fn a_misspelt_arm_is_found_at_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let project = project(folder.path(), &PLAN.replace("\"old\"", "\"olt\""));
    let section = &project.experiments[0];
    plan(&project, section, &Silent, &Now(1)).unwrap();
    std::fs::write(
        folder.path().join("visits.csv"),
        visits(400, |user| user % 2 == 1),
    )
    .unwrap();
    let error = analyse(&project, section, false, &Silent, &Now(3))
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("spanwise.toml:7:11") && error.contains("did you mean `old`?"),
        "{error}"
    );
}

#[test]
fn planned_looks_spend_their_error_and_end() {
    let folder = tempfile::tempdir().unwrap();
    let text = PLAN.replace("detect =", "monitoring = { looks = 3 }\ndetect =");
    let project = project(folder.path(), &text);
    let section = &project.experiments[0];
    let planned = plan(&project, section, &Silent, &Now(1)).unwrap();
    assert_eq!(planned.size.looks.len(), 3);
    assert!(
        planned.size.total > 34_332,
        "looks cost units: {}",
        planned.size.total
    );
    let look = |n: usize, at: i64| {
        std::fs::write(folder.path().join("visits.csv"), visits(n, |user| user % 2 == 1)).unwrap();
        analyse(&project, section, false, &Silent, &Now(at))
    };
    let first = look(8_000, 2).unwrap();
    assert!(
        first.effects[0].boundary.unwrap() > 3.0,
        "early looks may spend next to nothing"
    );
    assert_eq!(
        look(8_000, 3).unwrap().looks.len(),
        1,
        "the same data are the same look"
    );
    assert_eq!(look(20_000, 4).unwrap().looks.len(), 2);
    let third = look(40_000, 5).unwrap();
    assert_eq!((third.looks.len(), third.decision.verdict), (3, Verdict::Ship));
    let error = look(41_000, 6).unwrap_err().to_string();
    assert!(error.contains("no further look"), "{error}");
}

#[test]
fn covariates_take_variance_out_and_metrics_of_every_kind_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let text = r#"
[data.orders]
source = "orders.csv"
[experiment.price]
unit = "user"
arm = "arm"
control = "a"
treatments = ["b", "c"]
primary = "spend"
detect = { relative = 0.2 }
baseline = { mean = 10, sd = 6 }
monitoring = "always-valid"
covariates = ["before"]
segments = ["land"]
[experiment.price.metrics.spend]
kind = "mean"
cap = 100
[experiment.price.metrics.per_item]
kind = "ratio"
column = "spend"
per = "items"
[experiment.price.metrics.slow]
kind = "quantile"
column = "seconds"
at = 0.9
better = "lower"
"#;
    let project = project(folder.path(), text);
    let section = &project.experiments[0];
    plan(&project, section, &Silent, &Now(1)).unwrap();
    let mut draw = stats::random::Draw::new(5, 0);
    let mut csv = "user,arm,before,spend,items,seconds,land\n".to_owned();
    for user in 0..6_000 {
        let before = 10.0 * draw.uniform();
        let spend = before + 3.0 * draw.uniform() + if user % 3 == 1 { 1.5 } else { 0.0 };
        let seconds = draw.uniform() * if user % 3 == 2 { 2.0 } else { 1.0 };
        let (items, land) = (1 + user % 4, ["x", "y"][user % 7 % 2]);
        csv.push_str(&format!(
            "{user},{},{before},{spend},{items},{seconds},{land}\n",
            ["a", "b", "c"][user % 3]
        ));
    }
    std::fs::write(folder.path().join("orders.csv"), csv).unwrap();
    let found = analyse(&project, section, false, &Silent, &Now(3)).unwrap();
    assert_eq!(found.effects.len(), 6);
    assert!(
        found.effects[..2]
            .iter()
            .all(|effect| effect.is_primary && effect.variance_ratio.unwrap() < 0.3)
    );
    assert_eq!(
        (found.decision.verdict, found.decision.treatment.as_deref()),
        (Verdict::Ship, Some("b"))
    );
    let slow = found
        .effects
        .iter()
        .find(|effect| effect.metric == "slow" && effect.treatment == "c")
        .unwrap();
    assert!(slow.is_worse(), "{slow:?}");
    assert_eq!(found.segments.len(), 2);
    assert!(
        found.boundaries[0].1.len() > 10
            && found.boundaries[0]
                .1
                .windows(2)
                .all(|two| two[0].effect > two[1].effect)
    );
}

#[test]
fn a_look_at_few_units_is_kept_though_its_interval_is_open() {
    let folder = tempfile::tempdir().unwrap();
    let project = project(
        folder.path(),
        &PLAN.replace("arm = \"arm\"", "monitoring = \"always-valid\"\narm = \"arm\""),
    );
    let section = &project.experiments[0];
    plan(&project, section, &Silent, &Now(1)).unwrap();
    let look = |n: usize, at| {
        std::fs::write(folder.path().join("visits.csv"), visits(n, |user| user % 2 == 0)).unwrap();
        analyse(&project, section, false, &Silent, &Now(at)).unwrap()
    };
    let first = look(24, 2);
    assert_eq!(
        (first.effects[0].effect[1], first.effects[0].effect[2]),
        (f64::NEG_INFINITY, f64::INFINITY)
    );
    assert_eq!(first.decision.verdict, Verdict::KeepRunning);
    let page = std::fs::read_to_string(&first.page).unwrap();
    assert!(
        page.contains("−∞ to ∞") && !page.contains("NaN") && !page.contains("=\"inf"),
        "{page}"
    );
    let second = look(4000, 3);
    let units: Vec<u64> = second.looks.iter().map(|look| look.units).collect();
    assert_eq!(units, [24, 4000]);
    let [value, low, high] = second.looks[0].effects[0].1;
    assert!(value.is_finite());
    assert_eq!((low, high), (f64::NEG_INFINITY, f64::INFINITY));
}
