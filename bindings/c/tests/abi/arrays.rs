//! The Arrow C data interface, kept and broken.

use crate::caller::*;
use bundle::ScoreOptions;
use spanwise_c::*;
use std::ffi::c_int;
use std::ptr::{null, null_mut};
use table::arrow::array::{Array, ArrayData, AsArray, Float64Array, StructArray, make_array};
use table::arrow::buffer::Buffer;
use table::arrow::datatypes::{DataType, Field, Float64Type};
use table::arrow::ffi::{FFI_ArrowArray, FFI_ArrowSchema};
use table::{Kind, Table};

/// The golden rows of a bundle with the column at `position` put in place of what stood there.
fn with_column(rows: &Table, position: usize, cells: &ArrayData) -> (FFI_ArrowSchema, FFI_ArrowArray) {
    let data = StructArray::from(rows.batch().clone()).to_data();
    let DataType::Struct(fields) = data.data_type().clone() else {
        unreachable!()
    };
    let mut fields: Vec<Field> = fields.iter().map(|field| field.as_ref().clone()).collect();
    fields[position] = Field::new(fields[position].name(), cells.data_type().clone(), true);
    let mut children = data.child_data().to_vec();
    children[position] = cells.clone();
    let data_type = DataType::Struct(fields.into());
    let data = unsafe { ArrayData::new_unchecked(data_type, data.len(), None, None, 0, vec![], children) };
    (
        FFI_ArrowSchema::try_from(data.data_type()).unwrap(),
        FFI_ArrowArray::new(&data),
    )
}

/// Texts whose offsets and bytes are as told, sound or not.
fn texts(n_rows: usize, offsets: impl Fn(usize) -> i32, bytes: &[u8]) -> ArrayData {
    let offsets: Vec<i32> = (0..=n_rows).map(offsets).collect();
    let buffers = vec![Buffer::from_vec(offsets), Buffer::from_slice_ref(bytes)];
    unsafe { ArrayData::new_unchecked(DataType::Utf8, n_rows, None, None, 0, buffers, vec![]) }
}

#[test]
fn other_types_stand_for_the_kinds() {
    let bundle = read("v1/churn");
    let rows = bundle.golden_rows().unwrap();
    let handle = opened(&bundle.to_bytes());
    let options = SpanwiseOptions {
        broken_rows: 2,
        ..SpanwiseOptions::default()
    };
    let expected = bundle.score(&rows, &ScoreOptions::default()).unwrap();
    let dictionary = DataType::Dictionary(Box::new(DataType::Int8), Box::new(DataType::Utf8));
    for (kind, to) in [
        (Kind::Text, DataType::LargeUtf8),
        (Kind::Text, DataType::Utf8View),
        (Kind::Text, dictionary),
    ] {
        let position = rows
            .columns()
            .iter()
            .position(|(_, found)| *found == kind)
            .unwrap();
        let cells = table::arrow::compute::cast(rows.batch().column(position), &to).unwrap();
        let (schema, mut array) = with_column(&rows, position, &cells.to_data());
        let answer = score_arrow(handle, &schema, &mut array, &options)
            .unwrap_or_else(|_| panic!("{to}: {}", message()));
        let margins = answer
            .column_by_name("margin")
            .unwrap()
            .as_primitive::<Float64Type>();
        assert_eq!(margins.values(), &expected.margins[..], "{to}");
    }
    // a part of longer columns, as slices are
    let batch = rows.batch().slice(3, 5);
    let (schema, mut array) = exported(batch);
    let answer = score_arrow(handle, &schema, &mut array, &options).unwrap();
    let margins = answer
        .column_by_name("margin")
        .unwrap()
        .as_primitive::<Float64Type>();
    assert_eq!(margins.values(), &expected.margins[3..8]);
}

