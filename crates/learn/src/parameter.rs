//! Parameters of trainers: declared once, then parsed, checked, listed and documented from that declaration.

use thiserror::Error;

/// The declaration of one parameter.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Parameter {
    /// Its name.
    pub name: &'static str,
    /// What it does, as Markdown.
    pub help: &'static str,
    /// What it takes.
    pub kind: Kind,
}

/// What a parameter takes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kind {
    /// A whole number within bounds, both included.
    Whole {
        /// The smallest.
        least: i64,
        /// The largest.
        most: i64,
    },
    /// A number within bounds, both included.
    Number {
        /// The smallest.
        least: f64,
        /// The largest.
        most: f64,
    },
    /// One of these words.
    Choice(&'static [&'static str]),
    /// Rising numbers between bounds, both excluded, at least one.
    Numbers {
        /// All are larger.
        above: f64,
        /// All are smaller.
        below: f64,
    },
    /// A table of names and whole numbers within bounds, both included.
    Named {
        /// The smallest.
        least: i64,
        /// The largest.
        most: i64,
    },
    /// Lists of names.
    Sets,
}

/// A parameter's value as it comes from a file, a command line or Python.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Chosen by the trainer from the data.
    Auto,
    /// A whole number.
    Whole(i64),
    /// A number.
    Number(f64),
    /// A word.
    Text(String),
    /// Some values.
    List(Vec<Value>),
    /// Some values with names.
    Table(Vec<(String, Value)>),
}

/// Why a parameter was refused.
#[derive(Clone, Debug, Error, PartialEq)]
#[non_exhaustive]
pub enum ParameterError {
    /// No parameter has this name.
    #[error("unknown parameter `{name}`{}", hint(.nearest))]
    Unknown {
        /// The name given.
        name: String,
        /// The known name nearest to it, if any is near.
        nearest: Option<&'static str>,
    },
    /// The value does not fit the parameter.
    #[error("parameter `{name}` is {found}, expected {expected}")]
    Value {
        /// The parameter.
        name: &'static str,
        /// The value given.
        found: String,
        /// What it takes.
        expected: String,
    },
}

fn hint(nearest: &Option<&'static str>) -> String {
    nearest.map_or_else(String::new, |name| format!("; did you mean `{name}`?"))
}

/// A Rust type that parameters are kept in.
pub(crate) trait Setting: Sized {
    /// Reads a value; `None` if it is of another type.
    fn from_value(value: &Value) -> Option<Self>;
    /// Writes it as a value.
    fn to_value(&self) -> Value;
}

impl Setting for u32 {
    fn from_value(value: &Value) -> Option<u32> {
        match value {
            Value::Whole(number) => u32::try_from(*number).ok(),
            Value::Number(number) if number.fract() == 0.0 && (0.0..4e9).contains(number) => {
                Some(*number as u32)
            }
            _ => None,
        }
    }

    fn to_value(&self) -> Value {
        Value::Whole(i64::from(*self))
    }
}

impl Setting for f64 {
    fn from_value(value: &Value) -> Option<f64> {
        match value {
            Value::Whole(number) => Some(*number as f64),
            Value::Number(number) => Some(*number),
            _ => None,
        }
    }

    fn to_value(&self) -> Value {
        Value::Number(*self)
    }
}

impl Setting for Vec<f64> {
    /// One number is a list of one.
    fn from_value(value: &Value) -> Option<Vec<f64>> {
        match value {
            Value::List(list) => list.iter().map(f64::from_value).collect(),
            value => Some(vec![f64::from_value(value)?]),
        }
    }

    fn to_value(&self) -> Value {
        Value::List(self.iter().map(f64::to_value).collect())
    }
}

impl Setting for Vec<String> {
    fn from_value(value: &Value) -> Option<Vec<String>> {
        let Value::List(list) = value else { return None };
        let text = |value: &Value| match value {
            Value::Text(text) => Some(text.clone()),
            _ => None,
        };
        list.iter().map(text).collect()
    }

    fn to_value(&self) -> Value {
        Value::List(self.iter().cloned().map(Value::Text).collect())
    }
}

impl Setting for Vec<Vec<String>> {
    fn from_value(value: &Value) -> Option<Vec<Vec<String>>> {
        let Value::List(list) = value else { return None };
        list.iter().map(Vec::from_value).collect()
    }

    fn to_value(&self) -> Value {
        Value::List(self.iter().map(Vec::to_value).collect())
    }
}

impl Setting for Vec<(String, i64)> {
    fn from_value(value: &Value) -> Option<Vec<(String, i64)>> {
        let Value::Table(table) = value else { return None };
        let pair = |(name, value): &(String, Value)| match value {
            Value::Whole(number) => Some((name.clone(), *number)),
            _ => None,
        };
        table.iter().map(pair).collect()
    }

    fn to_value(&self) -> Value {
        let pair = |(name, number): &(String, i64)| (name.clone(), Value::Whole(*number));
        Value::Table(self.iter().map(pair).collect())
    }
}

impl<T: Setting> Setting for Option<T> {
    fn from_value(value: &Value) -> Option<Option<T>> {
        match value {
            Value::Auto => Some(None),
            Value::Text(word) if word == "auto" => Some(None),
            value => T::from_value(value).map(Some),
        }
    }

    fn to_value(&self) -> Value {
        self.as_ref().map_or(Value::Auto, Setting::to_value)
    }
}

