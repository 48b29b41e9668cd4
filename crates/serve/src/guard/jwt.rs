//! Tokens (JWT, RFC 7519) of one issuer, signed with one of its public keys (JWKS, RFC 7517).
//!
//! Which algorithm a token is checked with follows from the key alone: RS256 from RSA, ES256 from P-256, EdDSA from
//! Ed25519. A token that says another is refused, so that none is taken unsigned, and no public key as a shared secret.

use super::caller::{Caller, Scope};
use crate::ServeError;
use crate::config::Jwt;
use crate::refusal::Refusal;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED, ED25519, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents, UnparsedPublicKey,
};
use serde::Deserialize;
use serde_json::{Map, Value};
use std::io::Read;
use std::sync::Arc;

/// The longest token, in bytes.
const MAX_TOKEN: usize = 16 << 10;
/// The largest file of keys, in bytes.
const MAX_FILE: u64 = 1 << 20;
/// How far the issuer's clock may be from ours, in seconds.
const LEEWAY_S: f64 = 60.0;

/// Checks tokens.
#[derive(Debug)]
pub(super) struct Verifier {
    issuer: String,
    audience: String,
    models_claim: String,
    keys: Vec<Key>,
}

/// One of the issuer's keys.
#[derive(Debug)]
struct Key {
    /// Its name, which tokens give.
    kid: Option<String>,
    public: PublicKey,
}

#[derive(Debug)]
enum PublicKey {
    Rsa { n: Vec<u8>, e: Vec<u8> },
    P256(Vec<u8>),
    Ed25519(Vec<u8>),
}

#[derive(Debug, Deserialize)]
struct KeySet {
    keys: Vec<Jwk>,
}

#[derive(Debug, Deserialize)]
struct Jwk {
    kty: String,
    kid: Option<String>,
    #[serde(rename = "use")]
    purpose: Option<String>,
    alg: Option<String>,
    crv: Option<String>,
    n: Option<String>,
    e: Option<String>,
    x: Option<String>,
    y: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Header {
    alg: String,
    kid: Option<String>,
    /// Extensions that must be understood: none is.
    crit: Option<Value>,
}

impl Verifier {
    /// Reads the file of the issuer's keys.
    pub(super) fn read(config: &Jwt) -> Result<Verifier, ServeError> {
        let mut text = Vec::new();
        let opened = std::fs::File::open(&config.keys);
        opened
            .and_then(|file| file.take(MAX_FILE).read_to_end(&mut text))
            .map_err(|error| fault(config, error.to_string(), "a JSON Web Key Set"))?;
        Verifier::of(config, &text)
    }

    /// Takes the issuer's keys; those of other kinds are left out.
    pub(super) fn of(config: &Jwt, text: &[u8]) -> Result<Verifier, ServeError> {
        let fault = |found: String, expected| fault(config, found, expected);
        // What serde says may repeat what stands in the file.
        let set: KeySet = serde_json::from_slice(text).map_err(|error| {
            fault(
                format!("something else in line {}", error.line()),
                "a JSON Web Key Set",
            )
        })?;
        if set.keys.iter().any(|key| key.kty == "oct") {
            let expected = "public keys alone: who reads the file could sign";
            return Err(fault("a shared secret (`oct`)".to_owned(), expected));
        }
        let keys: Vec<Key> = set.keys.iter().filter_map(Jwk::key).collect();
        if keys.is_empty() {
            let expected = "at least one for RS256, ES256 or EdDSA";
            return Err(fault("no key for signatures that are taken".to_owned(), expected));
        }
        Ok(Verifier {
            issuer: config.issuer.clone(),
            audience: config.audience.clone(),
            models_claim: config.models_claim.clone(),
            keys,
        })
    }

    pub(super) fn n_keys(&self) -> usize {
        self.keys.len()
    }

    /// Who brings `token` now.
    pub(super) fn caller(&self, token: &[u8], now_micros: i64) -> Caller {
        match self.scope(token, now_micros as f64 / 1e6) {
            Ok((scope, name)) => Caller::Known {
                scope,
                is_admin: false,
                name: Some(name),
            },
            Err(fault) => Caller::Unknown(Refusal::Token { fault }),
        }
    }

