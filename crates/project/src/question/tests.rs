#![allow(clippy::unwrap_used)]
use super::groups::named;
use super::*;
use crate::file::{Overrides, parse};
use std::path::Path;
use table::read::{Format, Options, from_bytes};

/// 600 rows: a day over two years, a time of one day, a class with rare values, free text.
fn rows() -> Table {
    let mut text = "g,day,when,plan,note,amount\n".to_owned();
    for i in 0..600 {
        let plan = match i % 200 {
            0 => format!("rare {i}"),
            n if n % 3 == 0 => "big".to_owned(),
            _ => "small".to_owned(),
        };
        text.push_str(&format!(
            "{},20{}-{:02}-{:02},2024-05-0{}T{:02}:10:00,{plan},note {i},{}\n",
            ["a", "b"][i % 2],
            22 + i / 300,
            1 + i / 25 % 12,
            1 + i % 28,
            1 + i % 3,
            i % 24,
            100_000_000.0 + (i * 37 % 500) as f64
        ));
    }
    from_bytes(text.as_bytes(), Format::Csv, "rows", &Options::default())
        .unwrap()
        .table
}

fn ask(keys: &str) -> Result<QuestionRecord, ProjectError> {
    let text = format!("[data.rows]\nsource = \"rows.csv\"\n[question.q]\n{keys}\n");
    let project = parse(Path::new("spanwise.toml"), &text, &Overrides::default(), &|_| {
        None
    })
    .unwrap();
    answer(&project, &project.questions[0], &Lineage::default(), &rows())
}

#[test]
fn days_and_times_are_compared_as_numbers() {
    for column in ["day", "when"] {
        let record = ask(&format!("outcome = \"{column}\"\nby = \"g\"")).unwrap();
        assert_eq!((record.unit, record.positive.as_deref()), (Unit::Day, None));
        let mean = record.groups[0].value;
        assert!((18_900.0..20_000.0).contains(&mean), "{column}: {mean}");
        assert!(
            crate::answer_sentence(&QuestionRecord {
                p_adjusted: 0.0,
                ..record
            })
            .contains(" 202")
        );
    }
    let with_positive = ask("outcome = \"day\"\nby = \"g\"\npositive = \"2022-01-01\"").unwrap_err();
    assert!(with_positive.to_string().contains(":6:12"), "{with_positive}");
}

#[test]
fn groups_of_days_and_of_near_numbers_are_ranges_that_hold_rows() {
    let record = ask("outcome = \"plan\"\nby = \"day\"").unwrap();
    let names: Vec<&str> = record.groups.iter().map(|group| group.name.as_str()).collect();
    assert_eq!(names[0], "before 1 Jul 2022");
    assert_eq!(names.len(), 4);
    for by in ["day", "when", "amount"] {
        let record = ask(&format!("outcome = \"plan\"\nby = \"{by}\"")).unwrap();
        assert_eq!(record.groups.iter().map(|group| group.n).sum::<u64>(), 600);
        assert!(
            record.groups.iter().all(|group| 0 < group.n),
            "{:?}",
            record.groups
        );
        assert!(1 < record.groups.len());
    }
}

#[test]
fn rare_values_are_one_class_and_never_named() {
    let record = ask("outcome = \"plan\"\nby = \"g\"").unwrap();
    assert_eq!(record.positive.as_deref(), Some("big"));
    assert_eq!(record.n_used, 600);
    let refused = ask("outcome = \"plan\"\nby = \"g\"\npositive = \"rare 0\"").unwrap_err();
    let text = refused.to_string();
    assert!(
        text.contains(":6:12") && text.contains("`rare 0` in 1 rows") && text.contains("`big`, `small`"),
        "{text}"
    );
}

#[test]
fn a_rest_of_few_rows_is_told_nowhere() {
    let values: Vec<Option<String>> = (0..45)
        .map(|row| {
            Some(if row < 40 {
                ["a", "b"][row % 2].to_owned()
            } else {
                format!("rare {row}")
            })
        })
        .collect();
    let names = || vec!["a".to_owned(), "b".to_owned()];
    let few = named(names(), &values, 10);
    assert_eq!((few.names.len(), few.codes[44]), (2, None));
    let more = [&values[..], &values[40..]].concat();
    let enough = named(names(), &more, 10);
    assert_eq!(
        (enough.names.last().map(String::as_str), enough.codes[44]),
        (Some("other"), Some(2))
    );
}

