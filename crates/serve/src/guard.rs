//! Who may ask: the name a request is addressed to, the page it comes from, and keys.

use crate::refusal::Refusal;
use crate::route::Route;
use axum::http::{HeaderMap, Uri, header};
use std::net::IpAddr;
use table::clip;

/// Checks callers. Holds hashes of keys, not keys.
#[derive(Debug)]
pub(crate) struct Guard {
    loopback: bool,
    keys: Vec<blake3::Hash>,
    admin_key: Option<blake3::Hash>,
}

/// Who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Caller {
    Unknown,
    Known,
    Admin,
}

impl Guard {
    pub(crate) fn new(loopback: bool, keys: &[String], admin_key: Option<&str>) -> Guard {
        let hash = |key: &str| blake3::hash(key.as_bytes());
        Guard {
            loopback,
            keys: keys.iter().map(|key| hash(key)).collect(),
            admin_key: admin_key.map(hash),
        }
    }

    /// Whether the request comes from where it must: on loopback a web page of elsewhere could send it otherwise.
    pub(crate) fn check_source(&self, headers: &HeaderMap, uri: &Uri) -> Result<(), Refusal> {
        let text = |name| {
            headers
                .get(name)
                .map(|value| value.to_str().unwrap_or("?").to_owned())
        };
        let host = text(header::HOST).or_else(|| uri.authority().map(|authority| authority.to_string()));
        let host = host.ok_or_else(|| Refusal::Host { found: String::new() })?;
        if headers.get_all(header::HOST).iter().nth(1).is_some() || host.is_empty() {
            return Err(Refusal::Host { found: clip(&host) });
        }
        if !self.loopback {
            return Ok(());
        }
        let origin = text(header::ORIGIN);
        let origin_host = origin
            .as_ref()
            .map(|origin| origin.split_once("://").map_or("?", |(_, host)| host));
        match [Some(host.as_str()), origin_host]
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
        self.keys.is_empty() && (self.loopback || self.admin_key.is_none())
    }

    /// Who asks, by the key that the request brings.
    pub(crate) fn caller(&self, headers: &HeaderMap) -> Caller {
        let key = key_of(headers).map(blake3::hash);
        // Hashes are compared in constant time.
        if key.is_some() && key == self.admin_key {
            Caller::Admin
        } else if self.is_open() || key.is_some_and(|key| self.keys.contains(&key)) {
            Caller::Known
        } else {
            Caller::Unknown
        }
    }
}

impl Caller {
    /// Whether this caller may ask for `route`.
    pub(crate) fn check(self, route: &Route) -> Result<(), Refusal> {
        match self {
            _ if route.is_probe() => Ok(()),
            Caller::Admin => Ok(()),
            _ if route.is_admin() => Err(Refusal::NotAdmin),
            _ => self.check_known(),
        }
    }

    /// Whether this caller may ask for anything but probes.
    pub(crate) fn check_known(self) -> Result<(), Refusal> {
        match self {
            Caller::Unknown => Err(Refusal::NoKey),
            Caller::Known | Caller::Admin => Ok(()),
        }
    }
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
    name.eq_ignore_ascii_case("localhost") || name.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| ((*name).parse().unwrap(), value.parse().unwrap()))
            .collect()
    }

    #[test]
    fn loopback_answers_only_to_its_own_names() {
        let guard = Guard::new(true, &[], None);
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
        let open = Guard::new(false, &["k".into()], None);
        assert!(
            open.check_source(&headers(&[("host", "evil.example")]), &Uri::from_static("/"))
                .is_ok()
        );
    }

    #[test]
    fn keys_open_what_they_must() {
        let guard = Guard::new(false, &["k1".into(), "k2".into()], Some("boss"));
        let load = Route::Load { model: "m".into() };
        let check =
            |pairs: &[(&'static str, &str)], route: &Route| guard.caller(&headers(pairs)).check(route);
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
    fn without_an_admin_key_nobody_loads() {
        let guard = Guard::new(true, &[], None);
        let nobody = guard.caller(&headers(&[]));
        assert!(nobody.check(&Route::Metrics).is_ok());
        assert_eq!(
            nobody.check(&Route::Load { model: "m".into() }),
            Err(Refusal::NotAdmin)
        );
    }
}
