//! Which request is for whom: every path of every protocol in one table.

use crate::platform::Platform;
use crate::refusal::Refusal;
use axum::http::Method;
use std::borrow::Cow;

/// No path of ours has more parts.
const MOST_SEGMENTS: usize = 8;

/// Whose table of errors answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Protocol {
    /// The Open Inference Protocol.
    Oip,
    /// The same over gRPC.
    Grpc,
    /// KServe's first protocol.
    V1,
    /// MLflow's scoring server.
    Mlflow,
}

/// A request that scores.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scoring {
    Infer,
    ModelInfer,
    Predict,
    Explain,
    Invocations,
}

/// What is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Route {
    Live,
    Ready,
    Ping,
    Version,
    Metrics,
    /// What is answered here, for machines.
    OpenApi,
    ServerMetadata,
    ModelNames,
    ModelMetadata {
        model: String,
        version: Option<String>,
    },
    ModelReady {
        model: String,
        version: Option<String>,
    },
    ModelConfig {
        model: String,
        version: Option<String>,
    },
    ModelStats {
        model: Option<String>,
        version: Option<String>,
    },
    /// SageMaker asks how a batch is to be sent.
    ExecutionParameters,
    /// SageMaker brings a model.
    Hold,
    /// SageMaker asks which models are here.
    Held {
        model: Option<String>,
    },
    /// SageMaker takes a model away.
    LetGo {
        model: String,
    },
    RepositoryIndex,
    Load {
        model: String,
    },
    Unload {
        model: String,
    },
    V1Models,
    V1Model {
        model: String,
    },
    /// How those would have answered who are asked what others answered.
    Shadows {
        model: String,
    },
    /// What answers cost.
    Cost {
        model: String,
    },
    /// How challenger and champion compare.
    Guard {
        model: String,
    },
    Score {
        scoring: Scoring,
        model: Option<String>,
        version: Option<String>,
    },
}

impl Scoring {
    /// The kinds in the order of their positions in counters.
    pub(crate) const ALL: [Scoring; 5] = [
        Scoring::Infer,
        Scoring::ModelInfer,
        Scoring::Predict,
        Scoring::Explain,
        Scoring::Invocations,
    ];

    pub(crate) fn protocol(self) -> Protocol {
        match self {
            Scoring::Infer => Protocol::Oip,
            Scoring::ModelInfer => Protocol::Grpc,
            Scoring::Predict | Scoring::Explain => Protocol::V1,
            Scoring::Invocations => Protocol::Mlflow,
        }
    }

    fn pattern(self, has_version: bool) -> &'static str {
        match self {
            Scoring::Infer if has_version => "/v2/models/{model}/versions/{version}/infer",
            Scoring::Infer => "/v2/models/{model}/infer",
            Scoring::ModelInfer => "/inference.GRPCInferenceService/ModelInfer",
            Scoring::Predict => "/v1/models/{model}:predict",
            Scoring::Explain => "/v1/models/{model}:explain",
            Scoring::Invocations => "/invocations",
        }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Scoring::Infer => "infer",
            Scoring::ModelInfer => "model_infer",
            Scoring::Predict => "predict",
            Scoring::Explain => "explain",
            Scoring::Invocations => "invocations",
        }
    }
}

impl Protocol {
    /// Whose errors a path gets, known or not.
    pub(crate) fn of(path: &str) -> Protocol {
        match path.trim_start_matches('/').split('/').next() {
            Some("v2") => Protocol::Oip,
            Some("v1") => Protocol::V1,
            _ => Protocol::Mlflow,
        }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Protocol::Oip => "open_inference",
            Protocol::Grpc => "open_inference_grpc",
            Protocol::V1 => "kserve_v1",
            Protocol::Mlflow => "mlflow",
        }
    }
}

