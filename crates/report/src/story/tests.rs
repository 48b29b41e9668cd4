use super::*;
use crate::{Bar, Bars, MonitorPage, MonitorRow, Verdict};

const EVIL: &str = "</style><script>alert(1)</script>\" onload=\"x\u{202e}";

fn section(question: &str) -> Section {
    Section {
        question: question.to_owned(),
        answer: EVIL.to_owned(),
        evidence: vec![
            Evidence::Chart(Chart::new(
                EVIL,
                Bars {
                    items: vec![Bar::new(EVIL, 1.0)],
                    ..Bars::default()
                },
            )),
            Evidence::Table {
                caption: EVIL.to_owned(),
                header: vec![EVIL.to_owned(), "n".to_owned()],
                rows: vec![vec![EVIL.to_owned(), "1,234".to_owned()]; 100],
            },
            Evidence::Text(EVIL.to_owned()),
        ],
        caveats: vec![EVIL.to_owned()],
        next_step: Some(EVIL.to_owned()),
        ..Section::default()
    }
}

fn story(n: usize) -> Story {
    let fact = Fact {
        name: EVIL.to_owned(),
        value: EVIL.to_owned(),
        query: Some(format!("SELECT 1\n-- {EVIL}")),
        data_hash: EVIL.to_owned(),
        method: EVIL.to_owned(),
    };
    Story {
        title: EVIL.to_owned(),
        subtitle: EVIL.to_owned(),
        standing: Some(Standing {
            word: EVIL.to_owned(),
            facts: vec![(EVIL.to_owned(), EVIL.to_owned())],
            ..Standing::default()
        }),
        lead: vec![EVIL.to_owned(); 3],
        sections: (0..n).map(|_| section(EVIL)).collect(),
        appendix: vec![fact],
        foot: vec![EVIL.to_owned()],
    }
}

fn monitor() -> MonitorPage {
    let row = MonitorRow {
        feature: EVIL.to_owned(),
        check: EVIL.to_owned(),
        ..MonitorRow::default()
    };
    let alarm = MonitorRow {
        feature: "late".to_owned(),
        state: Verdict::Alarm,
        ..MonitorRow::default()
    };
    MonitorPage {
        title: EVIL.to_owned(),
        verdict: Verdict::Alarm,
        sentence: EVIL.to_owned(),
        facts: vec![(EVIL.to_owned(), EVIL.to_owned())],
        rows: vec![row, alarm],
        charts: vec![Chart::new(
            EVIL,
            Bars {
                items: vec![Bar::new(EVIL, 1.0)],
                ..Bars::default()
            },
        )],
        notes: vec![EVIL.to_owned()],
    }
}

#[test]
fn nothing_hostile_gets_out() {
    for page in [story(5).to_html(), monitor().to_html()] {
        assert!(!page.contains("<script") && !page.contains("\" onload"), "{page}");
        assert_eq!(page.matches("</style>").count(), 1);
        assert!(!page.contains('\u{202e}') && page.contains("⟨U+202E⟩"));
    }
}

#[test]
fn a_page_loads_nothing_and_runs_nothing() {
    for page in [story(5).to_html(), monitor().to_html()] {
        assert!(page.contains("default-src 'none'; style-src 'unsafe-inline'; img-src data:"));
        for outside in ["http:", "https:", "src=", "url(", "@import", "<link", "//www"] {
            assert!(!page.contains(outside), "{outside}");
        }
    }
}

#[test]
fn every_picture_has_a_title_and_every_id_occurs_once() {
    let page = story(5).to_html();
    assert_eq!(page.matches("<svg").count(), 10);
    assert!(
        page.split("<svg")
            .skip(1)
            .all(|svg| svg.split('>').nth(1) == Some("<title"))
    );
    let mut ids: Vec<&str> = page
        .split(" id=\"")
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .collect();
    let n = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), n);
    let links = page
        .split("href=\"#")
        .skip(1)
        .filter_map(|rest| rest.split('"').next());
    assert!(links.into_iter().all(|link| ids.contains(&link)));
}

#[test]
fn headings_go_down_one_level_at_a_time() {
    for page in [story(5).to_html(), monitor().to_html()] {
        let mut last = 0;
        for level in page
            .split("<h")
            .skip(1)
            .filter_map(|rest| rest.chars().next()?.to_digit(10))
        {
            assert!(level <= last + 1, "h{level} after h{last}");
            last = level;
        }
        assert_eq!(page.matches("<h1").count(), 1);
    }
}

#[test]
fn contents_help_only_long_stories() {
    assert!(!story(3).to_html().contains("<nav") && story(4).to_html().contains("<nav"));
}

#[test]
fn size_does_not_depend_on_rows() {
    let mut large = story(1);
    if let Some(Evidence::Table { rows, .. }) = large.sections[0].evidence.get_mut(1) {
        *rows = vec![vec![EVIL.to_owned(), "1,234".to_owned()]; 100_000];
    }
    let page = large.to_html();
    assert!(page.len() < 60_000, "{}", page.len());
    assert!(page.contains("99,960 more rows not shown") && page.contains("<td class=\"num\">1,234</td>"));
}

#[test]
fn an_empty_story_is_still_a_page() {
    let page = Story::default().to_html();
    assert!(page.starts_with("<!DOCTYPE html>") && page.contains("<main id=\"main\"></main>"));
    let page = MonitorPage::default().to_html();
    assert!(page.contains("Calm"));
}

#[test]
fn what_needs_attention_comes_first() {
    let page = monitor().to_html();
    let place = |text: &str| page.find(text).unwrap_or(usize::MAX);
    assert!(
        place("<th class=\"name\" scope=\"row\">late") < place("<th class=\"name\" scope=\"row\">&lt;/style")
    );
}

#[test]
fn a_decision_stands_above_the_first_finding() {
    let mut story = story(1);
    story.standing = Some(Standing {
        tone: crate::Verdict::Calm,
        word: "Ship".to_owned(),
        facts: vec![("Units".to_owned(), "12".to_owned())],
    });
    story.lead = vec!["It is better.".to_owned(), "By 3 points.".to_owned()];
    let html = story.to_html();
    let at = |text: &str| html.find(text).unwrap();
    assert!(
        at("Ship") < at("It is better.")
            && at("It is better.") < at("Units")
            && at("Units") < at("By 3 points.")
    );
}