#[test]
fn an_outcome_of_free_text_is_refused_where_it_stands() {
    let text = ask("outcome = \"note\"\nby = \"g\"").unwrap_err().to_string();
    for word in [
        "spanwise.toml:4:11",
        "[question.q].outcome",
        "600 different values in 600 rows",
        "at most 20",
    ] {
        assert!(text.contains(word), "{text}");
    }
}

/// 240 rows of 80 units in three groups: a number that rises with the group, its rank, a yes that falls with it.
fn panel() -> Table {
    let mut text = "unit,g,x,z,yes\n".to_owned();
    for unit in 0..80 {
        for (code, g) in ["a", "b", "c"].into_iter().enumerate() {
            let noise = f64::from((unit * 37 + code as i32 * 11) % 23) / 10.0;
            let x = 10.0 + f64::from(unit) / 8.0 + 0.5 * code as f64 + noise;
            let yes = (unit * 7 + code as i32 * 5) % 20 < 14 - 5 * code as i32;
            text.push_str(&format!(
                "u{unit},{g},{x},{},{}\n",
                x * x,
                if yes { "yes" } else { "no" }
            ));
        }
    }
    from_bytes(text.as_bytes(), Format::Csv, "panel", &Options::default())
        .unwrap()
        .table
}

fn of_panel(change: impl Fn(&mut Asked), outcome: &str, by: Option<&str>) -> Result<QuestionRecord, String> {
    let mut asked = Asked::new(outcome, by);
    change(&mut asked);
    let table = panel();
    let rows = match by == Some("g") && !asked.each_pair && asked.paired.is_none() {
        true => table
            .take(&(0..240).filter(|row| row % 3 < 2).collect::<Vec<_>>())
            .unwrap(),
        false => table,
    };
    let refuse = |refusal: Refusal| ProjectError::data(refusal.key, refusal.found, refusal.expected);
    super::ask(&asked, None, &rows, 7, &refuse).map_err(|error| error.to_string())
}

#[test]
fn each_method_is_the_test_it_names() {
    let method = |method: Method, outcome: &str, by: &str| {
        of_panel(|asked| asked.method = method, outcome, Some(by))
            .unwrap()
            .method
    };
    for (asked, name) in [
        (Method::Auto, "Welch's t-test"),
        (Method::Welch, "Welch's t-test"),
        (Method::Student, "Student's t-test"),
        (Method::Ranks, "Mann-Whitney U test"),
        (Method::Permutation, "permutation test of two samples"),
    ] {
        assert_eq!(method(asked, "x", "g"), name);
    }
    assert_eq!(method(Method::ChiSquare, "yes", "g"), "chi-square test");
    assert_eq!(method(Method::Fisher, "yes", "g"), "Fisher's exact test");
    assert_eq!(method(Method::Pearson, "x", "z"), "Pearson correlation");
    assert_eq!(method(Method::Kendall, "x", "z"), "Kendall rank correlation");
    let rho = of_panel(|asked| asked.method = Method::Spearman, "x", Some("z")).unwrap();
    assert_eq!(
        (rho.statistic.1, rho.groups.len(), rho.is_relation),
        (1.0, 4, true)
    );
}

#[test]
fn a_direction_halves_the_p_value_on_its_side() {
    let of = |alternative| of_panel(|asked| asked.alternative = alternative, "x", Some("g")).unwrap();
    use stats::test::Alternative::{Greater, Less, TwoSided};
    let (two, less, greater) = (of(TwoSided), of(Less), of(Greater));
    assert!(
        (two.p_value / 2.0 - less.p_value).abs() < 1e-12
            && (less.p_value + greater.p_value - 1.0).abs() < 1e-12
    );
    let shares = of_panel(|asked| asked.alternative = Greater, "yes", Some("g")).unwrap();
    assert_eq!(
        (shares.method.as_str(), shares.positive.as_deref()),
        ("z-test of two proportions", Some("yes"))
    );
    assert!(shares.p_value < 0.05, "{}", shares.p_value);
}

