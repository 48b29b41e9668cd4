//! Where traces and logs go: the standard variables of OpenTelemetry.

use super::context::Sampler;
use super::messages::{AnyValue, KeyValue, Resource};
use crate::ServeError;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// Where traces and logs go, and what is said of their origin. Headers may hold secrets.
#[derive(Clone)]
pub(crate) struct Settings {
    endpoint: String,
    /// Endpoints of one kind alone, whole.
    own: BTreeMap<&'static str, String>,
    pub(super) headers: Vec<(String, String)>,
    attributes: BTreeMap<String, String>,
    pub(super) sampler: Sampler,
    /// Certificates of those who sign for the collector.
    pub(super) certificate: Option<PathBuf>,
}

impl Settings {
    /// Of the variables `OTEL_...`, if they or `endpoint` say where to.
    ///
    /// # Errors
    /// [`ServeError::Variable`] for a sampler that is none.
    pub(crate) fn of(
        endpoint: Option<&str>,
        environment: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Option<Settings>, ServeError> {
        let variable = |name: &str| environment(name).filter(|value| !value.trim().is_empty());
        let endpoint = endpoint
            .map(str::to_owned)
            .or_else(|| variable("OTEL_EXPORTER_OTLP_ENDPOINT"));
        let is_disabled = variable("OTEL_SDK_DISABLED").is_some_and(|word| word.eq_ignore_ascii_case("true"));
        let own = [("traces", "TRACES"), ("logs", "LOGS")]
            .into_iter()
            .filter_map(|(kind, word)| {
                Some((kind, variable(&format!("OTEL_EXPORTER_OTLP_{word}_ENDPOINT"))?))
            });
        let own: BTreeMap<&'static str, String> = own.collect();
        if is_disabled || (endpoint.is_none() && own.is_empty()) {
            return Ok(None);
        }
        let mut attributes: BTreeMap<String, String> =
            pairs(&variable("OTEL_RESOURCE_ATTRIBUTES").unwrap_or_default())
                .into_iter()
                .collect();
        let name = variable("OTEL_SERVICE_NAME");
        let name = name.or_else(|| attributes.get("service.name").cloned());
        attributes.insert(
            "service.name".to_owned(),
            name.unwrap_or_else(|| "spanwise".to_owned()),
        );
        attributes.insert("service.version".to_owned(), env!("CARGO_PKG_VERSION").to_owned());
        attributes.insert("telemetry.sdk.name".to_owned(), "spanwise".to_owned());
        attributes.insert("telemetry.sdk.language".to_owned(), "rust".to_owned());
        Ok(Some(Settings {
            endpoint: endpoint.unwrap_or_default(),
            own,
            headers: pairs(&variable("OTEL_EXPORTER_OTLP_HEADERS").unwrap_or_default()),
            attributes,
            sampler: Sampler::of(
                variable("OTEL_TRACES_SAMPLER"),
                variable("OTEL_TRACES_SAMPLER_ARG"),
            )?,
            certificate: variable("OTEL_EXPORTER_OTLP_CERTIFICATE").map(PathBuf::from),
        }))
    }

    /// The address for `traces` or `logs`.
    pub(super) fn address(&self, kind: &str) -> String {
        match self.own.get(kind) {
            Some(own) => own.clone(),
            None if self.endpoint.is_empty() => String::new(),
            None => format!("{}/v1/{kind}", self.endpoint.trim_end_matches('/')),
        }
    }

    pub(super) fn resource(&self) -> Resource {
        let attribute = |(key, value): (&String, &String)| KeyValue::new(key, AnyValue::text(value));
        Resource {
            attributes: self.attributes.iter().map(attribute).collect(),
        }
    }
}

/// `a=1,b=2` with percent signs taken away, as W3C's baggage writes it.
fn pairs(text: &str) -> Vec<(String, String)> {
    let plain = |text: &str| {
        crate::route::decoded(text.trim()).map_or_else(|| text.trim().to_owned(), Cow::into_owned)
    };
    let pair = |pair: &str| {
        let (key, value) = pair.split_once('=')?;
        Some((plain(key), plain(value))).filter(|(key, _)| !key.is_empty())
    };
    text.split(',').filter_map(pair).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn of(endpoint: Option<&str>, variables: &[(&str, &str)]) -> Option<Settings> {
        let variables: BTreeMap<String, String> = variables
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        Settings::of(endpoint, &|name| variables.get(name).cloned()).unwrap()
    }

    #[test]
    fn the_standard_variables_say_where_and_what() {
        assert!(of(None, &[]).is_none());
        let found = of(
            None,
            &[
                ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://c:4318/"),
                ("OTEL_EXPORTER_OTLP_HEADERS", "api-key=a%20b, x = 1"),
                (
                    "OTEL_RESOURCE_ATTRIBUTES",
                    "deployment.environment.name=test,service.name=other",
                ),
                ("OTEL_SERVICE_NAME", "churn"),
            ],
        );
        let found = found.unwrap();
        assert_eq!(found.address("traces"), "http://c:4318/v1/traces");
        assert_eq!(
            found.headers,
            [
                ("api-key".to_owned(), "a b".to_owned()),
                ("x".to_owned(), "1".to_owned())
            ]
        );
        assert_eq!(found.attributes["service.name"], "churn");
        assert_eq!(found.attributes["deployment.environment.name"], "test");
        let own = of(
            Some("http://a"),
            &[("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://b/in")],
        )
        .unwrap();
        assert_eq!(
            (own.address("traces"), own.address("logs")),
            ("http://b/in".into(), "http://a/v1/logs".into())
        );
        assert!(of(Some("http://a"), &[("OTEL_SDK_DISABLED", "true")]).is_none());
    }
}
