//! Bad values of parameters are refused in the words of their declarations.

use crate::Value;
use crate::parameter::Kind;
use crate::trainers::TRAINERS;

/// Values that a parameter must refuse.
fn bad(kind: Kind) -> Vec<Value> {
    let words = |text: &str| Value::Text(text.to_owned());
    match kind {
        Kind::Whole { least, most } => vec![
            Value::Whole(least - 1),
            Value::Whole(most + 1),
            Value::Number(1.5),
            words("x"),
        ],
        Kind::Number { least, most } => vec![
            Value::Number(least - 1.0),
            Value::Number(2.0 * most + 1.0),
            Value::Number(f64::NAN),
            Value::List(vec![]),
        ],
        Kind::Choice(_) => vec![words("no such word"), Value::Whole(1)],
        Kind::Numbers { above, below } => vec![
            Value::List(vec![]),
            Value::List(vec![Value::Number(above)]),
            Value::List(vec![Value::Number(below)]),
            Value::List(vec![Value::Number(0.6 * below), Value::Number(0.5 * below)]),
            words("x"),
        ],
        Kind::Named { least, most } => {
            let table = |value| Value::Table(vec![("x".to_owned(), Value::Whole(value))]);
            vec![table(least - 1), table(most + 1), Value::Whole(1)]
        }
        Kind::Sets => vec![words("x"), Value::List(vec![Value::Whole(1)])],
    }
}

#[test]
fn every_bad_value_is_refused_in_the_words_of_its_declaration() {
    for spec in TRAINERS {
        for parameter in spec.parameters {
            for value in bad(parameter.kind) {
                let fault = spec.make(&[(parameter.name, &value)]).unwrap_err();
                let expected = format!(
                    "parameter `{}` is {value}, expected {}",
                    parameter.name, parameter.kind
                );
                assert_eq!(fault.error.to_string(), expected, "{}", spec.name);
            }
        }
    }
}

/// The outermost values that a parameter takes.
fn good(kind: Kind) -> Vec<Value> {
    match kind {
        Kind::Whole { least, most } => vec![
            Value::Whole(least),
            Value::Whole(most),
            Value::Number(most as f64),
        ],
        Kind::Number { least, most } => vec![Value::Number(least), Value::Number(most)],
        Kind::Choice(words) => words.iter().map(|word| Value::Text((*word).to_owned())).collect(),
        Kind::Numbers { above, below } => {
            let share = |share: f64| Value::Number(above + share * (below - above));
            vec![share(0.25), Value::List(vec![share(0.25), share(0.75)])]
        }
        Kind::Named { least, most } => [least, most]
            .map(|value| Value::Table(vec![("x".to_owned(), Value::Whole(value))]))
            .to_vec(),
        Kind::Sets => vec![
            Value::List(vec![]),
            Value::List(vec![Value::List(vec![Value::Text("x".into())])]),
        ],
    }
}

#[test]
fn the_bounds_of_a_declaration_are_taken_and_told_again() {
    for spec in TRAINERS {
        for (position, parameter) in spec.parameters.iter().enumerate() {
            for value in good(parameter.kind) {
                let made = spec.make(&[(parameter.name, &value)]).unwrap();
                let told = &made.values[position];
                let again = spec.make(&[(parameter.name, told)]).unwrap();
                assert_eq!(&again.values[position], told, "{} {}", spec.name, parameter.name);
            }
        }
    }
}

#[test]
fn a_misspelt_name_is_refused_with_the_nearest_right_one() {
    for spec in TRAINERS {
        for parameter in spec.parameters {
            let misspelt = format!("{}e", parameter.name);
            let fault = spec.make(&[(&misspelt, &Value::Auto)]).unwrap_err();
            let expected = format!(
                "unknown parameter `{misspelt}`; did you mean `{}`?",
                parameter.name
            );
            assert_eq!(fault.error.to_string(), expected, "{}", spec.name);
        }
    }
}