#[test]
fn rows_of_one_unit_are_paired() {
    let pairs = of_panel(|asked| asked.paired = Some("unit".to_owned()), "x", Some("g")).unwrap();
    assert_eq!(
        (pairs.method.as_str(), pairs.n_used, pairs.by_rank),
        ("Friedman test", 80, true)
    );
    let two = |outcome: &str| {
        let mut asked = Asked::new(outcome, Some("g"));
        asked.paired = Some("unit".to_owned());
        let rows = panel()
            .take(&(0..239).filter(|row| row % 3 < 2).collect::<Vec<_>>())
            .unwrap();
        let rows = rows.take(&(1..160).collect::<Vec<_>>()).unwrap();
        let refuse = |refusal: Refusal| ProjectError::data(refusal.key, refusal.found, refusal.expected);
        super::ask(&asked, None, &rows, 7, &refuse).unwrap()
    };
    let found = two("x");
    assert_eq!(
        (found.method.as_str(), found.n_used, found.n_dropped),
        ("paired t-test", 79, 1)
    );
    let apart = of_panel(|_| {}, "x", Some("g")).unwrap();
    assert!(found.p_value < apart.p_value, "units explain most of the spread");
    assert_eq!(two("yes").method, "McNemar's exact test");
}

#[test]
fn one_column_is_compared_with_a_number() {
    let mean = of_panel(|asked| asked.against = Some(10.0), "x", None).unwrap();
    assert_eq!(
        (mean.method.as_str(), mean.groups.len()),
        ("one-sample t-test", 1)
    );
    assert!(mean.p_value < 1e-10 && mean.ask.contains("differ from 10"));
    let share = of_panel(|asked| asked.against = Some(0.5), "yes", None).unwrap();
    assert_eq!(share.method, "exact binomial test");
    let wrong = of_panel(|asked| asked.against = Some(20.0), "yes", None).unwrap_err();
    assert!(
        wrong.contains("against: found 20, expected a share from 0 to 1"),
        "{wrong}"
    );
    assert!(crate::answer_sentence(&mean).contains("compared with 10"));
}

#[test]
fn equivalence_needs_a_margin_wider_than_the_doubt() {
    let within = |margin| of_panel(|asked| asked.equivalent_within = Some(margin), "x", Some("g")).unwrap();
    assert!(within(5.0).differs() && !within(0.3).differs());
    assert!(crate::answer_sentence(&within(5.0)).starts_with("The difference is smaller than 5"));
    let wrong = of_panel(|asked| asked.equivalent_within = Some(1.0), "yes", Some("g")).unwrap_err();
    assert!(
        wrong.contains("equivalent_within: found an outcome of classes"),
        "{wrong}"
    );
}

#[test]
fn every_two_groups_are_compared_on_request() {
    let numbers = of_panel(|asked| asked.each_pair = true, "x", Some("g")).unwrap();
    let pairs = numbers.pairs.unwrap();
    assert_eq!(
        (pairs.method.as_str(), pairs.pairs.len()),
        ("Games-Howell test", 3)
    );
    let last = &pairs.pairs[1];
    assert_eq!((last.first.as_str(), last.second.as_str()), ("a", "c"));
    let means: Vec<f64> = numbers.groups.iter().map(|group| group.value).collect();
    assert!((last.difference[0].unwrap() - (means[2] - means[0])).abs() < 1e-12);
    let classes = of_panel(|asked| asked.each_pair = true, "yes", Some("g")).unwrap();
    let pair = &classes.pairs.unwrap().pairs[1];
    let shares: Vec<f64> = classes.groups.iter().map(|group| group.value).collect();
    assert_eq!((pair.first.as_str(), pair.second.as_str()), ("a", "c"));
    assert!((pair.difference[0].unwrap() - (shares[2] - shares[0])).abs() < 1e-12);
    assert!(pair.p_adjusted < 1e-3);
}

