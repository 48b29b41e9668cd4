//! Which columns look as if they told who somebody is.

use profile::{ColumnProfile, Meaning};
use table::Kind;

/// Words of a column's name, and what they say it holds.
const WORDS: [(&str, &[&str]); 7] = [
    ("mail addresses", &["mail", "email", "mails"]),
    ("phone numbers", &["phone", "telephone", "tel", "mobile", "fax"]),
    (
        "names of people",
        &["surname", "firstname", "lastname", "fullname", "forename"],
    ),
    ("addresses", &["address", "street", "addr"]),
    ("days of birth", &["birth", "dob", "birthday", "birthdate"]),
    ("numbers of people or accounts", &["ssn", "iban", "passport"]),
    ("numbers of cards", &["cardnumber", "creditcard"]),
];
/// Words before `name` with which it is one of a person.
const OF_PEOPLE: [&str; 8] = [
    "first", "last", "full", "customer", "user", "person", "contact", "given",
];

/// Whole numbers from which on one may be of a phone, an account or a card.
const LONG: f64 = 100_000.0;

/// What a column seems to hold, in words that follow `looks like`; `None` where nothing says so.
pub(super) fn personal(column: &ColumnProfile) -> Option<&'static str> {
    // Phones without blanks are read as numbers; small ones of the name are counts.
    let is_long = column
        .numbers
        .as_ref()
        .is_some_and(|numbers| LONG <= numbers.quantiles[3]);
    let may_be = column.kind == Kind::Text
        || matches!(column.meaning, Meaning::Identifier | Meaning::Date)
        || (column.kind == Kind::Integer && is_long);
    if !may_be {
        return None;
    }
    let is_mail = |(form, _): &(String, f64)| {
        let (before, after) = form.split_once('@').unwrap_or_default();
        !before.is_empty() && after.contains('.')
    };
    let forms = column
        .texts
        .as_ref()
        .map(|texts| texts.forms.as_slice())
        .unwrap_or_default();
    if !forms.is_empty() && forms.iter().all(is_mail) {
        return Some("mail addresses");
    }
    let words = words_of(&column.name);
    let has = |word: &&str| words.iter().any(|found| found == word);
    let found = WORDS.iter().find(|(_, known)| known.iter().any(has));
    let is_name =
        words == ["name"] && column.meaning != Meaning::Category || has(&"name") && OF_PEOPLE.iter().any(has);
    found
        .map(|(what, _)| *what)
        // `email_opt_in` and `phone_type` tell nobody.
        .filter(|_| !matches!(column.meaning, Meaning::Flag | Meaning::Category))
        .or(is_name.then_some("names of people"))
}

/// The words of a name such as `firstName`, `first_name` or `First Name`, in small letters.
fn words_of(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut was_small = false;
    for c in name.chars() {
        let begins = !c.is_alphanumeric() || (c.is_uppercase() && was_small);
        if begins {
            words.push(String::new());
        }
        if let (true, Some(last)) = (c.is_alphanumeric(), words.last_mut()) {
            last.extend(c.to_lowercase());
        }
        was_small = c.is_lowercase();
    }
    words.retain(|word| !word.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use super::words_of;

    #[test]
    fn names_are_parted_into_words() {
        for name in ["firstName", "first_name", "First Name", "first-name"] {
            assert_eq!(words_of(name), ["first", "name"]);
        }
        assert_eq!(words_of("EMail2"), ["email2"]);
    }
}