impl Route {
    /// The route of a path, if the method is its; the platform's own paths come first.
    pub(crate) fn of(method: &Method, path: &str, platform: Option<&Platform>) -> Result<Route, Refusal> {
        if let Some(route) = platform.and_then(|platform| platform.route(method, path)) {
            return route;
        }
        let nowhere = || Refusal::NoRoute {
            path: crate::refusal::clip(path),
        };
        let mut segments: [Cow<'_, str>; MOST_SEGMENTS] = Default::default();
        let mut n_segments = 0;
        for segment in path.trim_matches('/').split('/') {
            let place = segments.get_mut(n_segments).ok_or_else(nowhere)?;
            *place = decoded(segment).ok_or_else(nowhere)?;
            n_segments += 1;
        }
        let words = segments.each_ref().map(Cow::as_ref);
        let route = find(&words[..n_segments]).ok_or_else(nowhere)?;
        let fits = match route.expected_method() {
            "POST" => method == Method::POST,
            _ => method == Method::GET || method == Method::HEAD,
        };
        match fits {
            true => Ok(route),
            false => Err(Refusal::Method {
                found: crate::refusal::clip(method.as_str()),
                expected: route.expected_method(),
            }),
        }
    }

    /// The path with its variable parts in braces, for those who count and watch; platforms' own paths are told as what
    /// they stand for.
    pub(crate) fn pattern(&self) -> &'static str {
        match self {
            Route::Live => "/v2/health/live",
            Route::Ready => "/v2/health/ready",
            Route::Ping => "/ping",
            Route::Version => "/version",
            Route::Metrics => "/metrics",
            Route::OpenApi => "/openapi.json",
            Route::ServerMetadata => "/v2",
            Route::ModelNames => "/v2/models",
            Route::ModelMetadata { version: None, .. } => "/v2/models/{model}",
            Route::ModelMetadata { .. } => "/v2/models/{model}/versions/{version}",
            Route::ModelReady { version: None, .. } => "/v2/models/{model}/ready",
            Route::ModelReady { .. } => "/v2/models/{model}/versions/{version}/ready",
            Route::ModelConfig { version: None, .. } => "/v2/models/{model}/config",
            Route::ModelConfig { .. } => "/v2/models/{model}/versions/{version}/config",
            Route::ModelStats { model: None, .. } => "/v2/models/stats",
            Route::ModelStats { version: None, .. } => "/v2/models/{model}/stats",
            Route::ModelStats { .. } => "/v2/models/{model}/versions/{version}/stats",
            Route::ExecutionParameters => "/execution-parameters",
            Route::Hold | Route::Held { model: None } => "/models",
            Route::Held { .. } | Route::LetGo { .. } => "/models/{model}",
            Route::RepositoryIndex => "/v2/repository/index",
            Route::Load { .. } => "/v2/repository/models/{model}/load",
            Route::Unload { .. } => "/v2/repository/models/{model}/unload",
            Route::V1Models => "/v1/models",
            Route::V1Model { .. } => "/v1/models/{model}",
            Route::Shadows { .. } => "/v1/models/{model}/shadows",
            Route::Cost { .. } => "/v1/models/{model}/cost",
            Route::Guard { .. } => "/v1/models/{model}/guard",
            Route::Score { scoring, version, .. } => scoring.pattern(version.is_some()),
        }
    }

    /// Whether probes may ask without a key.
    pub(crate) fn is_probe(&self) -> bool {
        matches!(self, Route::Live | Route::Ready | Route::Ping)
    }

    /// Whether it changes what is served.
    pub(crate) fn is_admin(&self) -> bool {
        matches!(self, Route::Load { .. } | Route::Unload { .. })
    }

    /// The model that is asked, if it is named.
    pub(crate) fn model(&self) -> Option<&str> {
        match self {
            Route::ModelMetadata { model, .. }
            | Route::ModelReady { model, .. }
            | Route::ModelConfig { model, .. }
            | Route::LetGo { model }
            | Route::Load { model }
            | Route::Unload { model }
            | Route::V1Model { model }
            | Route::Cost { model }
            | Route::Guard { model }
            | Route::Shadows { model } => Some(model),
            Route::ModelStats { model, .. } | Route::Held { model } | Route::Score { model, .. } => {
                model.as_deref()
            }
            _ => None,
        }
    }

    /// Whether it shows or changes what is not one model's, and cannot be narrowed to some.
    pub(crate) fn shows_all(&self) -> bool {
        matches!(self, Route::Metrics | Route::Hold)
    }

    /// The same with the model that answers those who name none.
    pub(crate) fn or_model(mut self, first: impl FnOnce() -> Option<String>) -> Route {
        if let Route::Score {
            model: model @ None, ..
        } = &mut self
        {
            *model = first();
        }
        self
    }

    fn expected_method(&self) -> &'static str {
        match self {
            Route::RepositoryIndex | Route::Load { .. } | Route::Unload { .. } | Route::Score { .. } => {
                "POST"
            }
            _ => "GET",
        }
    }
}