#[test]
fn keys_that_have_no_meaning_together_are_refused_where_they_stand() {
    for (keys, offender) in [
        (
            "outcome = \"amount\"\nby = \"g\"\nagainst = 3",
            "[question.q].against",
        ),
        (
            "outcome = \"amount\"\nby = \"g\"\nmethod = \"welsh\"",
            "[question.q].method",
        ),
        (
            "outcome = \"amount\"\nby = \"g\"\nlevel = 95",
            "[question.q].level",
        ),
        ("outcome = \"amount\"\nby = \"amount\"", "[question.q].by"),
        (
            "outcome = \"amount\"\nagainst = 3\npaired = \"g\"",
            "[question.q].paired",
        ),
        (
            "outcome = \"amount\"\nby = \"g\"\nequivalent_within = 0",
            "[question.q].equivalent_within",
        ),
    ] {
        let text = format!("[data.rows]\nsource = \"rows.csv\"\n[question.q]\n{keys}\n");
        let refused = parse(Path::new("spanwise.toml"), &text, &Overrides::default(), &|_| {
            None
        })
        .unwrap_err();
        assert!(refused.to_string().contains(offender), "{refused}");
    }
}

#[test]
fn few_rows_decide_nothing_and_are_named_nowhere() {
    let mut text = "g,x,c\n".to_owned();
    for i in 0..60 {
        let (g, x) = match i {
            0..12 => ("few", if i < 11 { String::new() } else { "777".to_owned() }),
            _ => (["a", "b"][i % 2], format!("{}", i % 7)),
        };
        text.push_str(&format!("{g},{x},{}\n", ["p", "q", "r"][i % 3]));
    }
    let rows = from_bytes(text.as_bytes(), Format::Csv, "rows", &Options::default())
        .unwrap()
        .table;
    let refuse = |refusal: Refusal| ProjectError::data(refusal.key, refusal.found, refusal.expected);
    let found = super::ask(&Asked::new("x", Some("g")), None, &rows, 0, &refuse).unwrap();
    let names: Vec<&str> = found.groups.iter().map(|group| group.name.as_str()).collect();
    assert_eq!((names, found.n_used, found.n_dropped), (vec!["a", "b"], 48, 12));
    let mut directed = Asked::new("c", Some("g"));
    directed.alternative = stats::test::Alternative::Less;
    let refused = super::ask(&directed, None, &rows, 0, &refuse)
        .unwrap_err()
        .to_string();
    assert!(
        refused.contains("no `positive`") && refused.contains("`p`, `q`, `r`"),
        "{refused}"
    );
}

#[test]
fn a_private_outcome_is_told_in_no_refusal() {
    let text = "[data.rows]\nsource = \"rows.csv\"\nprivate = [\"plan\"]\n[question.q]\noutcome = \"plan\"\nby = \"g\"\npositive = \"rare 0\"\n";
    let project = parse(Path::new("spanwise.toml"), text, &Overrides::default(), &|_| None).unwrap();
    let refused = answer(&project, &project.questions[0], &Lineage::default(), &rows())
        .unwrap_err()
        .to_string();
    assert!(
        refused.contains("fewer than 10 rows") && !refused.contains("big"),
        "{refused}"
    );
}

#[test]
fn equivalence_with_a_number_is_about_the_distance_from_it() {
    let near = of_panel(
        |asked| {
            asked.against = Some(15.0);
            asked.equivalent_within = Some(3.0);
        },
        "x",
        None,
    )
    .unwrap();
    let mean = near.groups[0].value;
    assert!((near.effect[0].unwrap() - (mean - 15.0)).abs() < 1e-12 && near.differs());
    assert!((near.effect_level - 0.9).abs() < 1e-12 && near.effect_title().contains("90% interval"));
    assert!(near.ask.contains("the same as 15"));
}

