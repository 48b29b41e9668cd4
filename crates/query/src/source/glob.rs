//! Patterns over keys: `*` stands for anything within a part, `**` for any parts.

/// The part of a pattern in front of its first star, up to a slash.
pub(super) fn prefix(pattern: &str) -> &str {
    let star = pattern.find('*').unwrap_or(pattern.len());
    let slash = pattern[..star].rfind('/').unwrap_or(0);
    &pattern[..slash]
}

/// Whether `key` is one of those that `pattern` names.
pub(super) fn is_match(pattern: &str, key: &str) -> bool {
    let pattern: Vec<&str> = pattern.split('/').collect();
    let key: Vec<&str> = key.split('/').collect();
    // Which beginnings of the pattern have matched the parts so far.
    let mut reached = vec![false; pattern.len() + 1];
    reached[0] = true;
    pass_over(&pattern, &mut reached);
    for part in key {
        let mut next = vec![false; pattern.len() + 1];
        for (position, asked) in pattern
            .iter()
            .enumerate()
            .filter(|(position, _)| reached[*position])
        {
            if *asked == "**" {
                next[position] = true;
            } else if is_part(asked, part) {
                next[position + 1] = true;
            }
        }
        pass_over(&pattern, &mut next);
        reached = next;
    }
    reached[pattern.len()]
}

/// `**` may stand for no part at all.
fn pass_over(pattern: &[&str], reached: &mut [bool]) {
    for (position, asked) in pattern.iter().enumerate() {
        if *asked == "**" && reached[position] {
            reached[position + 1] = true;
        }
    }
}

/// Whether a part without slashes is one that `asked` names.
fn is_part(asked: &str, part: &str) -> bool {
    let mut pieces = asked.split('*');
    let first = pieces.next().unwrap_or_default();
    let Some(mut rest) = part.strip_prefix(first) else {
        return false;
    };
    let pieces: Vec<&str> = pieces.collect();
    let Some((last, between)) = pieces.split_last() else {
        return rest.is_empty();
    };
    for piece in between {
        match rest.find(piece) {
            Some(at) => rest = &rest[at + piece.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_stay_within_parts_and_two_do_not() {
        for (pattern, key) in [
            ("a/*.parquet", "a/x.parquet"),
            ("a/**", "a/b/c.csv"),
            ("a/**/x*.csv", "a/x1.csv"),
            ("a/**/x*.csv", "a/b/c/x1.csv"),
            ("y=*/m=*/p*t.csv", "y=1/m=2/part.csv"),
            ("**/*.csv", "x.csv"),
        ] {
            assert!(is_match(pattern, key), "{pattern} {key}");
        }
        for (pattern, key) in [
            ("a/*.parquet", "a/b/x.parquet"),
            ("a/*.parquet", "a/x.csv"),
            ("a/**/x*.csv", "b/x1.csv"),
            ("ab*ba", "aba"),
            ("a", "ab"),
        ] {
            assert!(!is_match(pattern, key), "{pattern} {key}");
        }
        assert_eq!(prefix("year=2024/m*/x.csv"), "year=2024");
        assert_eq!(prefix("x*.csv"), "");
    }
}