    /// What the token opens, and whom it speaks of.
    fn scope(&self, token: &[u8], now_s: f64) -> Result<(Scope, Arc<str>), &'static str> {
        const BROKEN: &str = "is none";
        let token = std::str::from_utf8(token).map_err(|_| BROKEN)?;
        if MAX_TOKEN < token.len() {
            return Err("is too long");
        }
        let (signed, signature) = token.rsplit_once('.').ok_or(BROKEN)?;
        let (header, claims) = signed.split_once('.').ok_or(BROKEN)?;
        let header: Header = serde_json::from_slice(&decoded(header).ok_or(BROKEN)?).map_err(|_| BROKEN)?;
        let key = self.key(&header)?;
        if !key
            .public
            .has_signed(signed.as_bytes(), &decoded(signature).ok_or(BROKEN)?)
        {
            return Err("has a signature that does not fit");
        }
        // Nothing of what it claims is looked at before.
        let claims: Map<String, Value> =
            serde_json::from_slice(&decoded(claims).ok_or(BROKEN)?).map_err(|_| BROKEN)?;
        self.check(&claims, now_s)?;
        let subject = claims.get("sub").and_then(Value::as_str).unwrap_or_default();
        let scope = Scope::of(texts(claims.get(&self.models_claim)));
        Ok((scope, format!("token of {}", table::clip(subject)).into()))
    }

    /// The key that the token must be signed with.
    fn key(&self, header: &Header) -> Result<&Key, &'static str> {
        if header.crit.is_some() {
            return Err("asks for extensions, and none is known");
        }
        let key = match (&header.kid, self.keys.as_slice()) {
            (None, [only]) => Some(only),
            (None, _) => None,
            (Some(kid), keys) => keys.iter().find(|key| key.kid.as_ref() == Some(kid)),
        };
        let key = key.ok_or("names no key of the issuer")?;
        match key.public.algorithm() == header.alg {
            true => Ok(key),
            false => Err("says another algorithm than its key is for"),
        }
    }

    fn check(&self, claims: &Map<String, Value>, now_s: f64) -> Result<(), &'static str> {
        let number = |name: &str| {
            claims
                .get(name)
                .map(|value| value.as_f64().ok_or("has times that are no numbers"))
        };
        let expires = number("exp").transpose()?.ok_or("never expires")?;
        if expires + LEEWAY_S <= now_s {
            return Err("has expired");
        }
        let begins = number("nbf").transpose()?;
        if begins.is_some_and(|begins| now_s + LEEWAY_S < begins) {
            return Err("is not valid yet");
        }
        if claims.get("iss").and_then(Value::as_str) != Some(&self.issuer) {
            return Err("is of another issuer");
        }
        let audiences = texts(claims.get("aud"));
        match audiences.contains(&self.audience) {
            true => Ok(()),
            false => Err("is for another audience"),
        }
    }
}

fn fault(config: &Jwt, found: String, expected: &'static str) -> ServeError {
    ServeError::Keys {
        file: config.keys.clone(),
        found,
        expected,
    }
}

impl PublicKey {
    fn algorithm(&self) -> &'static str {
        match self {
            PublicKey::Rsa { .. } => "RS256",
            PublicKey::P256(_) => "ES256",
            PublicKey::Ed25519(_) => "EdDSA",
        }
    }

    fn has_signed(&self, message: &[u8], signature: &[u8]) -> bool {
        let verified = match self {
            PublicKey::Rsa { n, e } => {
                RsaPublicKeyComponents { n, e }.verify(&RSA_PKCS1_2048_8192_SHA256, message, signature)
            }
            PublicKey::P256(point) => {
                UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point).verify(message, signature)
            }
            PublicKey::Ed25519(point) => UnparsedPublicKey::new(&ED25519, point).verify(message, signature),
        };
        verified.is_ok()
    }
}

impl Jwk {
    /// The key, if it is one that signatures are checked with here.
    fn key(&self) -> Option<Key> {
        let part = |part: &Option<String>| decoded(part.as_deref()?);
        let public = match (self.kty.as_str(), self.crv.as_deref()) {
            ("RSA", _) => PublicKey::Rsa {
                n: part(&self.n)?.into_iter().skip_while(|byte| *byte == 0).collect(),
                e: part(&self.e)?.into_iter().skip_while(|byte| *byte == 0).collect(),
            },
            ("EC", Some("P-256")) => {
                let (x, y) = (part(&self.x)?, part(&self.y)?);
                // a point that is not compressed
                PublicKey::P256([&[4], x.as_slice(), y.as_slice()].concat())
            }
            ("OKP", Some("Ed25519")) => PublicKey::Ed25519(part(&self.x)?),
            _ => return None,
        };
        let is_for_signing = self.purpose.as_deref().is_none_or(|purpose| purpose == "sig");
        let fits = self.alg.as_deref().is_none_or(|alg| alg == public.algorithm());
        (is_for_signing && fits).then(|| Key {
            kid: self.kid.clone(),
            public,
        })
    }
}

