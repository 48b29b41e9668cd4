//! Who may ask: the name a request is addressed to, the page it comes from, keys and tokens.

mod caller;
mod grants;
mod jwt;

pub(crate) use caller::Caller;
pub use grants::{NewKey, new_key};

use crate::ServeError;
use crate::config::{Config, Jwt};
use crate::refusal::Refusal;
use axum::http::{HeaderMap, HeaderValue, Uri, header};
use caller::Scope;
use grants::Grant;
use jwt::Verifier;
use std::net::IpAddr;
use std::path::Path;
use std::sync::Arc;
use table::clip;

/// Checks callers. Holds hashes of keys, not keys.
#[derive(Debug)]
pub(crate) struct Guard {
    loopback: bool,
    /// Those that open every model, and what they are called.
    keys: Vec<(blake3::Hash, Arc<str>)>,
    admin_key: Option<blake3::Hash>,
    /// Those of the keys file.
    grants: Vec<Grant>,
    verifier: Option<Verifier>,
}

/// How many keys stand in the text of a keys file.
pub(crate) fn keys_in_file(text: &str) -> Result<usize, ServeError> {
    grants::grants_of(Path::new("keys.toml"), text).map(|grants| grants.len())
}

/// How many keys stand in a set of an issuer's.
pub(crate) fn keys_in_set(bytes: &[u8], jwt: &Jwt) -> Result<usize, ServeError> {
    Verifier::of(jwt, bytes).map(|verifier| verifier.n_keys())
}

impl Guard {
    /// The guard of a resolved configuration; reads the keys file and the issuer's keys.
    pub(crate) fn new(config: &Config) -> Result<Guard, ServeError> {
        let hash = |key: &String| blake3::hash(key.as_bytes());
        Ok(Guard {
            loopback: config.addresses().all(|address| address.ip().is_loopback()),
            keys: config
                .keys
                .iter()
                .enumerate()
                .map(|(position, key)| (hash(key), format!("api key {}", position + 1).into()))
                .collect(),
            admin_key: config.admin_key.as_ref().map(hash),
            grants: match &config.keys_file {
                Some(file) => grants::grants(file)?,
                None => Vec::new(),
            },
            verifier: config.jwt.as_ref().map(Verifier::read).transpose()?,
        })
    }

    /// Whether the request comes from where it must: on loopback a web page of elsewhere could send it otherwise.
    pub(crate) fn check_source(&self, headers: &HeaderMap, uri: &Uri) -> Result<(), Refusal> {
        fn text(value: &HeaderValue) -> &str {
            value.to_str().unwrap_or("?")
        }
        let mut hosts = headers.get_all(header::HOST).iter();
        let host = hosts.next().map(text);
        let host = host.or_else(|| uri.authority().map(|authority| authority.as_str()));
        let host = host.ok_or_else(|| Refusal::Host { found: String::new() })?;
        if hosts.next().is_some() || host.is_empty() {
            return Err(Refusal::Host { found: clip(host) });
        }
        if !self.loopback {
            return Ok(());
        }
        let origin = headers.get(header::ORIGIN).map(text);
        let origin_host = origin.map(|origin| origin.split_once("://").map_or("?", |(_, host)| host));
        match [Some(host), origin_host]
            .into_iter()
            .flatten()
            .find(|host| !is_this_machine(host))
        {
            Some(found) => Err(Refusal::Host { found: clip(found) }),
            None => Ok(()),
        }
    }

    /// Whether requests without a key are turned away.
    pub(crate) fn asks_for_keys(&self) -> bool {
        !self.is_open()
    }

    fn is_open(&self) -> bool {
        !self.has_callers_keys() && (self.loopback || self.admin_key.is_none())
    }

    /// Whether there are keys that others than the administrator have.
    fn has_callers_keys(&self) -> bool {
        !self.keys.is_empty() || !self.grants.is_empty() || self.verifier.is_some()
    }

    /// Whether any key could be known.
    fn has_keys(&self) -> bool {
        self.admin_key.is_some() || self.has_callers_keys()
    }

    /// Who asks, by the key or the token that the request brings, at the time that `now_micros` tells.
    pub(crate) fn caller(&self, headers: &HeaderMap, now_micros: impl FnOnce() -> i64) -> Caller {
        let nobody = match self.is_open() {
            true => Caller::ANYBODY,
            false => Caller::Unknown(Refusal::NoKey),
        };
        let Some(key) = self.has_keys().then(|| key_of(headers)).flatten() else {
            return nobody;
        };
        let now_micros = now_micros();
        if let Some(verifier) = self.verifier.as_ref().filter(|_| is_token(key)) {
            return verifier.caller(key, now_micros);
        }
        let hash = blake3::hash(key);
        // Hashes are compared in constant time.
        if self.admin_key == Some(hash) {
            return Caller::Known {
                scope: Scope::All,
                is_admin: true,
                name: Some("admin key".into()),
            };
        }
        if let Some((_, name)) = self.keys.iter().find(|(key, _)| *key == hash) {
            return Caller::Known {
                scope: Scope::All,
                is_admin: false,
                name: Some(Arc::clone(name)),
            };
        }
        let granted = self
            .grants
            .iter()
            .find_map(|grant| grant.caller(hash, now_micros));
        granted.unwrap_or(nobody)
    }
}