impl Parameter {
    /// Whether `value` lies in the range; automatic values do.
    pub fn check(&self, value: &Value) -> Result<(), ParameterError> {
        let fits = match (self.kind, value) {
            (_, Value::Auto) => true,
            (Kind::Whole { least, most }, Value::Whole(number)) => (least..=most).contains(number),
            (Kind::Number { least, most }, Value::Number(number)) => (least..=most).contains(number),
            (Kind::Choice(words), Value::Text(word)) => words.contains(&word.as_str()),
            (Kind::Numbers { above, below }, Value::List(list)) => {
                let numbers: Vec<f64> = list.iter().filter_map(f64::from_value).collect();
                let is_within = |number: &f64| above < *number && *number < below;
                !list.is_empty()
                    && numbers.len() == list.len()
                    && numbers.iter().all(is_within)
                    && numbers.is_sorted_by(|a, b| a < b)
            }
            (Kind::Named { least, most }, Value::Table(table)) => table
                .iter()
                .all(|(_, value)| matches!(value, Value::Whole(number) if (least..=most).contains(number))),
            (Kind::Sets, Value::List(list)) => {
                list.iter().all(|set| Vec::<String>::from_value(set).is_some())
            }
            _ => false,
        };
        if fits { Ok(()) } else { Err(self.refuse(value)) }
    }

    pub(crate) fn refuse(&self, value: &Value) -> ParameterError {
        ParameterError::Value {
            name: self.name,
            found: value.to_string(),
            expected: self.kind.to_string(),
        }
    }
}

/// The error for a name that is not in `parameters`.
pub(crate) fn unknown(parameters: &'static [Parameter], name: &str) -> ParameterError {
    let near = |parameter: &&Parameter| strsim::jaro_winkler(parameter.name, name);
    let nearest = parameters.iter().max_by(|a, b| near(a).total_cmp(&near(b)));
    let nearest = nearest
        .filter(|parameter| 0.7 < near(parameter))
        .map(|parameter| parameter.name);
    ParameterError::Unknown {
        name: name.to_owned(),
        nearest,
    }
}

impl std::fmt::Display for Kind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Kind::Whole { least, most } => write!(f, "a whole number from {least} to {most}"),
            Kind::Number { least, most } => write!(f, "a number from {least} to {most}"),
            Kind::Choice(words) => write!(f, "one of `{}`", words.join("`, `")),
            Kind::Numbers { above, below } => {
                write!(f, "a list of rising numbers between {above} and {below}")
            }
            Kind::Named { least, most } => {
                write!(
                    f,
                    "a table of feature names, each with a whole number from {least} to {most}"
                )
            }
            Kind::Sets => write!(f, "a list of lists of feature names"),
        }
    }
}

impl std::fmt::Display for Value {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Value::Auto => write!(f, "auto"),
            Value::Whole(number) => write!(f, "{number}"),
            Value::Number(number) => write!(f, "{number}"),
            Value::Text(word) => write!(f, "`{word}`"),
            Value::List(list) => {
                let texts: Vec<String> = list.iter().map(Value::to_string).collect();
                write!(f, "[{}]", texts.join(", "))
            }
            Value::Table(table) => {
                let texts: Vec<String> = table
                    .iter()
                    .map(|(name, value)| format!("{name} = {value}"))
                    .collect();
                write!(f, "{{{}}}", texts.join(", "))
            }
        }
    }
}

/// The parameters of one trainer, by name.
pub(crate) trait ParameterSet: Default {
    /// Sets the parameter of this name.
    fn set_by_name(&mut self, name: &str, value: &Value) -> Result<(), ParameterError>;
    /// The values of all parameters, in the order of their declarations.
    fn all_values(&self) -> Vec<Value>;
}

/// Declares a trainer's parameters: the struct, its defaults, its table, and setting and checking by name.
macro_rules! parameters {
    (
        $(#[$meta:meta])*
        pub struct $name:ident {
            $( $(#[doc = $help:literal])+ $field:ident: $type:ty = $default:expr, $kind:expr; )+
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq)]
        pub struct $name {
            $( $(#[doc = $help])+ pub $field: $type, )+
        }

        impl Default for $name {
            fn default() -> $name {
                $name { $( $field: $default, )+ }
            }
        }

        impl $name {
            /// The declarations of all parameters, in the order of the fields.
            pub const PARAMETERS: &'static [$crate::Parameter] = &[
                $( $crate::Parameter {
                    name: stringify!($field),
                    help: concat!($($help),+).trim_ascii(),
                    kind: $kind,
                }, )+
            ];

            /// Sets the parameter of this name.
            ///
            /// # Errors
            /// [`ParameterError`]($crate::ParameterError) if there is none, or the value does not fit.
            pub fn set(&mut self, name: &str, value: &$crate::Value) -> Result<(), $crate::ParameterError> {
                let found = Self::PARAMETERS.iter().find(|parameter| parameter.name == name);
                let parameter = found.ok_or_else(|| $crate::parameter::unknown(Self::PARAMETERS, name))?;
                $( if name == stringify!($field) {
                    let setting: Option<$type> = $crate::parameter::Setting::from_value(value);
                    let setting = setting.ok_or_else(|| parameter.refuse(value))?;
                    parameter.check(&$crate::parameter::Setting::to_value(&setting))?;
                    self.$field = setting;
                } )+
                Ok(())
            }

            /// The values of all parameters, in the order of the fields.
            pub fn values(&self) -> Vec<$crate::Value> {
                vec![ $( $crate::parameter::Setting::to_value(&self.$field), )+ ]
            }

            fn check_ranges(&self) -> Result<(), $crate::ParameterError> {
                let pairs = Self::PARAMETERS.iter().zip(self.values());
                pairs.map(|(parameter, value)| parameter.check(&value)).collect()
            }
        }

        impl $crate::parameter::ParameterSet for $name {
            fn set_by_name(&mut self, name: &str, value: &$crate::Value) -> Result<(), $crate::ParameterError> {
                self.set(name, value)
            }

            fn all_values(&self) -> Vec<$crate::Value> {
                self.values()
            }
        }
    };
}

pub(crate) use parameters;