fn decoded(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}

/// A text, or the texts of a list.
fn texts(claim: Option<&Value>) -> Vec<String> {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    match claim {
        Some(Value::Array(values)) => values.iter().filter_map(text).collect(),
        Some(value) => text(value).into_iter().collect(),
        None => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use ring::rand::SystemRandom;
    use ring::signature::{Ed25519KeyPair, KeyPair};
    use serde_json::json;

    const NOW_S: f64 = 1_700_000_000.0;

    struct Issuer(Ed25519KeyPair);

    impl Issuer {
        fn new() -> Issuer {
            let document = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).unwrap();
            Issuer(Ed25519KeyPair::from_pkcs8(document.as_ref()).unwrap())
        }

        fn verifier(&self) -> Verifier {
            Verifier {
                issuer: "i".into(),
                audience: "a".into(),
                models_claim: "m".into(),
                keys: vec![Key {
                    kid: Some("k".into()),
                    public: PublicKey::Ed25519(self.0.public_key().as_ref().to_vec()),
                }],
            }
        }

        fn token(&self, header: &Value, claims: &Value) -> String {
            let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
            let message = format!("{}.{}", part(header), part(claims));
            let signature = URL_SAFE_NO_PAD.encode(self.0.sign(message.as_bytes()));
            format!("{message}.{signature}")
        }
    }

    fn changed(name: &str, value: Value) -> Value {
        let mut claims = json!({ "iss": "i", "aud": ["b", "a"], "exp": NOW_S + 5.0, "m": ["churn"] });
        claims[name] = value;
        claims
    }

    #[test]
    fn tokens_are_taken_if_everything_fits() {
        let (issuer, header) = (Issuer::new(), json!({ "alg": "EdDSA", "kid": "k" }));
        let scope = |claims: &Value| {
            let token = issuer.token(&header, claims);
            let found = issuer.verifier().scope(token.as_bytes(), NOW_S);
            found.map(|(scope, _)| scope)
        };
        let named = issuer.token(&header, &changed("sub", json!("ann")));
        let named = issuer.verifier().scope(named.as_bytes(), NOW_S);
        assert_eq!(named.map(|(_, name)| name).as_deref(), Ok("token of ann"));
        let churn = Scope::of(["churn".to_owned()]);
        assert_eq!(scope(&changed("x", json!(1))), Ok(churn.clone()));
        assert_eq!(scope(&changed("m", json!("churn"))), Ok(churn.clone()));
        assert_eq!(scope(&changed("m", json!(["*"]))), Ok(Scope::All));
        assert_eq!(scope(&changed("m", json!(null))), Ok(Scope::of([])));
        assert_eq!(scope(&changed("exp", json!(NOW_S - 59.0))), Ok(churn.clone()));
        assert_eq!(scope(&changed("nbf", json!(NOW_S + 59.0))), Ok(churn));
        for (name, value) in [
            ("exp", json!(NOW_S - 61.0)),
            ("exp", json!("never")),
            ("exp", json!(null)),
            ("nbf", json!(NOW_S + 61.0)),
            ("iss", json!("j")),
            ("aud", json!("b")),
            ("aud", json!(null)),
        ] {
            assert!(scope(&changed(name, value.clone())).is_err(), "{name}: {value}");
        }
    }

    #[test]
    fn no_token_chooses_its_own_algorithm_or_key() {
        let (issuer, stranger) = (Issuer::new(), Issuer::new());
        let claims = changed("x", json!(1));
        let fails = |token: &str| issuer.verifier().scope(token.as_bytes(), NOW_S).is_err();
        for header in [
            json!({ "alg": "none", "kid": "k" }),
            json!({ "alg": "HS256", "kid": "k" }),
            json!({ "alg": "ES256", "kid": "k" }),
            json!({ "alg": "EdDSA", "kid": "other" }),
            json!({ "alg": "EdDSA", "kid": "k", "crit": ["b64"] }),
            json!({ "kid": "k" }),
        ] {
            assert!(fails(&issuer.token(&header, &claims)), "{header}");
        }
        let header = json!({ "alg": "EdDSA", "kid": "k" });
        assert!(fails(&stranger.token(&header, &claims)));
        let token = issuer.token(&header, &claims);
        assert!(!fails(&token));
        for cut in 0..token.len() {
            assert!(fails(&token[..cut]), "{cut}");
        }
    }
}
