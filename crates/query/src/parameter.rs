//! Values that stand in a query under a name: bound to it, never read as SQL.

use crate::QueryError;
use datafusion::common::ScalarValue;
use datafusion::error::DataFusionError;
use datafusion::logical_expr::LogicalPlan;
use std::collections::{BTreeMap, HashMap};
use table::{nearest, quoted_list};

/// A value for `$name` in a query.
#[derive(Clone, Debug, PartialEq)]
pub enum Parameter {
    /// No value.
    Missing,
    /// True or false.
    Flag(bool),
    /// A whole number.
    Whole(i64),
    /// A number.
    Number(f64),
    /// Text.
    Text(String),
    /// A day, counted from 1970-01-01.
    Day(i32),
    /// A time in microseconds since 1970-01-01, without a zone.
    Time(i64),
}

impl Parameter {
    fn scalar(&self) -> ScalarValue {
        match self {
            Parameter::Missing => ScalarValue::Null,
            Parameter::Flag(flag) => ScalarValue::Boolean(Some(*flag)),
            Parameter::Whole(number) => ScalarValue::Int64(Some(*number)),
            Parameter::Number(number) => ScalarValue::Float64(Some(*number)),
            Parameter::Text(text) => ScalarValue::Utf8(Some(text.clone())),
            Parameter::Day(day) => ScalarValue::Date32(Some(*day)),
            Parameter::Time(micros) => ScalarValue::TimestampMicrosecond(Some(*micros), None),
        }
    }
}

/// The plan with its `$names` replaced by their values.
pub(crate) fn bound(
    plan: LogicalPlan,
    parameters: &BTreeMap<String, Parameter>,
) -> Result<LogicalPlan, QueryError> {
    let refuse = |error: DataFusionError| QueryError::Plan {
        found: error.find_root().strip_backtrace(),
    };
    let asked = plan.get_parameter_names().map_err(refuse)?;
    let known = || parameters.keys().map(String::as_str);
    let mut asked: Vec<&str> = asked.iter().map(|name| name.trim_start_matches('$')).collect();
    asked.sort_unstable();
    if let Some(name) = asked.iter().find(|name| !parameters.contains_key(**name)) {
        let hint = nearest(name, known()).map_or(String::new(), |near| format!("; did you mean `{near}`?"));
        return Err(QueryError::Plan {
            found: format!(
                "`${name}` has no value; found values for {}{hint}",
                quoted_list(known(), 12)
            ),
        });
    }
    if let Some(name) = known().find(|name| asked.binary_search(name).is_err()) {
        return Err(unasked(name, &asked));
    }
    if asked.is_empty() {
        return Ok(plan);
    }
    let values: HashMap<String, ScalarValue> = parameters
        .iter()
        .map(|(name, value)| (name.clone(), value.scalar()))
        .collect();
    plan.with_param_values(values).map_err(refuse)
}

/// A value that the query does not ask for is meant for something that it does.
fn unasked(name: &str, asked: &[&str]) -> QueryError {
    let hint = nearest(name, asked.iter().copied())
        .map_or(String::new(), |near| format!("; did you mean `{near}`?"));
    let found = match asked {
        [] => "it asks for none".to_owned(),
        asked => format!("it asks for {}", quoted_list(asked.iter().copied(), 12)),
    };
    QueryError::Plan {
        found: format!("found a value for `{name}`, which the query does not ask for; {found}{hint}"),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use crate::{Config, Engine, Parameter};
    use std::collections::BTreeMap;

    fn engine() -> Engine {
        let bytes = b"city,price,day\nOslo,3,2024-01-01\nOslo,4,2024-02-01\nBergen,5,2024-03-01\n";
        let format = table::read::Format::Csv;
        let rows = table::read::from_bytes(bytes, format, "p.csv", &Default::default())
            .unwrap()
            .table;
        let engine = Engine::new(&Config::default()).unwrap();
        engine.register("prices", &rows).unwrap();
        engine
    }

    fn n_rows(sql: &str, parameters: &[(&str, Parameter)]) -> Result<usize, String> {
        let parameters: BTreeMap<String, Parameter> = parameters
            .iter()
            .map(|(name, value)| ((*name).to_owned(), value.clone()))
            .collect();
        let answer = engine()
            .query_with(sql, &parameters)
            .map_err(|error| error.to_string())?;
        Ok(answer.table.n_rows())
    }

    #[test]
    fn values_are_bound_and_never_read() {
        let text = |text: &str| Parameter::Text(text.to_owned());
        let by_city = "SELECT * FROM prices WHERE city = $city";
        assert_eq!(n_rows(by_city, &[("city", text("Oslo"))]), Ok(2));
        assert_eq!(n_rows(by_city, &[("city", text("x' OR 'a' = 'a"))]), Ok(0));
        assert_eq!(
            n_rows(
                "SELECT * FROM prices WHERE price >= $p",
                &[("p", Parameter::Number(3.5))]
            ),
            Ok(2)
        );
        assert_eq!(
            n_rows("SELECT * FROM prices LIMIT $n", &[("n", Parameter::Whole(1))]),
            Ok(1)
        );
        assert_eq!(
            n_rows(
                "SELECT * FROM prices WHERE day < $d",
                &[("d", Parameter::Day(19_754))]
            ),
            Ok(1)
        );
        assert_eq!(
            n_rows(
                "SELECT * FROM prices WHERE $on",
                &[("on", Parameter::Flag(false))]
            ),
            Ok(0)
        );
        assert_eq!(n_rows(by_city, &[("city", Parameter::Missing)]), Ok(0));
    }

    #[test]
    fn a_value_that_is_not_asked_for_is_named() {
        let one = || Parameter::Whole(1);
        let error = n_rows("SELECT $city", &[("city", one()), ("citty", one())]).unwrap_err();
        assert!(
            error.contains("a value for `citty`, which the query does not ask for; it asks for `city`; did you mean `city`?"),
            "{error}"
        );
        let error = n_rows("SELECT 1", &[("city", one())]).unwrap_err();
        assert!(error.contains("it asks for none"), "{error}");
    }

    #[test]
    fn a_name_without_a_value_is_named() {
        let error = n_rows("SELECT $ciyt", &[("city", Parameter::Whole(1))]).unwrap_err();
        assert!(
            error.contains("`$ciyt`") && error.contains("did you mean `city`"),
            "{error}"
        );
        assert!(n_rows("SELECT $x", &[]).is_err());
    }
}