/// Whether a key looks like a token: three parts between points, which no key of ours has.
fn is_token(key: &[u8]) -> bool {
    key.iter().filter(|byte| **byte == b'.').count() == 2
}

fn key_of(headers: &HeaderMap) -> Option<&[u8]> {
    let bearer = headers.get(header::AUTHORIZATION).and_then(|value| {
        let (scheme, key) = value.as_bytes().split_at_checked(7)?;
        scheme
            .eq_ignore_ascii_case(b"bearer ")
            .then_some(key.trim_ascii())
    });
    bearer.or_else(|| headers.get("x-api-key").map(|value| value.as_bytes()))
}

/// Whether `host`, with or without a port, is a name of the loopback interface.
fn is_this_machine(host: &str) -> bool {
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or(""),
        None => host.split(':').next().unwrap_or(""),
    };
    let name = name.strip_suffix('.').unwrap_or(name);
    // the commonest names need not be read
    name == "127.0.0.1"
        || name.eq_ignore_ascii_case("localhost")
        || name.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::route::Route;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| ((*name).parse().unwrap(), value.parse().unwrap()))
            .collect()
    }

    fn guard_of(address: &str, keys: &[&str], admin_key: Option<&str>) -> Guard {
        let mut config = Config::new(address.parse().unwrap(), Vec::new());
        config.keys = keys.iter().map(|key| (*key).to_owned()).collect();
        config.admin_key = admin_key.map(str::to_owned);
        Guard::new(&config).unwrap()
    }

    #[test]
    fn loopback_answers_only_to_its_own_names() {
        let guard = guard_of("127.0.0.1:80", &[], None);
        let check =
            |pairs: &[(&'static str, &str)]| guard.check_source(&headers(pairs), &Uri::from_static("/ping"));
        for host in [
            "localhost",
            "LOCALHOST:80",
            "127.0.0.1:8080",
            "[::1]:80",
            "127.9.9.9",
            "localhost.",
        ] {
            assert!(check(&[("host", host)]).is_ok(), "{host}");
        }
        for host in [
            "evil.example",
            "localhost.evil.example",
            "127.0.0.1.evil.example",
            "10.0.0.1",
            "",
        ] {
            assert!(check(&[("host", host)]).is_err(), "{host}");
        }
        assert!(check(&[]).is_err());
        assert!(check(&[("host", "localhost"), ("origin", "http://localhost:3000")]).is_ok());
        assert!(check(&[("host", "localhost"), ("origin", "https://evil.example")]).is_err());
        assert!(check(&[("host", "localhost"), ("origin", "null")]).is_err());
        let open = guard_of("0.0.0.0:80", &["k"], None);
        assert!(
            open.check_source(&headers(&[("host", "evil.example")]), &Uri::from_static("/"))
                .is_ok()
        );
    }

    #[test]
    fn keys_open_what_they_must() {
        let guard = guard_of("0.0.0.0:80", &["k1", "k2"], Some("boss"));
        let load = Route::Load { model: "m".into() };
        let check =
            |pairs: &[(&'static str, &str)], route: &Route| guard.caller(&headers(pairs), || 0).check(route);
        assert!(check(&[], &Route::Live).is_ok());
        assert_eq!(check(&[], &Route::Metrics), Err(Refusal::NoKey));
        assert_eq!(
            check(&[("authorization", "Bearer no")], &Route::Metrics),
            Err(Refusal::NoKey)
        );
        assert_eq!(
            check(&[("authorization", "Basic k1")], &Route::Metrics),
            Err(Refusal::NoKey)
        );
        assert!(check(&[("authorization", "bearer k2")], &Route::Metrics).is_ok());
        assert!(check(&[("x-api-key", "k1")], &Route::Metrics).is_ok());
        assert_eq!(check(&[("x-api-key", "k1")], &load), Err(Refusal::NotAdmin));
        assert!(check(&[("x-api-key", "boss")], &load).is_ok());
        assert!(check(&[("x-api-key", "boss")], &Route::Metrics).is_ok());
    }

    #[test]
    fn keys_that_nobody_could_know_are_not_looked_at() {
        let bearer = headers(&[("authorization", "Bearer k")]);
        let by = |address, admin_key| {
            let guard = guard_of(address, &[], admin_key);
            let caller = guard.caller(&bearer, || if admin_key.is_some() { 0 } else { panic!("looked") });
            caller.check(&Route::Metrics)
        };
        for address in ["127.0.0.1:80", "0.0.0.0:80"] {
            assert!(by(address, None).is_ok(), "{address}");
        }
        assert!(by("127.0.0.1:80", Some("boss")).is_ok());
        assert_eq!(by("0.0.0.0:80", Some("boss")), Err(Refusal::NoKey));
        assert!(by("0.0.0.0:80", Some("k")).is_ok());
    }

    #[test]
    fn without_an_admin_key_nobody_loads() {
        let guard = guard_of("127.0.0.1:80", &[], None);
        let nobody = guard.caller(&headers(&[]), || 0);
        assert!(nobody.check(&Route::Metrics).is_ok());
        assert_eq!(
            nobody.check(&Route::Load { model: "m".into() }),
            Err(Refusal::NotAdmin)
        );
    }
}
