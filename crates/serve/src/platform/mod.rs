//! The platforms whose container this process may be, read from the environment: SageMaker, Vertex AI and Azure ML.
//!
//! One image runs on all three. Each says in variables where to listen and where the model lies, and asks by paths of
//! its own; nothing else differs.

mod bundle;
mod routes;

pub use bundle::bundle_in;

use crate::ServeError;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

const DEFAULT_PORT: u16 = 8080;
/// Where SageMaker puts everything.
const SAGEMAKER_BASE: &str = "/opt/ml";

/// Looks up a variable of the environment.
pub type Environment<'a> = &'a dyn Fn(&str) -> Option<String>;

/// A platform and what it asks for in this container.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Platform {
    /// Amazon SageMaker: `/ping`, `/invocations`, `/execution-parameters`.
    SageMaker {
        /// The folder below which models may lie that requests name (`SAGEMAKER_MULTI_MODEL`); without it there is one
        /// model, which is there from the start.
        models: Option<PathBuf>,
        /// The form of answers to those who accept any (`SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT`).
        accept: Option<String>,
    },
    /// Google Vertex AI.
    VertexAi {
        /// The path of health checks (`AIP_HEALTH_ROUTE`).
        health: String,
        /// The path of predictions (`AIP_PREDICT_ROUTE`).
        predict: String,
    },
    /// Azure Machine Learning: `/score`, and `/` when asked whether it lives.
    AzureMl,
}

/// What a platform's container is to serve, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Container {
    /// Whose container it is.
    pub platform: Platform,
    /// Where to listen: on all interfaces.
    pub address: SocketAddr,
    /// The folder or address of the model's files; `None` where requests name models.
    pub model: Option<String>,
}

impl Platform {
    /// The platform that this environment speaks of, if any: Azure ML by `AZUREML_MODEL_DIR`, Vertex AI by
    /// `AIP_HTTP_PORT`, `AIP_PREDICT_ROUTE` or `AIP_STORAGE_URI`, SageMaker by any variable of its serving contract.
    #[must_use]
    pub fn of(environment: Environment<'_>) -> Option<Platform> {
        let is_set = |names: &[&str]| names.iter().any(|name| environment(name).is_some());
        if is_set(&["AZUREML_MODEL_DIR"]) {
            return Some(Platform::AzureMl);
        }
        if is_set(&["AIP_HTTP_PORT", "AIP_PREDICT_ROUTE", "AIP_STORAGE_URI"]) {
            return Some(vertex_ai(environment));
        }
        let of_sagemaker = [
            "SAGEMAKER_BIND_TO_PORT",
            "SAGEMAKER_SAFE_PORT_RANGE",
            "SAGEMAKER_MULTI_MODEL",
            "SAGEMAKER_BATCH",
            "SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT",
            "SAGEMAKER_BASE_DIR",
        ];
        is_set(&of_sagemaker).then(|| sagemaker(environment))
    }

    /// Whose container it is, in words.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Platform::SageMaker { .. } => "SageMaker",
            Platform::VertexAi { .. } => "Vertex AI",
            Platform::AzureMl => "Azure ML",
        }
    }

    /// The variable that says where the model lies.
    #[must_use]
    pub fn model_variable(&self) -> &'static str {
        match self {
            Platform::SageMaker { .. } => "SAGEMAKER_BASE_DIR",
            Platform::VertexAi { .. } => "AIP_STORAGE_URI",
            Platform::AzureMl => "AZUREML_MODEL_DIR",
        }
    }

    /// Whether models come and go by request, so that none need be there at the start.
    #[must_use]
    pub fn takes_models_by_request(&self) -> bool {
        self.models_folder().is_some()
    }

    /// Where models lie that come and go by request.
    pub(crate) fn models_folder(&self) -> Option<&Path> {
        match self {
            Platform::SageMaker { models, .. } => models.as_deref(),
            _ => None,
        }
    }

    /// The form of answers to those who accept any.
    pub(crate) fn accept(&self) -> Option<&str> {
        match self {
            Platform::SageMaker { accept, .. } => accept.as_deref(),
            _ => None,
        }
    }
}

