//! One model as a function over the columns that it must be shown.

use super::Model;
use datafusion::arrow::array::{ArrayRef, RecordBatch};
use datafusion::arrow::datatypes::{DataType, Field, Schema, TimeUnit};
use datafusion::error::{DataFusionError, Result};
use datafusion::logical_expr::{
    ColumnarValue, Expr, ScalarFunctionArgs, ScalarUDFImpl, Signature, Volatility,
};
use std::hash::{Hash, Hasher};
use std::sync::Arc;
use table::{Complaints, Kind, normalise};

/// What is asked of a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Asks {
    Predict,
    Decide,
}

/// A model's answers as a function of SQL.
#[derive(Debug)]
pub(super) struct ModelFunction {
    asks: Asks,
    /// As it stood in quotes.
    model_name: String,
    /// What it is known by in the plan; nobody else calls a function so.
    name: String,
    /// Whether the columns are those called as the inputs, which need not be named again.
    is_by_name: bool,
    model: Arc<dyn Model>,
    inputs: Vec<(String, Kind)>,
    signature: Signature,
}

impl Asks {
    pub(super) fn of(word: &str) -> Option<Asks> {
        [Asks::Predict, Asks::Decide]
            .into_iter()
            .find(|asks| word.eq_ignore_ascii_case(asks.word()))
    }

    pub(super) fn word(self) -> &'static str {
        match self {
            Asks::Predict => "predict",
            Asks::Decide => "decide",
        }
    }
}

impl ModelFunction {
    pub(super) fn new(
        asks: Asks,
        model_name: &str,
        model: Arc<dyn Model>,
        is_by_name: bool,
    ) -> ModelFunction {
        let inputs = model.inputs();
        let types = inputs.iter().map(|(_, kind)| data_type(*kind)).collect();
        ModelFunction {
            name: format!(
                "{}('{model_name}'{})",
                asks.word(),
                if is_by_name { "" } else { ", ..." }
            ),
            signature: Signature::exact(types, Volatility::Immutable),
            model_name: model_name.to_owned(),
            asks,
            is_by_name,
            model,
            inputs,
        }
    }

    pub(super) fn unique_name(&self) -> &str {
        &self.name
    }

    fn answered(&self, columns: Vec<ArrayRef>) -> Result<ArrayRef> {
        let failed = |found: String| DataFusionError::Execution(format!("`{}`: {found}", self.model_name));
        let fields: Vec<Field> = self
            .inputs
            .iter()
            .map(|(name, kind)| Field::new(name, data_type(*kind), true))
            .collect();
        let batch = RecordBatch::try_new(Arc::new(Schema::new(fields)), columns)?;
        // what is missing in a file is missing here
        let rows =
            normalise(&batch, &mut Complaints::default()).map_err(|error| failed(error.to_string()))?;
        Ok(match self.asks {
            Asks::Predict => Arc::new(self.model.predict(&rows).map_err(failed)?),
            Asks::Decide => Arc::new(self.model.decide(&rows).map_err(failed)?),
        })
    }
}

impl ScalarUDFImpl for ModelFunction {
    fn name(&self) -> &str {
        &self.name
    }

    fn schema_name(&self, arguments: &[Expr]) -> Result<String> {
        if self.is_by_name {
            return Ok(self.name.clone());
        }
        let columns: Vec<String> = arguments
            .iter()
            .map(|column| column.schema_name().to_string())
            .collect();
        let word = self.asks.word();
        Ok(format!("{word}('{}', {})", self.model_name, columns.join(", ")))
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(match self.asks {
            Asks::Predict => DataType::Float64,
            Asks::Decide => DataType::Utf8,
        })
    }

    fn invoke_with_args(&self, arguments: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let n_rows = arguments.number_rows;
        let columns = arguments.args.into_iter().map(|column| column.into_array(n_rows));
        let answers = self.answered(columns.collect::<Result<_>>()?)?;
        Ok(ColumnarValue::Array(answers))
    }
}

impl PartialEq for ModelFunction {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for ModelFunction {}

impl Hash for ModelFunction {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name.hash(state);
    }
}

fn data_type(kind: Kind) -> DataType {
    match kind {
        Kind::Boolean => DataType::Boolean,
        Kind::Integer => DataType::Int64,
        Kind::Number => DataType::Float64,
        Kind::Text => DataType::Utf8,
        Kind::Date => DataType::Date32,
        Kind::Time => DataType::Timestamp(TimeUnit::Microsecond, None),
    }
}
