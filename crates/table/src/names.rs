//! The nearest right name for a wrong one.

/// The name among `known` that is most like `wrong`, if one is near enough to be meant.
///
/// Case is ignored; near enough means a Damerau-Levenshtein distance of at most a third of the longer name, or a
/// shared beginning of at least four letters.
///
/// ```
/// assert_eq!(table::nearest("tenur", ["tenure", "Contract"]), Some("tenure"));
/// assert_eq!(table::nearest("zzz", ["tenure", "Contract"]), None);
/// ```
pub fn nearest<'a>(wrong: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let wrong = wrong.to_lowercase();
    let mut best: Option<(usize, &'a str)> = None;
    for name in known {
        let lower = name.to_lowercase();
        let distance = strsim::damerau_levenshtein(&wrong, &lower);
        let longer = wrong.chars().count().max(lower.chars().count());
        let prefix = wrong
            .chars()
            .zip(lower.chars())
            .take_while(|(a, b)| a == b)
            .count();
        let near = distance <= longer.div_ceil(3) || prefix >= 4;
        if near && best.is_none_or(|(smallest, _)| distance < smallest) {
            best = Some((distance, name));
        }
    }
    best.map(|(_, name)| name)
}

/// Names in back-ticks with commas, at most `limit` of them and then a count of the rest.
pub fn quoted_list<'a>(names: impl IntoIterator<Item = &'a str>, limit: usize) -> String {
    let names: Vec<&str> = names.into_iter().collect();
    let shown: Vec<String> = names.iter().take(limit).map(|name| format!("`{name}`")).collect();
    match names.len() {
        0 => "none".to_owned(),
        n if limit < n => format!("{} and {} more", shown.join(", "), n - limit),
        _ => shown.join(", "),
    }
}
