//! `GET /openapi.json`: everything that this server answers, as OpenAPI 3.1, with the schemas of its models.

mod operations;
mod schema;

use crate::app::App;
use crate::call::Reply;
use crate::guard::Caller;
use crate::models::Loaded;
use crate::platform::Platform;
use operations::{Gives, OPERATIONS, Operation, Takes};
use serde_json::{Map, Value, json};
use std::sync::Arc;

const JSON: &str = "application/json";
/// Forms of rows and answers besides JSON.
const FORMS: [&str; 5] = [
    "application/jsonlines",
    "text/csv",
    "application/vnd.apache.arrow.stream",
    "application/vnd.apache.arrow.file",
    "application/vnd.apache.parquet",
];

/// The document of the server as it is now, as far as the caller sees it.
pub(crate) fn document(app: &App, caller: &Caller) -> Reply {
    let models: Vec<Arc<Loaded>> = app
        .models
        .slots()
        .into_iter()
        .filter(|slot| caller.sees(&slot.model.name))
        .filter_map(|slot| slot.loaded)
        .collect();
    let names: Vec<&str> = models.iter().map(|model| model.name.as_str()).collect();
    let mut paths = Map::new();
    for operation in OPERATIONS
        .iter()
        .filter(|operation| operation.at.is_here(app.platform.as_ref()))
    {
        for (path, model) in places(operation, app, &models) {
            let methods = paths.entry(path).or_insert_with(|| json!({}));
            methods[operation.method.to_lowercase()] = described(operation, app, &names, model);
        }
    }
    let body = json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Spanwise",
            "version": env!("CARGO_PKG_VERSION"),
            "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" },
        },
        "paths": paths,
        "components": {
            "schemas": schemas(&models),
            "securitySchemes": {
                "bearer": { "type": "http", "scheme": "bearer" },
                "key": { "type": "apiKey", "in": "header", "name": "X-Api-Key" },
            },
        },
    });
    Reply::json(body.to_string().into_bytes())
}

/// The models by their positions; a name may not be a key here.
fn schemas(models: &[Arc<Loaded>]) -> Map<String, Value> {
    let of_model = |(at, model): (usize, &Arc<Loaded>)| {
        [
            (format!("row_{at}"), schema::row(model)),
            (format!("answer_{at}"), schema::answer(model)),
        ]
    };
    models.iter().enumerate().flat_map(of_model).collect()
}

/// A model with its position.
type Numbered<'a> = (usize, &'a Loaded);

/// The paths of an operation; those that score have one for each model, whose schemas differ.
fn places<'a>(
    operation: &Operation,
    app: &App,
    models: &'a [Arc<Loaded>],
) -> Vec<(String, Option<Numbered<'a>>)> {
    let numbered = || models.iter().enumerate().map(|(at, model)| (at, &**model));
    let path = match (operation.path, &app.platform) {
        ("health", Some(Platform::VertexAi { health, .. })) => health,
        ("predict", Some(Platform::VertexAi { predict, .. })) => predict,
        (path, _) => path,
    };
    if operation.takes == Takes::Nothing || !path.contains("{model}") {
        return vec![(path.to_owned(), numbered().next())];
    }
    let of_model = |(at, model): Numbered<'a>| {
        let path = path.replace("{model}", &encoded(&model.name));
        (
            path.replace("{version}", &encoded(&model.version)),
            Some((at, model)),
        )
    };
    numbered().map(of_model).collect()
}

fn described(operation: &Operation, app: &App, names: &[&str], model: Option<Numbered<'_>>) -> Value {
    let mut described = json!({
        "summary": operation.summary,
        "responses": responses(operation, model),
    });
    if let Some(body) = body(operation.takes, model) {
        described["requestBody"] = body;
    }
    let parameters = parameters(operation, names);
    if !parameters.is_empty() {
        described["parameters"] = json!(parameters);
    }
    if app.guard.asks_for_keys() && !operation.is_probe() {
        described["security"] = json!([{ "bearer": [] }, { "key": [] }]);
    }
    described
}

impl Operation {
    fn is_probe(&self) -> bool {
        matches!(
            self.path,
            "/v2/health/live" | "/v2/health/ready" | "/ping" | "/health" | "health" | "/"
        )
    }
}

fn parameters(operation: &Operation, names: &[&str]) -> Vec<Value> {
    let mut parameters = Vec::new();
    let mut add = |name: &str, at: &str, schema: Value| {
        parameters.push(json!({ "name": name, "in": at, "required": at == "path", "schema": schema }));
    };
    let is_generic = operation.takes == Takes::Nothing;
    if is_generic && operation.path.contains("{model}") {
        add(
            "model",
            "path",
            json!({ "type": "string", "minLength": 1, "examples": names }),
        );
    }
    if is_generic && operation.path.contains("{version}") {
        add("version", "path", json!({ "type": "string", "minLength": 1 }));
    }
    if operation.takes == Takes::Rows {
        add("reasons", "query", json!({ "type": "integer", "minimum": 0 }));
        for name in ["intervals", "decision", "broken"] {
            add(name, "query", json!({ "type": "boolean" }));
        }
    }
    parameters
}

