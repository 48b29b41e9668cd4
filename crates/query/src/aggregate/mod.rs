//! `sum`, `avg`, `var`, `stddev`, `corr` and their kin over exact sums: order, threads and spilling change no bit.

mod accumulator;
mod state;

use accumulator::MomentAccumulator;
use datafusion::arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::{Result, not_impl_err};
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::{
    Accumulator, AggregateUDF, AggregateUDFImpl, Signature, TypeSignature, Volatility,
};
use datafusion::prelude::SessionContext;
use std::sync::Arc;

/// Puts our aggregates in the place of DataFusion's.
pub(crate) fn register(context: &SessionContext) {
    for moment in Moment::ALL {
        context.register_udaf(AggregateUDF::from(ExactAggregate::new(moment)));
    }
}

/// What is computed from the exact sums.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Moment {
    Sum,
    Mean,
    VarianceSample,
    VariancePopulation,
    DeviationSample,
    DeviationPopulation,
    CovarianceSample,
    CovariancePopulation,
    Correlation,
}

impl Moment {
    const ALL: [Moment; 9] = [
        Moment::Sum,
        Moment::Mean,
        Moment::VarianceSample,
        Moment::VariancePopulation,
        Moment::DeviationSample,
        Moment::DeviationPopulation,
        Moment::CovarianceSample,
        Moment::CovariancePopulation,
        Moment::Correlation,
    ];

    fn names(self) -> &'static [&'static str] {
        match self {
            Moment::Sum => &["sum"],
            Moment::Mean => &["avg", "mean"],
            Moment::VarianceSample => &["var", "var_sample", "var_samp"],
            Moment::VariancePopulation => &["var_pop", "var_population"],
            Moment::DeviationSample => &["stddev", "stddev_samp"],
            Moment::DeviationPopulation => &["stddev_pop"],
            Moment::CovarianceSample => &["covar_samp", "covar"],
            Moment::CovariancePopulation => &["covar_pop"],
            Moment::Correlation => &["corr"],
        }
    }

    /// How many columns it looks at.
    pub(crate) fn n_arguments(self) -> usize {
        match self {
            Moment::CovarianceSample | Moment::CovariancePopulation | Moment::Correlation => 2,
            _ => 1,
        }
    }

    /// Whether squares and products are needed.
    pub(crate) fn is_second(self) -> bool {
        !matches!(self, Moment::Sum | Moment::Mean)
    }
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct ExactAggregate {
    moment: Moment,
    signature: Signature,
    aliases: Vec<String>,
}

impl ExactAggregate {
    fn new(moment: Moment) -> ExactAggregate {
        let numbers = TypeSignature::Exact(vec![DataType::Float64; moment.n_arguments()]);
        let signature = match moment {
            Moment::Sum => TypeSignature::OneOf(vec![TypeSignature::Exact(vec![DataType::Int64]), numbers]),
            _ => numbers,
        };
        ExactAggregate {
            moment,
            signature: Signature::new(signature, Volatility::Immutable),
            aliases: moment.names()[1..]
                .iter()
                .map(|name| (*name).to_owned())
                .collect(),
        }
    }
}

impl AggregateUDFImpl for ExactAggregate {
    fn name(&self) -> &str {
        self.moment.names()[0]
    }

    fn aliases(&self) -> &[String] {
        &self.aliases
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, arguments: &[DataType]) -> Result<DataType> {
        Ok(match (self.moment, arguments.first()) {
            (Moment::Sum, Some(DataType::Int64)) => DataType::Int64,
            _ => DataType::Float64,
        })
    }

    fn accumulator(&self, arguments: AccumulatorArgs) -> Result<Box<dyn Accumulator>> {
        if arguments.is_distinct {
            return not_impl_err!(
                "{}(DISTINCT ...): select the distinct values in a subquery first",
                self.name()
            );
        }
        let whole = arguments.return_field.data_type() == &DataType::Int64;
        Ok(Box::new(MomentAccumulator::new(self.moment, whole)))
    }

    fn state_fields(&self, arguments: StateFieldsArgs) -> Result<Vec<FieldRef>> {
        Ok(vec![Arc::new(Field::new(
            format!("{}[exact]", arguments.name),
            DataType::Binary,
            true,
        ))])
    }
}
