//! Paths that only one platform asks for.

use super::Platform;
use crate::refusal::{Refusal, clip};
use crate::route::{Route, Scoring, decoded};
use axum::http::Method;
use std::borrow::Cow;

impl Platform {
    /// The route of a path of this platform's own; `None` for all others.
    pub(crate) fn route(&self, method: &Method, path: &str) -> Option<Result<Route, Refusal>> {
        let score = |scoring, model: Option<&str>| Route::Score {
            scoring,
            model: model.map(str::to_owned),
            version: None,
        };
        let only = |expected: &'static str, route: Route| match is_method(method, expected) {
            true => Ok(route),
            false => Err(Refusal::Method {
                found: clip(method.as_str()),
                expected,
            }),
        };
        match self {
            // compared whole: the path is the platform's choice, colons and all
            Platform::VertexAi { health, .. } if path == health => Some(only("GET", Route::Ready)),
            Platform::VertexAi { predict, .. } if path == predict => {
                Some(only("POST", score(Scoring::Predict, None)))
            }
            Platform::VertexAi { .. } => None,
            Platform::AzureMl => match path {
                "/" => Some(only("GET", Route::Live)),
                "/score" => Some(only("POST", score(Scoring::Invocations, None))),
                _ => None,
            },
            Platform::SageMaker { .. } if path == "/execution-parameters" => {
                Some(only("GET", Route::ExecutionParameters))
            }
            Platform::SageMaker { models: None, .. } => None,
            Platform::SageMaker { .. } => {
                let words: Option<Vec<Cow<'_, str>>> =
                    path.trim_matches('/').split('/').map(decoded).collect();
                let words = words?;
                let words: Vec<&str> = words.iter().map(Cow::as_ref).collect();
                Some(match words.as_slice() {
                    ["models"] if method == Method::POST => Ok(Route::Hold),
                    ["models"] => only("GET", Route::Held { model: None }),
                    ["models", model] if method == Method::DELETE => Ok(Route::LetGo {
                        model: (*model).to_owned(),
                    }),
                    ["models", model] => only(
                        "GET",
                        Route::Held {
                            model: Some((*model).to_owned()),
                        },
                    ),
                    ["models", model, "invoke"] => only("POST", score(Scoring::Invocations, Some(model))),
                    _ => return None,
                })
            }
        }
    }
}

fn is_method(method: &Method, expected: &str) -> bool {
    method.as_str() == expected || (expected == "GET" && method == Method::HEAD)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn platforms_have_paths_of_their_own() {
        let vertex = Platform::VertexAi {
            health: "/h".into(),
            predict: "/v1/e/1:predict".into(),
        };
        let scored = |route: Option<Result<Route, Refusal>>| matches!(route, Some(Ok(Route::Score { .. })));
        assert_eq!(vertex.route(&Method::GET, "/h"), Some(Ok(Route::Ready)));
        assert!(scored(vertex.route(&Method::POST, "/v1/e/1:predict")));
        assert!(matches!(
            vertex.route(&Method::GET, "/v1/e/1:predict"),
            Some(Err(_))
        ));
        assert_eq!(vertex.route(&Method::GET, "/ping"), None);
        assert!(scored(Platform::AzureMl.route(&Method::POST, "/score")));

        let one = Platform::SageMaker {
            models: None,
            accept: None,
        };
        assert_eq!(one.route(&Method::POST, "/models"), None);
        let many = Platform::SageMaker {
            models: Some("/m".into()),
            accept: None,
        };
        assert_eq!(many.route(&Method::POST, "/models"), Some(Ok(Route::Hold)));
        assert_eq!(
            many.route(&Method::GET, "/models"),
            Some(Ok(Route::Held { model: None }))
        );
        let gone = Route::LetGo { model: "a".into() };
        assert_eq!(many.route(&Method::DELETE, "/models/a"), Some(Ok(gone)));
        assert!(scored(many.route(&Method::POST, "/models/a/invoke")));
        assert_eq!(many.route(&Method::POST, "/models/a/b"), None);
        assert_eq!(many.route(&Method::GET, "/modelsx"), None);
    }
}
