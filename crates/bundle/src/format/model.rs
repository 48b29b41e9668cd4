//! Models as named lists, and back.

use super::{Array, FloatHeader, ModelHeader};
use crate::BundleError;
use crate::model::{
    Constant, ConstantParts, FloatParts, LinearModel, LinearParts, Model, TreeEnsemble, TreeParts,
};

/// The header and lists of a model.
pub(crate) fn write(model: &Model) -> (ModelHeader, Vec<(String, Array)>) {
    let (kind, grid_exponent, lists) = match model {
        Model::Trees(trees) => ("trees", trees.parts().grid_exponent, write_trees(trees.parts())),
        Model::Linear(linear) => (
            "linear",
            linear.parts().grid_exponent,
            write_linear(linear.parts()),
        ),
        Model::Constant(constant) => (
            "constant",
            constant.parts().grid_exponent,
            vec![("base", Array::I64(constant.parts().base.clone()))],
        ),
    };
    let arrays = lists
        .into_iter()
        .map(|(name, array)| (format!("model.{name}"), array))
        .collect();
    let floats = match model {
        Model::Trees(trees) => trees.parts().floats.as_ref(),
        _ => None,
    };
    (
        ModelHeader {
            kind: kind.to_owned(),
            grid_exponent,
            floats: floats.map(|floats| FloatHeader {
                precision: floats.precision,
                n_averaged: floats.n_averaged,
            }),
        },
        arrays,
    )
}

fn write_trees(parts: &TreeParts) -> Vec<(&'static str, Array)> {
    let p = parts.clone();
    let (base, value, codes) = match p.floats {
        None => (Array::I64(p.base), Array::I64(p.value), None),
        Some(floats) => (
            Array::F64(floats.base),
            Array::F64(floats.value),
            Some(Array::U32(floats.codes)),
        ),
    };
    let mut lists = vec![
        ("feature_levels", Array::U32(p.feature_levels)),
        ("base", base),
        ("tree_output", Array::U32(p.tree_output)),
        ("tree_n_nodes", Array::U32(p.tree_n_nodes)),
        ("feature", Array::U32(p.feature)),
        ("cover", Array::F64(p.cover)),
        ("threshold", Array::F64(p.threshold)),
        ("missing_left", Array::U8(p.missing_left)),
        ("category_words", Array::U32(p.category_words)),
        ("value", value),
    ];
    lists.extend(codes.map(|codes| ("codes", codes)));
    lists
}

fn write_linear(parts: &LinearParts) -> Vec<(&'static str, Array)> {
    let p = parts.clone();
    vec![
        ("feature_levels", Array::U32(p.feature_levels)),
        ("intercept", Array::I64(p.intercept)),
        ("center", Array::F64(p.center)),
        ("scale", Array::F64(p.scale)),
        ("low", Array::F64(p.low)),
        ("high", Array::F64(p.high)),
        ("coefficient", Array::F64(p.coefficient)),
        ("level", Array::I64(p.level)),
        ("missing", Array::I64(p.missing)),
        ("mean", Array::I64(p.mean)),
    ]
}

/// The model that the lists describe; every list must be there, and no other.
pub(crate) fn read(
    header: &ModelHeader,
    arrays: Vec<(String, Array)>,
    name: &str,
) -> Result<Model, BundleError> {
    let grid_exponent = header.grid_exponent;
    let mut lists = Lists { arrays, name };
    let model = match header.kind.as_str() {
        "trees" => Model::Trees(TreeEnsemble::from_parts(TreeParts {
            grid_exponent,
            feature_levels: lists.u32("feature_levels")?,
            base: lists.units(header, "base")?,
            tree_output: lists.u32("tree_output")?,
            tree_n_nodes: lists.u32("tree_n_nodes")?,
            feature: lists.u32("feature")?,
            cover: lists.f64("cover")?,
            threshold: lists.f64("threshold")?,
            missing_left: lists.u8("missing_left")?,
            category_words: lists.u32("category_words")?,
            value: lists.units(header, "value")?,
            floats: lists.floats(header)?,
        })?),
        _ if header.floats.is_some() => {
            return Err(BundleError::format(
                name,
                "the model",
                format!("floats in kind `{}`", header.kind),
                "trees alone",
            ));
        }
        "linear" => Model::Linear(LinearModel::from_parts(LinearParts {
            grid_exponent,
            feature_levels: lists.u32("feature_levels")?,
            intercept: lists.i64("intercept")?,
            center: lists.f64("center")?,
            scale: lists.f64("scale")?,
            low: lists.f64("low")?,
            high: lists.f64("high")?,
            coefficient: lists.f64("coefficient")?,
            level: lists.i64("level")?,
            missing: lists.i64("missing")?,
            mean: lists.i64("mean")?,
        })?),
        "constant" => Model::Constant(Constant::from_parts(ConstantParts {
            grid_exponent,
            base: lists.i64("base")?,
        })?),
        other => {
            return Err(BundleError::format(
                name,
                "the model",
                format!("kind `{other}`"),
                "trees, linear or constant",
            ));
        }
    };
    match lists.arrays.first() {
        None => Ok(model),
        Some((extra, _)) => Err(BundleError::format(
            name,
            format!("section `{extra}`"),
            "a list that no part reads",
            "none",
        )),
    }
}

/// The lists that were not taken yet.
struct Lists<'a> {
    arrays: Vec<(String, Array)>,
    name: &'a str,
}

macro_rules! take {
    ($function:ident, $variant:ident, $type:ty) => {
        fn $function(&mut self, list: &str) -> Result<Vec<$type>, BundleError> {
            match self.take(list)? {
                Array::$variant(list) => Ok(list),
                other => Err(BundleError::format(
                    self.name,
                    format!("section `model.{list}`"),
                    other.element(),
                    stringify!($type),
                )),
            }
        }
    };
}

impl Lists<'_> {
    /// Whole units, unless the trees hold floats.
    fn units(&mut self, header: &ModelHeader, list: &str) -> Result<Vec<i64>, BundleError> {
        match header.floats {
            None => self.i64(list),
            Some(_) => Ok(Vec::new()),
        }
    }

    fn floats(&mut self, header: &ModelHeader) -> Result<Option<FloatParts>, BundleError> {
        let Some(floats) = &header.floats else {
            return Ok(None);
        };
        Ok(Some(FloatParts {
            precision: floats.precision,
            base: self.f64("base")?,
            value: self.f64("value")?,
            n_averaged: floats.n_averaged,
            codes: self.u32("codes")?,
        }))
    }

    fn take(&mut self, list: &str) -> Result<Array, BundleError> {
        let full = format!("model.{list}");
        let position = self.arrays.iter().position(|(name, _)| *name == full);
        let position = position
            .ok_or_else(|| BundleError::format(self.name, format!("section `{full}`"), "none", "a list"))?;
        Ok(self.arrays.remove(position).1)
    }

    take!(u8, U8, u8);
    take!(u32, U32, u32);
    take!(i64, I64, i64);
    take!(f64, F64, f64);
}