#[test]
fn groups_of_one_class_and_groups_of_few_rows_do_not_stop_a_question() {
    let mut text = "g,c,x,k\n".to_owned();
    for i in 0..120 {
        let g = ["a", "b", "c", "d"][i % 4];
        let yes = i % 4 == 3 && i % 3 == 0 || i % 4 == 2;
        text.push_str(&format!(
            "{g},{},{i},{}\n",
            if yes { "yes" } else { "no" },
            if i < 115 { i % 60 } else { 900 + i }
        ));
    }
    let rows = from_bytes(text.as_bytes(), Format::Csv, "rows", &Options::default())
        .unwrap()
        .table;
    let refuse = |refusal: Refusal| ProjectError::data(refusal.key, refusal.found, refusal.expected);
    let mut asked = Asked::new("c", Some("g"));
    asked.each_pair = true;
    let found = super::ask(&asked, None, &rows, 0, &refuse).unwrap();
    let told = found.clone();
    let pairs = found.pairs.unwrap().pairs;
    let names: Vec<(&str, &str)> = pairs.iter().map(|pair| (&*pair.first, &*pair.second)).collect();
    assert_eq!(
        names,
        [
            ("a", "b"),
            ("a", "c"),
            ("a", "d"),
            ("b", "c"),
            ("b", "d"),
            ("c", "d")
        ]
    );
    assert_eq!(
        (pairs[0].p_adjusted, pairs[0].difference),
        (1.0, [Some(0.0), None, None])
    );
    assert!(pairs[1].p_adjusted < 1e-9 && pairs[1].difference[0] == Some(1.0));
    let told = crate::difference_text(&told, pairs[0].difference);
    assert_eq!(told, "0.00 pts (−∞ to ∞)");
    let mut related = Asked::new("x", Some("k"));
    related.method = Method::Spearman;
    let mut few = from_bytes(text.as_bytes(), Format::Csv, "rows", &Options::default())
        .unwrap()
        .table;
    few = few.take(&(0..24).collect::<Vec<_>>()).unwrap();
    let shown = super::ask(&related, None, &few, 0, &refuse).unwrap().groups;
    assert!(shown.iter().all(|group| 10 <= group.n), "{shown:?}");
}

#[test]
fn groups_are_called_by_their_names_where_a_test_counts_them() {
    let mut text = "g,x\n".to_owned();
    (0..60).for_each(|i| {
        text.push_str(&format!(
            "{},{}\n",
            ["mild", "wild"][i % 2],
            if i % 2 == 0 { i } else { i * i * i * i }
        ))
    });
    let rows = from_bytes(text.as_bytes(), Format::Csv, "rows", &Options::default())
        .unwrap()
        .table;
    let refuse = |refusal: Refusal| ProjectError::data(refusal.key, refusal.found, refusal.expected);
    let found = super::ask(&Asked::new("x", Some("g")), None, &rows, 0, &refuse).unwrap();
    assert!(
        found.why.starts_with("group `wild` has skewness"),
        "{}",
        found.why
    );
    let mut welch = Asked::new("x", Some("g"));
    welch.method = Method::Welch;
    let details = super::ask(&welch, None, &rows, 0, &refuse).unwrap().assumptions;
    assert!(
        details
            .iter()
            .any(|(_, holds, detail)| !holds && detail.starts_with("group `wild` has 30")),
        "{details:?}"
    );
}

#[test]
fn sentences_fit_what_was_asked_where_most_values_are_alike() {
    let mut text = "g,x,k\n".to_owned();
    (0..400).for_each(|i| {
        let (g, k) = (["a", "b"][i % 2], i / 2);
        let x = if i % 2 == 0 && i % 5 == 0 { k } else { 0 };
        text.push_str(&format!("{g},{x},{k}\n"));
    });
    let rows = from_bytes(text.as_bytes(), Format::Csv, "rows", &Options::default())
        .unwrap()
        .table;
    let refuse = |refusal: Refusal| ProjectError::data(refusal.key, refusal.found, refusal.expected);
    let sentence = |by: &str, method| {
        let mut asked = Asked::new("x", Some(by));
        asked.method = method;
        crate::answer_sentence(&super::ask(&asked, None, &rows, 0, &refuse).unwrap())
    };
    let ranks = sentence("g", Method::Ranks);
    assert!(
        ranks.starts_with(
            "There is a difference, though not of the middle values: the median `x` is 0 in every group"
        ),
        "{ranks}"
    );
    let related = sentence("k", Method::Pearson);
    assert!(
        related.starts_with("There is a relation: correlation of `x` and `k` is"),
        "{related}"
    );
    let spearman = sentence("k", Method::Spearman);
    assert!(spearman.contains("relation"), "{spearman}");
}