impl Container {
    /// What this environment asks for; `None` if no platform speaks in it. On SageMaker no variable need be set: there a
    /// container is also known by its folder `/opt/ml/model`.
    ///
    /// # Errors
    /// [`ServeError::Variable`]: a port that is none.
    pub fn of(environment: Environment<'_>) -> Result<Option<Container>, ServeError> {
        let by_folder = || Path::new(SAGEMAKER_BASE).join("model").is_dir();
        let Some(platform) =
            Platform::of(environment).or_else(|| by_folder().then(|| sagemaker(environment)))
        else {
            return Ok(None);
        };
        let (port, model) = match &platform {
            Platform::SageMaker { models: Some(_), .. } => ("SAGEMAKER_BIND_TO_PORT", None),
            Platform::SageMaker { .. } => {
                let folder = sagemaker_base(environment).join("model");
                (
                    "SAGEMAKER_BIND_TO_PORT",
                    Some(folder.to_string_lossy().into_owned()),
                )
            }
            Platform::VertexAi { .. } => ("AIP_HTTP_PORT", environment("AIP_STORAGE_URI")),
            Platform::AzureMl => ("", environment("AZUREML_MODEL_DIR")),
        };
        let port = environment(port).map_or(Ok(DEFAULT_PORT), |text| parsed_port(port, &text))?;
        Ok(Some(Container {
            platform,
            address: SocketAddr::from((Ipv4Addr::UNSPECIFIED, port)),
            // an image may carry its bundle
            model: environment("SPANWISE_BUNDLE")
                .or(model)
                .filter(|model| !model.is_empty()),
        }))
    }
}

fn sagemaker_base(environment: Environment<'_>) -> PathBuf {
    environment("SAGEMAKER_BASE_DIR").map_or_else(|| SAGEMAKER_BASE.into(), PathBuf::from)
}

fn sagemaker(environment: Environment<'_>) -> Platform {
    let is_multi_model =
        environment("SAGEMAKER_MULTI_MODEL").is_some_and(|word| word.eq_ignore_ascii_case("true"));
    Platform::SageMaker {
        models: is_multi_model.then(|| sagemaker_base(environment).join("models")),
        accept: environment("SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT").filter(|accept| !accept.is_empty()),
    }
}

fn vertex_ai(environment: Environment<'_>) -> Platform {
    let id = |name| environment(name).unwrap_or_else(|| "0".to_owned());
    let health = environment("AIP_HEALTH_ROUTE").unwrap_or_else(|| {
        let (endpoint, model) = (id("AIP_ENDPOINT_ID"), id("AIP_DEPLOYED_MODEL_ID"));
        format!("/v1/endpoints/{endpoint}/deployedModels/{model}")
    });
    let predict = environment("AIP_PREDICT_ROUTE").unwrap_or_else(|| format!("{health}:predict"));
    Platform::VertexAi { health, predict }
}

fn parsed_port(name: &'static str, text: &str) -> Result<u16, ServeError> {
    text.trim()
        .parse()
        .ok()
        .filter(|port| 0 < *port)
        .ok_or_else(|| ServeError::Variable {
            name,
            found: table::clip(text),
            expected: "a port from 1 to 65535",
        })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn container(pairs: &[(&str, &str)]) -> Result<Option<Container>, ServeError> {
        let found = |name: &str| {
            pairs
                .iter()
                .find(|(key, _)| *key == name)
                .map(|(_, value)| (*value).to_owned())
        };
        Container::of(&found)
    }

    #[test]
    fn each_platform_is_known_by_its_variables() {
        let of = |pairs: &[(&str, &str)]| container(pairs).unwrap().unwrap();
        let sagemaker = of(&[("SAGEMAKER_BIND_TO_PORT", "9000"), ("SAGEMAKER_BASE_DIR", "/x")]);
        assert_eq!(sagemaker.address.to_string(), "0.0.0.0:9000");
        assert_eq!(sagemaker.model.as_deref(), Some("/x/model"));
        let many = of(&[("SAGEMAKER_MULTI_MODEL", "true")]);
        assert_eq!((many.model.as_deref(), many.address.port()), (None, 8080));
        assert_eq!(many.platform.models_folder(), Some(Path::new("/opt/ml/models")));

        let vertex = of(&[
            ("AIP_HTTP_PORT", "7080"),
            ("AIP_ENDPOINT_ID", "1"),
            ("AIP_DEPLOYED_MODEL_ID", "2"),
        ]);
        let health = "/v1/endpoints/1/deployedModels/2".to_owned();
        let predict = format!("{health}:predict");
        assert_eq!(vertex.platform, Platform::VertexAi { health, predict });
        assert_eq!((vertex.model, vertex.address.port()), (None, 7080));
        assert_eq!(vertex.platform.model_variable(), "AIP_STORAGE_URI");

        let azure = of(&[("AZUREML_MODEL_DIR", "/m"), ("SPANWISE_BUNDLE", "/b/x.bundle")]);
        assert_eq!(
            (azure.platform, azure.model.as_deref()),
            (Platform::AzureMl, Some("/b/x.bundle"))
        );
        assert_eq!(container(&[("HOME", "/root")]).unwrap(), None);
    }

    #[test]
    fn a_port_that_is_none_is_refused() {
        let error = container(&[("AIP_HTTP_PORT", "80800")]).unwrap_err().to_string();
        assert!(
            error.contains("`AIP_HTTP_PORT`") && error.contains("`80800`"),
            "{error}"
        );
    }
}
