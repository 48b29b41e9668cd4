//! Every path that is answered, with what it takes, gives and refuses: the table beside `route.rs`.

use crate::platform::Platform;

/// One operation.
#[derive(Debug)]
pub(super) struct Operation {
    pub(super) method: &'static str,
    /// `{model}` stands for a name, `{version}` for a version; a platform's own choice is `health` or `predict`.
    pub(super) path: &'static str,
    pub(super) summary: &'static str,
    pub(super) takes: Takes,
    pub(super) gives: Gives,
    /// Statuses of refusals, besides those of every operation.
    pub(super) refuses: &'static [u16],
    pub(super) at: At,
}

/// What an operation takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Takes {
    Nothing,
    /// `instances` of KServe, or rows in any form with a wish.
    Rows,
    /// What MLflow, SageMaker and Azure ML send.
    Invocation,
    /// Tensors of the Open Inference Protocol.
    Tensors,
    /// Which models an index is to list.
    Index,
    /// The name and folder of a model.
    Naming,
}

/// What an operation gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Gives {
    /// A status.
    Nothing,
    Object,
    List,
    /// JSON by its name, but not by its text.
    Word,
    Text,
    Predictions,
    Explanations,
    Tensors,
}

/// Where an operation is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum At {
    Everywhere,
    SageMaker,
    /// A container of SageMaker to which models come by request.
    ManyModels,
    VertexAi,
    AzureMl,
}

impl At {
    pub(super) fn is_here(self, platform: Option<&Platform>) -> bool {
        match (self, platform) {
            (At::Everywhere, _) => true,
            (At::SageMaker, Some(Platform::SageMaker { .. })) => true,
            (At::ManyModels, Some(Platform::SageMaker { models, .. })) => models.is_some(),
            (At::VertexAi, Some(Platform::VertexAi { .. })) => true,
            (At::AzureMl, Some(Platform::AzureMl)) => true,
            _ => false,
        }
    }
}

/// What may become of a request that scores.
const SCORING: &[u16] = &[400, 404, 406, 413, 415, 429, 503, 504];

const fn get(path: &'static str, gives: Gives, refuses: &'static [u16], summary: &'static str) -> Operation {
    Operation {
        method: "GET",
        path,
        summary,
        takes: Takes::Nothing,
        gives,
        refuses,
        at: At::Everywhere,
    }
}

const fn post(path: &'static str, takes: Takes, gives: Gives, summary: &'static str) -> Operation {
    Operation {
        method: "POST",
        path,
        summary,
        takes,
        gives,
        refuses: SCORING,
        at: At::Everywhere,
    }
}

impl Operation {
    const fn at(self, at: At) -> Operation {
        Operation { at, ..self }
    }

    const fn refusing(self, refuses: &'static [u16]) -> Operation {
        Operation { refuses, ..self }
    }
}