fn body(takes: Takes, model: Option<Numbered<'_>>) -> Option<Value> {
    let row = model.map_or(json!({ "type": "object" }), |(at, _)| reference("row", at));
    let (is_required, schema) = match takes {
        Takes::Nothing => return None,
        Takes::Rows => (true, schema::rows(&row)),
        Takes::Invocation => (true, schema::invocation(&row)),
        Takes::Tensors => (true, schema::tensors(model?.1)),
        Takes::Index => (
            false,
            json!({ "type": "object", "properties": { "ready": { "type": "boolean" } } }),
        ),
        Takes::Naming => {
            let text = json!({ "type": "string", "minLength": 1 });
            let properties = json!({ "model_name": text, "url": text });
            (
                true,
                json!({ "type": "object", "required": ["model_name", "url"], "properties": properties }),
            )
        }
    };
    let mut content = Map::from_iter([(JSON.to_owned(), json!({ "schema": schema }))]);
    match takes {
        Takes::Rows | Takes::Invocation => content.extend(FORMS.map(|form| (form.to_owned(), json!({})))),
        Takes::Tensors => content.extend([("application/octet-stream".to_owned(), json!({}))]),
        _ => {}
    }
    Some(json!({ "required": is_required, "content": content }))
}

fn reference(what: &str, at: usize) -> Value {
    json!({ "$ref": format!("#/components/schemas/{what}_{at}") })
}

fn responses(operation: &Operation, model: Option<Numbered<'_>>) -> Map<String, Value> {
    // of every operation: no key, another path or method, another machine's name, a fault
    let always = [401, 405, 421, 500];
    let mut statuses: Vec<u16> = always
        .into_iter()
        .chain(operation.refuses.iter().copied())
        .collect();
    statuses.sort_unstable();
    let refusal = |status: u16| {
        let content = json!({ JSON: { "schema": { "type": "object" } }, "text/plain": {} });
        (
            status.to_string(),
            json!({ "description": sentence(status), "content": content }),
        )
    };
    let good = match content(operation.gives, model) {
        Some(content) => json!({ "description": "an answer", "content": content }),
        None => json!({ "description": "an answer without a body" }),
    };
    std::iter::once(("200".to_owned(), good))
        .chain(statuses.into_iter().map(refusal))
        .collect()
}

fn content(gives: Gives, model: Option<Numbered<'_>>) -> Option<Value> {
    let answer = model.map_or(json!({}), |(at, _)| reference("answer", at));
    let list = json!({ "type": "array", "items": answer });
    let predictions = json!({ "oneOf": [
        { "type": "object", "required": ["predictions"], "properties": { "predictions": list } },
        list,
    ] });
    Some(match gives {
        Gives::Nothing => return None,
        Gives::Object => json!({ JSON: { "schema": { "type": "object" } } }),
        Gives::List => json!({ JSON: { "schema": { "type": "array" } } }),
        Gives::Word => json!({ JSON: {} }),
        Gives::Text => json!({ "text/plain": {} }),
        Gives::Tensors => json!({ JSON: { "schema": { "type": "object" } }, "application/octet-stream": {} }),
        Gives::Predictions | Gives::Explanations => {
            let mut content = Map::from_iter([(JSON.to_owned(), json!({ "schema": predictions }))]);
            content.extend(FORMS.map(|form| (form.to_owned(), json!({}))));
            Value::Object(content)
        }
    })
}

fn sentence(status: u16) -> &'static str {
    match status {
        400 => "the request cannot be read, or its rows are not what the model or its contract wants",
        401 => "a key is missing",
        403 => "the admin key is missing",
        404 => "no such path, model or version",
        405 => "another method is expected",
        406 => "no answer in the forms asked for",
        409 => "the model is here already",
        413 => "the body is too large",
        415 => "rows are not read in this form",
        421 => "the request is addressed to another machine",
        429 => "too many requests are under way",
        503 => "the model or the server is not ready",
        504 => "the request took too long",
        507 => "there is no room for the model",
        _ => "a fault in the server",
    }
}

/// A name as a segment of a path.
fn encoded(name: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    let segment = |byte: u8| match plain(byte) {
        true => char::from(byte).to_string(),
        false => format!("%{byte:02X}"),
    };
    name.bytes().map(segment).collect()
}
