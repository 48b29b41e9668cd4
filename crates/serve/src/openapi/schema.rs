//! JSON Schemas of what a model takes and gives, from its bundle's recipe and contract.

use crate::models::Loaded;
use prepare::contract::{Action, Rule};
use serde_json::{Map, Value, json};
use table::Kind;

/// A row as an object: every input, as the contract wants it.
pub(super) fn row(model: &Loaded) -> Value {
    let inputs = model.inputs.iter();
    let properties: Map<String, Value> = inputs
        .map(|(name, kind)| (name.clone(), input(model, name, *kind)))
        .collect();
    let required: Vec<&str> = model.inputs.iter().map(|(name, _)| name.as_str()).collect();
    json!({
        "title": format!("a row of {}", model.name),
        "type": "object",
        "properties": properties,
        "required": required,
    })
}

/// One cell of an input. A rule that only flags stands in the description.
fn input(model: &Loaded, name: &str, kind: Kind) -> Value {
    let mut types = vec![json_type(kind), "null"];
    let mut schema = Map::new();
    let format = match kind {
        Kind::Date => Some("date"),
        Kind::Time => Some("date-time"),
        _ => None,
    };
    schema.extend(format.map(|format| ("format".to_owned(), json!(format))));
    let mut flagged = Vec::new();
    for rule in model
        .bundle
        .contract
        .columns
        .iter()
        .filter(|rule| rule.column == name)
    {
        if rule.action == Action::Flag {
            flagged.push(rule.rule.text());
            continue;
        }
        match &rule.rule {
            Rule::Required => types.retain(|word| *word != "null"),
            Rule::Min(least) => drop(schema.insert("minimum".to_owned(), json!(least))),
            Rule::Max(most) => drop(schema.insert("maximum".to_owned(), json!(most))),
            Rule::OneOf(words) => drop(schema.insert("enum".to_owned(), one_of(words, kind))),
            Rule::Matches(pattern) => {
                drop(schema.insert("pattern".to_owned(), json!(format!("^(?:{pattern})$"))))
            }
            Rule::Kind(_) => {}
        }
    }
    if let (true, Some(Value::Array(words))) = (types.contains(&"null"), schema.get_mut("enum")) {
        words.push(Value::Null);
    }
    schema.insert("type".to_owned(), json!(types));
    if !flagged.is_empty() {
        schema.insert(
            "description".to_owned(),
            json!(format!("flagged unless {}", flagged.join(", "))),
        );
    }
    Value::Object(schema)
}

fn one_of(words: &[String], kind: Kind) -> Value {
    let number = |word: &String| {
        word.parse::<f64>()
            .map_or_else(|_| json!(word), |number| json!(number))
    };
    match kind.is_numeric() {
        true => words.iter().map(number).collect(),
        false => json!(words),
    }
}

fn json_type(kind: Kind) -> &'static str {
    match kind {
        Kind::Boolean => "boolean",
        Kind::Integer => "integer",
        Kind::Number => "number",
        Kind::Text | Kind::Date | Kind::Time => "string",
    }
}

/// The answer to a row as an object.
pub(super) fn answer(model: &Loaded) -> Value {
    let output = |name: &String| {
        let json_type = if name == "decision" { "string" } else { "number" };
        (name.clone(), json!({ "type": json_type }))
    };
    let mut properties: Map<String, Value> = model.outputs.iter().map(output).collect();
    for (name, json_type) in [
        ("reasons", json!("array")),
        ("broken", json!(["string", "null"])),
        ("base", json!(["number", "object"])),
        ("contributions", json!("object")),
    ] {
        properties.insert(name.to_owned(), json!({ "type": json_type }));
    }
    json!({ "title": format!("an answer of {}", model.name), "type": "object", "properties": properties })
}

/// Rows in the words of KServe's first protocol, or in our own.
pub(super) fn rows(row: &Value) -> Value {
    let list = json!({ "type": "array", "minItems": 1, "items": row });
    let truth = json!({ "type": "boolean" });
    json!({ "oneOf": [
        {
            "type": "object",
            "required": ["instances"],
            "properties": { "instances": list, "n_reasons": { "type": "integer", "minimum": 0 } },
        },
        {
            "type": "object",
            "required": ["rows"],
            "properties": {
                "rows": list,
                "reasons": { "type": "integer", "minimum": 0 },
                "intervals": truth,
                "decision": truth,
                "broken": truth,
            },
            "additionalProperties": false,
        },
    ] })
}

/// Rows in the words of MLflow, SageMaker and Azure ML.
pub(super) fn invocation(row: &Value) -> Value {
    let list = json!({ "type": "array", "minItems": 1, "items": row });
    let split = json!({
        "type": "object",
        "required": ["columns", "data"],
        "properties": {
            "columns": { "type": "array", "items": { "type": "string" } },
            "index": { "type": "array" },
            "data": { "type": "array", "minItems": 1, "items": { "type": "array" } },
        },
    });
    let one = |key: &str, schema: Value| json!({ "type": "object", "required": [key], "properties": { key: schema } });
    let columns = json!({ "type": "object", "additionalProperties": { "type": "array" } });
    json!({ "oneOf": [
        one("dataframe_split", split.clone()),
        one("dataframe_records", list.clone()),
        one("instances", list.clone()),
        one("inputs", json!({ "oneOf": [columns, list] })),
        one("input_data", json!({ "oneOf": [split, list] })),
        list,
    ] })
}

/// Tensors of the Open Inference Protocol: one of shape `[n_rows]` for each input.
pub(super) fn tensors(model: &Loaded) -> Value {
    let inputs: Vec<&str> = model.inputs.iter().map(|(name, _)| name.as_str()).collect();
    json!({
        "type": "object",
        "required": ["inputs"],
        "properties": {
            "id": { "type": "string" },
            "parameters": { "type": "object" },
            "inputs": { "type": "array", "minItems": 1, "items": {
                "type": "object",
                "required": ["name", "shape", "datatype", "data"],
                "properties": {
                    "name": { "enum": inputs },
                    "shape": { "type": "array", "items": { "type": "integer", "minimum": 1 }, "minItems": 1, "maxItems": 2 },
                    "datatype": { "enum": ["BOOL", "INT8", "INT16", "INT32", "INT64", "UINT8", "UINT16", "UINT32",
                        "UINT64", "FP16", "BF16", "FP32", "FP64", "BYTES"] },
                    "parameters": { "type": "object" },
                    "data": { "type": "array" },
                },
            } },
            "outputs": { "type": "array", "items": {
                "type": "object",
                "required": ["name"],
                "properties": { "name": { "type": "string" }, "parameters": { "type": "object" } },
            } },
        },
    })
}
