//! Files of keys, and tokens that are signed as they must be, whatever they claim.

use super::requests::{ask, door};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use ring::signature::{Ed25519KeyPair, KeyPair};
use serve::hostile::{Door, Knock, keys_in_file, keys_in_set};
use serve::{Jwt, MODELS_CLAIM};
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

/// No secret: it opens nothing but the door of these tests.
const SEED: [u8; 32] = [7; 32];

/// A door that takes the tokens of [`SEED`].
static ASKING: LazyLock<Door> = LazyLock::new(|| {
    let file = std::env::temp_dir().join(format!("spanwise-fuzz-{}.jwks", std::process::id()));
    std::fs::write(&file, key_set_of(&key())).expect("a temporary file can be written");
    let door = door(64 << 10, Some(jwt(&file)));
    let _ = std::fs::remove_file(&file);
    door
});

fn key() -> Ed25519KeyPair {
    Ed25519KeyPair::from_seed_unchecked(&SEED).expect("any 32 bytes are a key")
}

/// The public half as an issuer publishes it.
fn key_set_of(key: &Ed25519KeyPair) -> String {
    let x = BASE64_URL_SAFE_NO_PAD.encode(key.public_key().as_ref());
    format!(
        "{{\"keys\":[{{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"kid\":\"k\",\"use\":\"sig\",\"alg\":\"EdDSA\",\"x\":\"{x}\"}}]}}"
    )
}

pub(crate) fn key_set_seed() -> String {
    key_set_of(&key())
}

fn jwt(keys: &Path) -> Jwt {
    Jwt {
        issuer: "https://issuer.example".to_owned(),
        audience: "spanwise".to_owned(),
        keys: keys.to_owned(),
        models_claim: MODELS_CLAIM.to_owned(),
    }
}

/// A header and claims behind an empty line, signed; or, if there is no such line, a token as it stands.
pub(super) fn token(bytes: &[u8]) {
    let at = bytes.windows(2).position(|pair| pair == b"\n\n");
    let token = match at {
        None => bytes.to_vec(),
        Some(at) => {
            let part = |part: &[u8]| BASE64_URL_SAFE_NO_PAD.encode(part);
            let message = format!("{}.{}", part(&bytes[..at]), part(&bytes[at + 2..]));
            let signature = part(key().sign(message.as_bytes()).as_ref());
            format!("{message}.{signature}").into_bytes()
        }
    };
    let value = [b"Bearer ", token.as_slice()].concat();
    let headers: [(&str, &[u8]); 2] = [("host", b"localhost"), ("authorization", &value)];
    let knock = Knock {
        method: "GET",
        target: "/v2/models/churn",
        headers: &headers,
        body: b"",
        is_http2: false,
    };
    let Some(answered) = ask(&ASKING, &knock) else {
        return;
    };
    assert!([200, 401, 403].contains(&answered.status), "{}", answered.status);
    if answered.status == 200 {
        // Only who claims the issuer, the audience and a model is let in.
        let claims = String::from_utf8_lossy(&bytes[at.expect("nobody else can sign") + 2..]).into_owned();
        let claims: serde_json::Value = serde_json::from_str(&claims).expect("claims are JSON");
        assert_eq!(claims["iss"], "https://issuer.example");
        assert!(
            claims["exp"]
                .as_f64()
                .is_some_and(|expires| 1_699_999_000.0 < expires)
        );
    }
}

pub(super) fn keys_file(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    if let Err(error) = keys_in_file(text) {
        // The sentence names the file and no hash of a key.
        assert!(error.to_string().contains("keys.toml"), "{error}");
    }
}

pub(super) fn key_set(bytes: &[u8]) {
    match keys_in_set(bytes, &jwt(&PathBuf::from("issuer.jwks"))) {
        Ok(n) => assert!(0 < n),
        Err(error) => assert!(error.to_string().contains("issuer.jwks"), "{error}"),
    }
}
