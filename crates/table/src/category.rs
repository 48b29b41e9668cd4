//! Values as the texts of categories: the same value gives the same text, whatever type it comes in.

use crate::write::cell_text;
use arrow::array::{Array, ArrayRef, AsArray, StringArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Float64Type};
use arrow::error::ArrowError;
use std::sync::Arc;

/// The cells as texts of categories; missing and `NaN` stay missing.
///
/// A number is written without needless digits: `1`, `1.0` in 32 and in 64 bits and a dictionary of either are all `1`,
/// and `0.1` in 32 bits is `0.1`. Truths are `true` and `false`. Text stays as it is.
///
/// # Errors
/// [`ArrowError`] for types without a text, such as lists and structures.
pub fn category_texts(cells: &ArrayRef) -> Result<ArrayRef, ArrowError> {
    let plain = match cells.data_type() {
        DataType::Dictionary(_, value) => cast(cells, value)?,
        DataType::RunEndEncoded(_, value) => cast(cells, value.data_type())?,
        _ => Arc::clone(cells),
    };
    if plain.data_type().is_floating() || is_decimal(plain.data_type()) {
        let numbers = cast(&plain, &DataType::Float64)?;
        let numbers = numbers.as_primitive::<Float64Type>().iter();
        let present = |value: f64| (!value.is_nan()).then(|| number_text(value));
        let texts = numbers.map(|value| value.and_then(present));
        return Ok(Arc::new(texts.collect::<StringArray>()));
    }
    match plain.data_type() {
        // As days and times are written everywhere else.
        DataType::Date32 | DataType::Timestamp(arrow::datatypes::TimeUnit::Microsecond, None) => {
            let texts = (0..plain.len()).map(|row| cell_text(plain.as_ref(), row));
            Ok(Arc::new(texts.collect::<StringArray>()))
        }
        _ => cast(&plain, &DataType::Utf8),
    }
}

/// The text of a category that a text may stand for where it is none itself: a whole number that was written with a
/// fraction of `.0`, or a truth in other letters.
///
/// Other texts stand for themselves alone: `01`, `1e3` and `1.10` may be codes.
pub fn plain_category(text: &str) -> Option<&str> {
    if text.eq_ignore_ascii_case("true") {
        return Some("true");
    }
    if text.eq_ignore_ascii_case("false") {
        return Some("false");
    }
    let whole = text.strip_suffix(".0")?;
    if whole == "-0" {
        return Some("0");
    }
    let digits = whole.strip_prefix('-').unwrap_or(whole);
    let is_number = digits.bytes().all(|byte| byte.is_ascii_digit())
        && !digits.is_empty()
        && (digits == "0" || !digits.starts_with('0'));
    is_number.then_some(whole)
}

/// The fewest digits that tell the number; one that is held by 32 bits needs no more than those tell.
fn number_text(value: f64) -> String {
    // No minus before zero.
    let value = value + 0.0;
    let short = value as f32;
    match value.fract() != 0.0 && f64::from(short) == value {
        true => short.to_string(),
        false => value.to_string(),
    }
}

fn is_decimal(data_type: &DataType) -> bool {
    use DataType::{Decimal32, Decimal64, Decimal128, Decimal256};
    matches!(
        data_type,
        Decimal32(..) | Decimal64(..) | Decimal128(..) | Decimal256(..)
    )
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use arrow::array::{
        BooleanArray, Decimal128Array, DictionaryArray, Float32Array, Float64Array, Int8Array, Int64Array,
    };

    fn texts(cells: ArrayRef) -> Vec<Option<String>> {
        let texts = category_texts(&cells).unwrap();
        let texts = texts.as_string::<i32>();
        texts.iter().map(|text| text.map(str::to_owned)).collect()
    }

    #[test]
    fn a_number_has_one_text_whatever_type_it_comes_in() {
        let expected = [
            Some("1".to_owned()),
            None,
            Some("0".to_owned()),
            Some("-3".to_owned()),
        ];
        let floats = [Some(1.0), None, Some(-0.0), Some(-3.0)];
        let wide: ArrayRef = Arc::new(Float64Array::from(floats.to_vec()));
        let narrow: ArrayRef = Arc::new(Float32Array::from_iter(floats.map(|v| v.map(|v| v as f32))));
        let whole: ArrayRef = Arc::new(Int64Array::from(vec![Some(1), None, Some(0), Some(-3)]));
        let decimal = Decimal128Array::from(vec![Some(100), None, Some(0), Some(-300)]);
        let decimal: ArrayRef = Arc::new(decimal.with_precision_and_scale(5, 2).unwrap());
        let keys = Int8Array::from(vec![Some(0), None, Some(2), Some(3)]);
        for values in [&wide, &narrow, &whole] {
            let dictionary = DictionaryArray::new(keys.clone(), Arc::clone(values));
            assert_eq!(texts(Arc::new(dictionary)), expected);
        }
        for cells in [wide, narrow, whole, decimal] {
            assert_eq!(texts(cells), expected);
        }
    }

    #[test]
    fn fractions_and_truths_have_the_text_that_a_reader_writes() {
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(
            texts(Arc::new(Float64Array::from(vec![0.1, 1e16, f64::NAN]))),
            [some("0.1"), some("10000000000000000"), None]
        );
        assert_eq!(texts(Arc::new(Float32Array::from(vec![0.1_f32]))), [some("0.1")]);
        assert_eq!(
            texts(Arc::new(Float64Array::from(vec![f64::from(0.1_f32)]))),
            [some("0.1")]
        );
        assert_eq!(
            texts(Arc::new(BooleanArray::from(vec![true, false]))),
            [some("true"), some("false")]
        );
    }

    #[test]
    fn only_whole_numbers_and_truths_stand_for_other_texts() {
        assert_eq!(plain_category("1.0"), Some("1"));
        assert_eq!(plain_category("-20.0"), Some("-20"));
        assert_eq!(plain_category("-0.0"), Some("0"));
        assert_eq!(plain_category("True"), Some("true"));
        for text in ["1", "01.0", "1.00", "1.10", "1e3", ".0", "-.0", "v1.0", ""] {
            assert_eq!(plain_category(text), None, "{text}");
        }
    }
}