#[test]
fn arrays_that_lie_are_refused() {
    let bundle = read("v1/churn");
    let rows = bundle.golden_rows().unwrap();
    let (handle, n_rows) = (opened(&bundle.to_bytes()), rows.n_rows());
    let text = rows
        .columns()
        .iter()
        .position(|(_, kind)| *kind == Kind::Text)
        .unwrap();
    let options = SpanwiseOptions {
        broken_rows: 2,
        ..SpanwiseOptions::default()
    };
    let refused = |cells: ArrayData, code: c_int| {
        let (schema, mut array) = with_column(&rows, text, &cells);
        assert_eq!(
            score_arrow(handle, &schema, &mut array, &options).unwrap_err(),
            code,
            "{}",
            message()
        );
        message()
    };
    assert!(refused(texts(n_rows, |row| row as i32, &[0xFF; 64]), WRONG_ROWS).contains("column `"));
    refused(
        texts(n_rows, |row| if row == n_rows { -1 } else { 0 }, b"abc"),
        WRONG_ROWS,
    );
    refused(
        texts(n_rows, |row| if row == 1 { 60 } else { 3 }, &[b'x'; 64]),
        WRONG_ROWS,
    );
    refused(texts(n_rows - 1, |_| 0, b""), WRONG_ROWS);
    let keys = Buffer::from_vec(vec![9_i32; n_rows]);
    let levels = texts(1, |row| row as i32, b"x");
    let to_nowhere = DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8));
    refused(
        unsafe { ArrayData::new_unchecked(to_nowhere, n_rows, None, None, 0, vec![keys], vec![levels]) },
        WRONG_ROWS,
    );
    // a list is none of the kinds
    let item = Field::new("item", DataType::Int64, true);
    let list = DataType::List(item.into());
    let none = make_array(ArrayData::new_null(&list, n_rows)).to_data();
    assert!(refused(none, WRONG_ROWS).contains("type List"), "{}", message());
    // no struct, none at all, one that was released
    let plain = Float64Array::from(vec![1.0]).to_data();
    let (schema, mut array) = (
        FFI_ArrowSchema::try_from(plain.data_type()).unwrap(),
        FFI_ArrowArray::new(&plain),
    );
    assert_eq!(
        score_arrow(handle, &schema, &mut array, &options).unwrap_err(),
        WRONG_ROWS
    );
    assert_eq!(
        score_arrow(handle, &schema, &mut array, &options).unwrap_err(),
        WRONG_ROWS
    );
    assert!(message().contains("released before"), "{}", message());
    let mut answer = FFI_ArrowArray::empty();
    unsafe {
        let nowhere = (null_mut::<ArrowSchema>(), (&raw mut answer).cast::<ArrowArray>());
        assert_eq!(
            spanwise_score_arrow(handle, null(), null_mut(), null(), nowhere.0, nowhere.1),
            NULL_POINTER
        );
        let (_, mut array) = exported(rows.batch().clone());
        let taken = (&raw mut array).cast();
        assert_eq!(
            spanwise_score_arrow(handle, null(), taken, null(), nowhere.0, nowhere.1),
            NULL_POINTER
        );
        assert!(array.is_released());
    }
}

/// The structure of the interface, to lie in.
#[repr(C)]
struct Lies {
    length: i64,
    null_count: i64,
    offset: i64,
    n_buffers: i64,
    n_children: i64,
}

#[test]
fn structures_that_lie_are_refused() {
    let bundle = read("v1/churn");
    let rows = bundle.golden_rows().unwrap();
    let handle = opened(&bundle.to_bytes());
    let lies: [(&str, fn(&mut Lies)); 7] = [
        ("length", |lies| lies.length = -1),
        ("endless", |lies| lies.length = i64::MAX),
        ("longer than its columns", |lies| lies.length += 1),
        ("offset", |lies| lies.offset = -1),
        ("far offset", |lies| lies.offset = i64::MAX - 3),
        ("fewer columns", |lies| lies.n_children -= 1),
        ("many buffers", |lies| lies.n_buffers = i64::MAX),
    ];
    for (name, lie) in lies {
        let (schema, mut array) = exported(rows.batch().clone());
        // SAFETY: these are the first fields of the structure.
        lie(unsafe { &mut *(&raw mut array).cast::<Lies>() });
        let code = score_arrow(handle, &schema, &mut array, &SpanwiseOptions::default()).unwrap_err();
        assert!(
            [WRONG_ROWS, WRONG_SIZE].contains(&code),
            "{name}: {code} {}",
            message()
        );
    }
}
