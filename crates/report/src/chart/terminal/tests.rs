use super::*;
use crate::{Bar, Bars, Format, Group, Histogram, Lines, Series, Spread};

fn bars() -> Chart {
    let items = vec![
        Bar::new("one", 0.5),
        Bar::new("two", 0.25),
        Bar::new("three", 0.0),
    ];
    Chart::new(
        "Shares",
        Bars {
            items,
            format: Format::Percent,
            ..Bars::default()
        },
    )
}

#[test]
fn bars_are_as_long_as_their_values() {
    let text = bars().to_text(40, false);
    let n = |name: &str| {
        text.lines()
            .find(|line| line.starts_with(name))
            .map_or(0, |line| line.matches('█').count())
    };
    assert_eq!((n("one"), n("two"), n("three")), (28, 14, 0), "{text}");
    let foot = text.lines().last().map_or("", |line| line);
    assert!(
        foot.starts_with("      0%  ") && foot.ends_with("50.0%") && n_columns(foot) == 34,
        "{text}"
    );
}

#[test]
fn no_line_is_wider_than_asked_and_colours_change_no_letter() {
    for width in [30, 52, 100] {
        let text = bars().to_text(width, false);
        assert!(text.lines().all(|line| n_columns(line) <= width), "{text}");
        let painted = bars().to_text(width, true);
        assert!(painted.contains("\u{1b}[34m"));
        let stripped: Vec<&str> = painted.split('\u{1b}').collect();
        let plain: String = stripped
            .iter()
            .enumerate()
            .map(|(place, part)| {
                if place == 0 {
                    *part
                } else {
                    part.split_once('m').map_or("", |(_, rest)| rest)
                }
            })
            .collect();
        assert_eq!(plain, text);
    }
}

#[test]
fn curves_rise_from_left_to_right() {
    let points = (0..100).map(|i| (f64::from(i), f64::from(i))).collect();
    let lines = Lines {
        series: vec![Series {
            points,
            ..Series::default()
        }],
        ..Lines::default()
    };
    let text = Chart::new("", lines).to_text(60, false);
    let drawn: Vec<usize> = text
        .lines()
        .filter_map(|line| line.chars().position(|c| ('\u{2801}'..='\u{28ff}').contains(&c)))
        .collect();
    assert_eq!(drawn.len(), 14);
    assert!(drawn.windows(2).all(|pair| pair[1] < pair[0]), "{text}");
}

#[test]
fn boxes_show_their_middle_half() {
    let group = Group {
        label: "a".to_owned(),
        low: 0.0,
        first: 40.0,
        median: 50.0,
        third: 60.0,
        high: 100.0,
        ..Group::default()
    };
    let text = Chart::new(
        "",
        Spread {
            groups: vec![group],
            ..Spread::default()
        },
    )
    .to_text(52, false);
    let line: Vec<char> = text.lines().next().unwrap_or("").chars().collect();
    let place = |c: char| line.iter().position(|found| *found == c);
    assert_eq!(
        (place('├'), place('┃'), place('┤')),
        (Some(2), Some(27), Some(51)),
        "{text}"
    );
}

#[test]
fn histograms_stand_on_their_axis_and_sparks_in_a_line() {
    let histogram = Histogram {
        edges: vec![0.0, 1.0, 2.0],
        counts: vec![1, 4],
        ..Histogram::default()
    };
    let text = Chart::new("", histogram).to_text(30, false);
    assert!(
        text.lines()
            .next()
            .is_some_and(|line| line.contains('█') && line.contains(' ')),
        "{text}"
    );
    assert_eq!(spark(&[0, 1, 4, 8], 8), " ▁▄█");
    assert_eq!(spark(&[1, 1, 2, 2], 2), "▄█");
    assert_eq!((spark(&[], 8), spark(&[0, 0], 8)), (String::new(), String::new()));
}

#[test]
fn wide_letters_take_two_columns() {
    assert_eq!(
        (n_columns("東京"), cut("東京都", 5), padded("é", 3)),
        (4, "東京…".to_owned(), "é  ".to_owned())
    );
}
