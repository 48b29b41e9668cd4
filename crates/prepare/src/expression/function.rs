//! The functions of the expression language, declared once: name, arguments, result, meaning.

use serde::{Deserialize, Serialize};
use table::Kind;

/// What a function takes and gives.
#[derive(Clone, Copy, Debug)]
pub struct FunctionSpec {
    /// The function.
    pub function: Function,
    /// Its name in expressions.
    pub name: &'static str,
    /// The kinds of its arguments.
    pub arguments: &'static [Kind],
    /// Whether the last argument may repeat.
    pub variadic: bool,
    /// The kind of its result; `None` if it is that of the first argument.
    pub result: Option<Kind>,
    /// What it computes.
    pub help: &'static str,
}

macro_rules! functions {
    ($($variant:ident $name:literal ($($argument:ident),*) $variadic:literal -> $result:expr, $help:literal;)*) => {
        /// A function of the expression language.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum Function {
            $(#[doc = $help] $variant,)*
        }

        /// Every function.
        pub const FUNCTIONS: &[FunctionSpec] = &[
            $(FunctionSpec {
                function: Function::$variant,
                name: $name,
                arguments: &[$(Kind::$argument),*],
                variadic: $variadic,
                result: $result,
                help: $help,
            },)*
        ];
    };
}

functions! {
    Abs "abs" (Number) false -> Some(Kind::Number), "The size of a number without its sign.";
    Sqrt "sqrt" (Number) false -> Some(Kind::Number), "The square root; missing below zero.";
    Ln "ln" (Number) false -> Some(Kind::Number), "The natural logarithm; missing at and below zero.";
    Exp "exp" (Number) false -> Some(Kind::Number), "The exponential function.";
    Power "power" (Number, Number) false -> Some(Kind::Number), "The first number to the power of the second.";
    Floor "floor" (Number) false -> Some(Kind::Number), "The largest whole number not above.";
    Ceil "ceil" (Number) false -> Some(Kind::Number), "The smallest whole number not below.";
    Round "round" (Number) false -> Some(Kind::Number), "The nearest whole number, halves away from zero.";
    Least "least" (Number) true -> Some(Kind::Number), "The smallest of the numbers that are not missing.";
    Greatest "greatest" (Number) true -> Some(Kind::Number), "The largest of the numbers that are not missing.";
    Coalesce "coalesce" () true -> None, "The first argument that is not missing.";
    NullIf "nullif" () true -> None, "The first argument, or missing if it equals the second.";
    Lower "lower" (Text) false -> Some(Kind::Text), "Lower case.";
    Upper "upper" (Text) false -> Some(Kind::Text), "Upper case.";
    Trim "trim" (Text) false -> Some(Kind::Text), "Without blanks at both ends.";
    Length "length" (Text) false -> Some(Kind::Number), "The number of characters.";
    Substr "substr" (Text, Number, Number) false -> Some(Kind::Text), "From a position counted from 1, so many characters.";
    StartsWith "starts_with" (Text, Text) false -> Some(Kind::Boolean), "Whether the first text begins with the second.";
    Contains "contains" (Text, Text) false -> Some(Kind::Boolean), "Whether the first text holds the second.";
    Year "year" (Time) false -> Some(Kind::Number), "The year.";
    Month "month" (Time) false -> Some(Kind::Number), "The month from 1 to 12.";
    Day "day" (Time) false -> Some(Kind::Number), "The day of the month from 1 to 31.";
    Weekday "weekday" (Time) false -> Some(Kind::Number), "The day of the week from Monday = 1 to Sunday = 7.";
    Hour "hour" (Time) false -> Some(Kind::Number), "The hour from 0 to 23.";
    EpochDays "epoch_days" (Time) false -> Some(Kind::Number), "Days since 1970-01-01, with fractions.";
}

impl Function {
    /// The declaration of the function called `name`, in any case.
    pub fn named(name: &str) -> Option<&'static FunctionSpec> {
        let lower = name.to_lowercase();
        let lower = match lower.as_str() {
            "pow" => "power",
            "ceiling" => "ceil",
            "char_length" => "length",
            "substring" => "substr",
            other => other,
        };
        FUNCTIONS.iter().find(|spec| spec.name == lower)
    }

    /// Its declaration.
    pub fn spec(self) -> &'static FunctionSpec {
        FUNCTIONS
            .iter()
            .find(|spec| spec.function == self)
            .expect("every variant stands in the list that makes it")
    }
}