fn find(words: &[&str]) -> Option<Route> {
    let score = |scoring, model: &str, version: Option<&str>| Route::Score {
        scoring,
        model: Some(model.to_owned()),
        version: version.map(str::to_owned),
    };
    Some(match words {
        ["ping"] | ["health"] => Route::Ping,
        ["version"] => Route::Version,
        ["metrics"] => Route::Metrics,
        ["openapi.json"] => Route::OpenApi,
        ["invocations"] => Route::Score {
            scoring: Scoring::Invocations,
            model: None,
            version: None,
        },
        ["v2"] => Route::ServerMetadata,
        ["v2", "health", "live"] => Route::Live,
        ["v2", "health", "ready"] => Route::Ready,
        ["v2", "models"] => Route::ModelNames,
        ["v2", "models", "stats"] => Route::ModelStats {
            model: None,
            version: None,
        },
        ["v2", "repository", "index"] => Route::RepositoryIndex,
        ["v2", "repository", "models", model, "load"] => Route::Load {
            model: (*model).to_owned(),
        },
        ["v2", "repository", "models", model, "unload"] => Route::Unload {
            model: (*model).to_owned(),
        },
        ["v2", "models", model, "versions", version, rest @ ..] => of_model(model, Some(version), rest)?,
        ["v2", "models", model, rest @ ..] => of_model(model, None, rest)?,
        ["v1", "models"] => Route::V1Models,
        ["v1", "models", model, "cost"] => Route::Cost {
            model: (*model).to_owned(),
        },
        ["v1", "models", model, "guard"] => Route::Guard {
            model: (*model).to_owned(),
        },
        ["v1", "models", model, "shadows"] => Route::Shadows {
            model: (*model).to_owned(),
        },
        ["v1", "models", model_and_verb] => match model_and_verb.rsplit_once(':') {
            Some((model, "predict")) => score(Scoring::Predict, model, None),
            Some((model, "explain")) => score(Scoring::Explain, model, None),
            _ => Route::V1Model {
                model: (*model_and_verb).to_owned(),
            },
        },
        _ => return None,
    })
}

fn of_model(model: &str, version: Option<&str>, rest: &[&str]) -> Option<Route> {
    let (model, version) = (model.to_owned(), version.map(str::to_owned));
    Some(match rest {
        [] => Route::ModelMetadata { model, version },
        ["ready"] => Route::ModelReady { model, version },
        ["config"] => Route::ModelConfig { model, version },
        ["stats"] => Route::ModelStats {
            model: Some(model),
            version,
        },
        ["infer"] => Route::Score {
            scoring: Scoring::Infer,
            model: Some(model),
            version,
        },
        _ => return None,
    })
}

/// A path segment without its percent signs; `None` if they are not well formed or the bytes are not UTF-8.
pub(crate) fn decoded(segment: &str) -> Option<Cow<'_, str>> {
    if !segment.contains('%') {
        return Some(Cow::Borrowed(segment));
    }
    let mut bytes = Vec::with_capacity(segment.len());
    let mut rest = segment.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        if *first != b'%' {
            bytes.push(*first);
            rest = after;
            continue;
        }
        let digits = std::str::from_utf8(after.get(..2)?).ok()?;
        bytes.push(u8::from_str_radix(digits, 16).ok()?);
        rest = &after[2..];
    }
    String::from_utf8(bytes).ok().map(Cow::Owned)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn paths_lead_to_routes() {
        let get = |path: &str| Route::of(&Method::GET, path, None).unwrap();
        assert_eq!(get("/ping"), Route::Ping);
        assert_eq!(get("/v2/"), Route::ServerMetadata);
        assert_eq!(
            get("/v2/models/a%20b"),
            Route::ModelMetadata {
                model: "a b".into(),
                version: None
            }
        );
        assert_eq!(
            get("/v2/models/a/versions/3/ready"),
            Route::ModelReady {
                model: "a".into(),
                version: Some("3".into())
            }
        );
        let infer = Route::of(&Method::POST, "/v2/models/a/versions/3/infer", None).unwrap();
        assert_eq!(
            infer,
            Route::Score {
                scoring: Scoring::Infer,
                model: Some("a".into()),
                version: Some("3".into())
            }
        );
        let explain = Route::of(&Method::POST, "/v1/models/a:b:explain", None).unwrap();
        assert_eq!(
            explain,
            Route::Score {
                scoring: Scoring::Explain,
                model: Some("a:b".into()),
                version: None
            }
        );
    }

    #[test]
    fn wrong_paths_and_methods_are_told_apart() {
        let refused = |method: &Method, path: &str| Route::of(method, path, None).unwrap_err();
        assert!(matches!(
            refused(&Method::GET, "/v2/models/a/b"),
            Refusal::NoRoute { .. }
        ));
        let long = "/a".repeat(1000);
        for path in [
            "/v2/models/a/versions/3/infer/x/y",
            "/v2/models/a/versions/3/infer/x/y/z",
            &long,
        ] {
            assert!(
                matches!(refused(&Method::POST, path), Refusal::NoRoute { .. }),
                "{path}"
            );
        }
        assert!(matches!(
            refused(&Method::GET, "/v2/models/%zz"),
            Refusal::NoRoute { .. }
        ));
        assert!(matches!(
            refused(&Method::GET, "/v2/models/%ff"),
            Refusal::NoRoute { .. }
        ));
        assert!(matches!(
            refused(&Method::GET, "/invocations"),
            Refusal::Method { expected: "POST", .. }
        ));
        assert!(matches!(
            refused(&Method::POST, "/v2/health/live"),
            Refusal::Method { expected: "GET", .. }
        ));
    }
}
