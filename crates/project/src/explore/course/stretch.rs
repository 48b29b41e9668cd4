//! Stretches of time as people write them.

use profile::course::TimeUnit;
use report::Format;

/// When a stretch is: `3 Mar 2024`, with the time of day for hours and shorter ones.
pub(super) fn when(start: f64, unit: TimeUnit) -> String {
    let day = Format::Date.value(start.floor());
    let seconds = ((start - start.floor()) * 86_400.0).round() as u64;
    let time = format!("{:02}:{:02}", seconds / 3600, seconds / 60 % 60);
    match unit {
        TimeUnit::Second => format!("{day} {time}:{:02}", seconds % 60),
        TimeUnit::Minute | TimeUnit::Hour => format!("{day} {time}"),
        TimeUnit::Day => day,
        TimeUnit::Week => format!("the week of {day}"),
        TimeUnit::Month => day
            .split_once(' ')
            .map_or(day.clone(), |(_, month)| month.to_owned()),
    }
}

/// `7 days`; hours that make whole days, and months that make years, as these.
pub(super) fn length(n: usize, unit: TimeUnit) -> String {
    let (n, name) = match (n, unit) {
        (n, TimeUnit::Hour) if n.is_multiple_of(168) => (n / 168, "week"),
        (n, TimeUnit::Hour) if n.is_multiple_of(24) => (n / 24, "day"),
        (n, TimeUnit::Day) if n.is_multiple_of(7) => (n / 7, "week"),
        (n, TimeUnit::Minute) if n.is_multiple_of(1440) => (n / 1440, "day"),
        (n, TimeUnit::Minute) if n.is_multiple_of(60) => (n / 60, "hour"),
        (n, TimeUnit::Month) if n.is_multiple_of(12) => (n / 12, "year"),
        (n, unit) => (n, unit.name()),
    };
    match n {
        1 => name.to_owned(),
        n => format!("{n} {name}s"),
    }
}

/// The stretch that slopes are told for, and how many stretches it has.
pub(super) fn per(unit: TimeUnit) -> (f64, &'static str) {
    match unit {
        TimeUnit::Second => (3600.0, "hour"),
        TimeUnit::Minute => (1440.0, "day"),
        TimeUnit::Hour => (168.0, "week"),
        TimeUnit::Day => (365.25, "year"),
        TimeUnit::Week => (365.25 / 7.0, "year"),
        TimeUnit::Month => (12.0, "year"),
    }
}

pub(super) fn and(parts: &[String]) -> String {
    match parts {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stretches_are_written_as_people_do() {
        assert_eq!(when(19_782.25, TimeUnit::Hour), "29 Feb 2024 06:00");
        assert_eq!(when(19_782.0, TimeUnit::Day), "29 Feb 2024");
        assert_eq!(when(19_754.0, TimeUnit::Month), "Feb 2024");
        assert_eq!(length(168, TimeUnit::Hour), "week");
        assert_eq!(length(14, TimeUnit::Day), "2 weeks");
        assert_eq!(length(30, TimeUnit::Day), "30 days");
        assert_eq!(and(&["day".to_owned(), "week".to_owned()]), "day and week");
    }
}
