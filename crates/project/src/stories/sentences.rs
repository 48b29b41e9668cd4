//! Sentences of two issues side by side.

/// Words that two sentences share, of those of the longer one, from which they are the same sentence, changed.
const ALIKE: f64 = 0.5;

/// The sentences that are not in both, those that are alike side by side, in the order of the later ones.
pub(super) fn paired(before: &[&str], after: &[&str]) -> Vec<(Option<String>, Option<String>)> {
    let mut then: Vec<&str> = before
        .iter()
        .copied()
        .filter(|text| !after.contains(text))
        .collect();
    let now = after.iter().filter(|text| !before.contains(text));
    let mut pairs = Vec::new();
    for sentence in now {
        let alike = |text: &&str| shared(text, sentence);
        let best = then
            .iter()
            .enumerate()
            .map(|(place, text)| (place, alike(text)))
            .filter(|(_, share)| ALIKE <= *share)
            .max_by(|a, b| a.1.total_cmp(&b.1).then(b.0.cmp(&a.0)));
        let old = best.map(|(place, _)| then.remove(place).to_owned());
        pairs.push((old, Some((*sentence).to_owned())));
    }
    pairs.extend(then.into_iter().map(|text| (Some(text.to_owned()), None)));
    pairs
}

/// The share of words of the longer text that the other has as well.
fn shared(a: &str, b: &str) -> f64 {
    let (a, mut b): (Vec<&str>, Vec<&str>) = (a.split(' ').collect(), b.split(' ').collect());
    let longer = a.len().max(b.len());
    let mut n_shared = 0_usize;
    for word in a {
        if let Some(place) = b.iter().position(|other| *other == word) {
            b.swap_remove(place);
            n_shared += 1;
        }
    }
    n_shared as f64 / longer as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_that_changed_stands_beside_what_it_was() {
        let before = ["Whom it hit is 40%.", "Gone for good.", "As it was."];
        let after = ["As it was.", "All new here, and long.", "Whom it hit is 42%."];
        let told = |text: &str| Some(text.to_owned());
        assert_eq!(
            paired(&before, &after),
            [
                (None, told("All new here, and long.")),
                (told("Whom it hit is 40%."), told("Whom it hit is 42%.")),
                (told("Gone for good."), None),
            ]
        );
    }
}