/// The table, protocol by protocol.
pub(super) const OPERATIONS: &[Operation] = &[
    get("/openapi.json", Gives::Object, &[], "This document"),
    get("/metrics", Gives::Text, &[], "Counters for Prometheus"),
    get("/v2", Gives::Object, &[], "The server"),
    get("/v2/health/live", Gives::Nothing, &[], "Whether the server lives"),
    get(
        "/v2/health/ready",
        Gives::Nothing,
        &[503],
        "Whether every model answers",
    ),
    get("/v2/models", Gives::Object, &[], "The names of the models"),
    get(
        "/v2/models/stats",
        Gives::Object,
        &[],
        "Statistics of every model",
    ),
    get(
        "/v2/models/{model}",
        Gives::Object,
        &[404, 503],
        "A model's inputs and outputs",
    ),
    get(
        "/v2/models/{model}/ready",
        Gives::Nothing,
        &[404, 503],
        "Whether a model answers",
    ),
    get(
        "/v2/models/{model}/config",
        Gives::Object,
        &[404, 503],
        "A model's configuration, as Triton has it",
    ),
    get(
        "/v2/models/{model}/stats",
        Gives::Object,
        &[404, 503],
        "A model's statistics",
    ),
    post(
        "/v2/models/{model}/infer",
        Takes::Tensors,
        Gives::Tensors,
        "Scores tensors",
    ),
    get(
        "/v2/models/{model}/versions/{version}",
        Gives::Object,
        &[404, 503],
        "A version's inputs and outputs",
    ),
    get(
        "/v2/models/{model}/versions/{version}/ready",
        Gives::Nothing,
        &[404, 503],
        "Whether a version answers",
    ),
    get(
        "/v2/models/{model}/versions/{version}/config",
        Gives::Object,
        &[404, 503],
        "A version's configuration",
    ),
    get(
        "/v2/models/{model}/versions/{version}/stats",
        Gives::Object,
        &[404, 503],
        "A version's statistics",
    ),
    post(
        "/v2/models/{model}/versions/{version}/infer",
        Takes::Tensors,
        Gives::Tensors,
        "Scores tensors by a version",
    ),
    post(
        "/v2/repository/index",
        Takes::Index,
        Gives::List,
        "Every version of every model",
    )
    .refusing(&[400, 413]),
    post(
        "/v2/repository/models/{model}/load",
        Takes::Nothing,
        Gives::Nothing,
        "Loads a model again",
    )
    .refusing(&[403, 404, 507]),
    post(
        "/v2/repository/models/{model}/unload",
        Takes::Nothing,
        Gives::Nothing,
        "Drops a model from memory",
    )
    .refusing(&[403, 404]),
    get("/v1/models", Gives::Object, &[], "The names of the models"),
    get(
        "/v1/models/{model}",
        Gives::Object,
        &[404],
        "Whether a model is ready",
    ),
    get(
        "/v1/models/{model}/shadows",
        Gives::Object,
        &[404],
        "How those would have answered who are asked what the champion answered",
    ),
    get(
        "/v1/models/{model}/cost",
        Gives::Object,
        &[404],
        "What the answers of a model took, and what they cost",
    ),
    get(
        "/v1/models/{model}/guard",
        Gives::Object,
        &[404],
        "How challenger and champion compare, and what is decided",
    ),
    post(
        "/v1/models/{model}:predict",
        Takes::Rows,
        Gives::Predictions,
        "Scores rows",
    ),
    post(
        "/v1/models/{model}:explain",
        Takes::Rows,
        Gives::Explanations,
        "Scores rows and says why",
    ),
    get(
        "/ping",
        Gives::Word,
        &[404, 503],
        "Whether the first model answers",
    ),
    get("/health", Gives::Word, &[404, 503], "The same"),
    get("/version", Gives::Word, &[], "The version of the server"),
    post(
        "/invocations",
        Takes::Invocation,
        Gives::Predictions,
        "Scores rows by the first model",
    ),
    get(
        "/execution-parameters",
        Gives::Object,
        &[],
        "How a batch is to be sent",
    )
    .at(At::SageMaker),
    post("/models", Takes::Naming, Gives::Nothing, "Brings a model")
        .refusing(&[400, 409, 413, 507])
        .at(At::ManyModels),
    get("/models", Gives::Object, &[], "The models that were brought").at(At::ManyModels),
    get(
        "/models/{model}",
        Gives::Object,
        &[404],
        "A model that was brought",
    )
    .at(At::ManyModels),
    Operation {
        method: "DELETE",
        ..get("/models/{model}", Gives::Nothing, &[404], "Takes a model away").at(At::ManyModels)
    },
    post(
        "/models/{model}/invoke",
        Takes::Invocation,
        Gives::Predictions,
        "Scores rows",
    )
    .at(At::ManyModels),
    get("health", Gives::Nothing, &[503], "Whether every model answers").at(At::VertexAi),
    post("predict", Takes::Rows, Gives::Predictions, "Scores rows").at(At::VertexAi),
    get("/", Gives::Nothing, &[], "Whether the server lives").at(At::AzureMl),
    post("/score", Takes::Invocation, Gives::Predictions, "Scores rows").at(At::AzureMl),
];

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::route::{Route, Scoring};
    use axum::http::Method;
    use std::collections::BTreeSet;

    fn platforms() -> Vec<Option<Platform>> {
        let vertex = Platform::VertexAi {
            health: "/h".into(),
            predict: "/p".into(),
        };
        let sagemaker = Platform::SageMaker {
            models: Some("/m".into()),
            accept: None,
        };
        vec![None, Some(vertex), Some(sagemaker), Some(Platform::AzureMl)]
    }

    fn route_of(operation: &Operation) -> Route {
        let platform = platforms()
            .into_iter()
            .find(|platform| operation.at.is_here(platform.as_ref()));
        let path = match operation.path {
            "health" => "/h".to_owned(),
            "predict" => "/p".to_owned(),
            path => path.replace("{model}", "m").replace("{version}", "1"),
        };
        let method: Method = operation.method.parse().unwrap();
        Route::of(&method, &path, platform.unwrap().as_ref()).unwrap()
    }

    /// The first word of what is shown: the variant's name.
    fn word(route: &Route) -> String {
        let shown = format!("{route:?}");
        shown.split([' ', '{', '(']).next().unwrap_or_default().to_owned()
    }

    #[test]
    fn every_route_stands_in_the_table() {
        let routes: Vec<Route> = OPERATIONS.iter().map(route_of).collect();
        let found: BTreeSet<String> = routes.iter().map(word).collect();
        let source = include_str!("../route.rs");
        let body = source
            .split("pub(crate) enum Route {")
            .nth(1)
            .unwrap()
            .split("\n}")
            .next()
            .unwrap();
        let of_line = |line: &str| {
            let name = line.strip_prefix("    ")?.split([' ', ',', '{']).next()?;
            name.starts_with(|first: char| first.is_ascii_uppercase())
                .then(|| name.to_owned())
        };
        let expected: BTreeSet<String> = body.lines().filter_map(of_line).collect();
        assert!(20 < expected.len(), "{expected:?}");
        assert_eq!(found, expected);
        // gRPC has descriptors of its own
        let over_http = Scoring::ALL
            .iter()
            .filter(|scoring| **scoring != Scoring::ModelInfer);
        for scoring in over_http {
            let is_it =
                |route: &Route| matches!(route, Route::Score { scoring: found, .. } if found == scoring);
            assert!(routes.iter().any(is_it), "{scoring:?}");
        }
        for (operation, route) in OPERATIONS.iter().zip(&routes) {
            assert_eq!(
                route.is_admin(),
                operation.refuses.contains(&403),
                "{operation:?}"
            );
        }
    }
}
