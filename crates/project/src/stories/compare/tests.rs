use super::*;

fn part(id: &str, answer: &str, rows: &[[&str; 3]], data: &str) -> PartRecord {
    PartRecord {
        id: id.to_owned(),
        question: format!("{id}?"),
        answer: answer.to_owned(),
        data: vec![data.to_owned()],
        shown: vec![
            Shown::Table {
                caption: "t".to_owned(),
                header: ["Metric", "Value", "Interval"].map(str::to_owned).to_vec(),
                rows: rows.iter().map(|row| row.map(str::to_owned).to_vec()).collect(),
            },
            Shown::Chart {
                title: "c".to_owned(),
                words: answer.to_owned(),
                markup: String::new(),
            },
        ],
        ..PartRecord::default()
    }
}

fn fact(name: &str, value: &str, data: &str) -> FactRecord {
    FactRecord {
        name: name.to_owned(),
        value: value.to_owned(),
        data: data.to_owned(),
        ..FactRecord::default()
    }
}

fn issue(parts: Vec<PartRecord>, facts: Vec<FactRecord>) -> IssueRecord {
    IssueRecord {
        parts,
        facts,
        ..IssueRecord::default()
    }
}

#[test]
fn the_same_issue_has_no_changes() {
    let one = issue(
        vec![part("a", "It is 40%.", &[["AUC", "84.9%", "x"]], "d1")],
        vec![fact("AUC", "84.9% (83.9% to 85.8%)", "d1"); 2],
    );
    let changes = compare(&one, &one);
    assert!(changes.parts.is_empty() && changes.facts.is_empty());
    assert_eq!((changes.same_parts.len(), changes.same_facts.len()), (1, 2));
}

#[test]
fn cells_sentences_pictures_and_facts_are_told_with_their_data() {
    let before = issue(
        vec![
            part(
                "a",
                "It is 40%.",
                &[["AUC", "84.9%", "x"], ["Brier", "0.134", "y"]],
                "d1",
            ),
            part("old", "Gone.", &[], "d1"),
            part("b", "Calm.", &[], "d1"),
        ],
        vec![
            fact("AUC", "84.9% (83.9% to 85.8%)", "d1"),
            fact("AUC", "1", "d1"),
        ],
    );
    let after = issue(
        vec![
            part("new", "Come.", &[], "d2"),
            part("a", "It is 42%.", &[["AUC", "86.9%", "x"]], "d2"),
            part("b", "Calm.", &[], "d2"),
        ],
        vec![
            fact("AUC", "86.9% (86.0% to 87.8%)", "d2"),
            fact("AUC", "1", "d2"),
        ],
    );
    let changes = compare(&before, &after);
    let fates: Vec<(&str, bool, bool)> = changes
        .parts
        .iter()
        .map(|part| (part.question.as_str(), part.is_new, part.is_gone))
        .collect();
    assert_eq!(
        fates,
        [("new?", true, false), ("a?", false, false), ("old?", false, true)]
    );
    assert_eq!(changes.same_parts, [("b?".to_owned(), "Calm.".to_owned())]);
    let changed = &changes.parts[1];
    assert_eq!(
        changed.sentences,
        [(Some("It is 40%.".to_owned()), Some("It is 42%.".to_owned()))]
    );
    let cells: Vec<(&str, Option<&str>)> = changed
        .numbers
        .iter()
        .map(|cell| (cell.name.as_str(), cell.change.as_deref()))
        .collect();
    assert_eq!(
        cells,
        [
            ("AUC: Value", Some("+2.0 points")),
            ("Brier: Value", None),
            ("Brier: Interval", None)
        ]
    );
    assert_eq!(changed.pictures.len(), 1);
    assert_eq!(
        (changed.data_before.as_slice(), changed.data_after.as_slice()),
        (["d1".to_owned()].as_slice(), ["d2".to_owned()].as_slice())
    );
    let [fact] = changes.facts.as_slice() else {
        panic!("{:?}", changes.facts)
    };
    assert_eq!(
        (
            fact.data_before.as_str(),
            fact.data_after.as_str(),
            fact.is_outside
        ),
        ("d1", "d2", Some(true))
    );
    assert_eq!(changes.same_facts, [("AUC (2)".to_owned(), "1".to_owned())]);
}
