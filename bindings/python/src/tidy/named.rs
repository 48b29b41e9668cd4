//! Numbers by name, a dictionary in Python.

use super::{Cell, Value};
use pyo3::prelude::*;
use pyo3::types::PyDict;

/// Numbers by name, in their order.
#[derive(Clone, Debug)]
pub(crate) struct Named(Vec<(String, f64)>);

impl FromIterator<(String, f64)> for Named {
    fn from_iter<I: IntoIterator<Item = (String, f64)>>(pairs: I) -> Named {
        Named(pairs.into_iter().collect())
    }
}

impl<'py> IntoPyObject<'py> for Named {
    type Target = PyDict;
    type Output = Bound<'py, PyDict>;
    type Error = PyErr;

    fn into_pyobject(self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let named = PyDict::new(py);
        for (name, number) in self.0 {
            named.set_item(name, number)?;
        }
        Ok(named)
    }
}

impl Cell for Named {
    fn value(&self) -> Value {
        let pairs = self.0.iter().map(|(name, number)| (name.clone(), number.value()));
        Value::Record(pairs.collect())
    }

    fn of(value: &Value) -> Option<Named> {
        match value {
            Value::Record(pairs) => pairs
                .iter()
                .map(|(name, value)| Some((name.clone(), f64::of(value)?)))
                .collect(),
            _ => None,
        }
    }
}
