//! Objects in stores: S3, Google, Azure, and files that a web server hands out. Keys to them come from the environment.

use super::joined::joined;
use super::name::Parts;
use super::{Fetch, Local, glob};
use crate::QueryError;
use futures::TryStreamExt;
use object_store::aws::AmazonS3Builder;
use object_store::azure::MicrosoftAzureBuilder;
use object_store::gcp::GoogleCloudStorageBuilder;
use object_store::http::HttpBuilder;
use object_store::path::Path as Key;
use object_store::{ClientOptions, ObjectMeta, ObjectStore, ObjectStoreExt, RetryConfig};
use std::io::Write;
use std::path::PathBuf;
use std::time::Duration;

/// The most objects that a pattern may name.
const MAX_OBJECTS: usize = 10_000;
/// How long a store may take to be reached, and to hand out one object.
const TO_CONNECT: Duration = Duration::from_secs(10);
const TO_ANSWER: Duration = Duration::from_secs(3600);
/// Where an S3 store is, if it is not Amazon's.
const ENDPOINTS: [&str; 3] = ["AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL", "AWS_ENDPOINT"];

/// Where an object is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Address {
    scheme: &'static str,
    /// Bucket, container or host.
    store: String,
    /// The object's key, or a pattern of keys.
    pub(super) key: String,
}

impl Address {
    /// The address in a URI; what was found and expected where there is none.
    pub(super) fn of(scheme: &'static str, parts: &Parts) -> Result<Address, (String, &'static str)> {
        if parts.has_parameters() {
            return Err((
                "parameters".to_owned(),
                "a key alone; secrets are taken from the environment",
            ));
        }
        // A container of Azure stands before its account, where others have a user.
        let masked = parts.rest_masked();
        if masked != parts.rest {
            return Err((
                "a user or password".to_owned(),
                "a host or bucket; secrets are taken from the environment",
            ));
        }
        let (store, key) = parts.rest.split_once('/').unwrap_or((&parts.rest, ""));
        if store.is_empty() || key.is_empty() {
            return Err((
                format!("`{}`", masked),
                "a bucket and a key, as in s3://BUCKET/KEY.parquet",
            ));
        }
        if scheme == "http" && !is_loopback(store) {
            return Err((
                format!("http to `{store}`"),
                "https, or http to this machine alone",
            ));
        }
        // A folder is all that is below it.
        let key = if key.ends_with('/') {
            format!("{key}**")
        } else {
            key.to_owned()
        };
        Ok(Address {
            scheme,
            store: store.to_owned(),
            key,
        })
    }

    fn is_pattern(&self) -> bool {
        self.key.contains('*')
    }

    fn store(&self) -> object_store::Result<Box<dyn ObjectStore>> {
        let retry = RetryConfig {
            max_retries: 3,
            retry_timeout: Duration::from_secs(30),
            ..RetryConfig::default()
        };
        let client = ClientOptions::new()
            .with_connect_timeout(TO_CONNECT)
            .with_timeout(TO_ANSWER);
        Ok(match self.scheme {
            "s3" => Box::new(
                AmazonS3Builder::from_env()
                    .with_bucket_name(&self.store)
                    .with_retry(retry)
                    .with_client_options(client.with_allow_http(is_local_endpoint() || is_http_allowed()))
                    .build()?,
            ),
            "gs" => Box::new(
                GoogleCloudStorageBuilder::from_env()
                    .with_bucket_name(&self.store)
                    .with_retry(retry)
                    .with_client_options(client)
                    .build()?,
            ),
            "az" => Box::new(
                MicrosoftAzureBuilder::from_env()
                    .with_container_name(&self.store)
                    .with_retry(retry)
                    .with_client_options(client)
                    .build()?,
            ),
            "abfs" => Box::new(
                MicrosoftAzureBuilder::from_env()
                    .with_url(format!("abfss://{}", self.store))
                    .with_retry(retry)
                    .with_client_options(client)
                    .build()?,
            ),
            scheme => Box::new(
                HttpBuilder::new()
                    .with_url(format!("{scheme}://{}", self.store))
                    .with_retry(retry)
                    .with_client_options(client.with_allow_http(scheme == "http"))
                    .build()?,
            ),
        })
    }
}

fn is_loopback(host: &str) -> bool {
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    };
    name == "localhost"
        || name
            .parse::<std::net::IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

/// Whether the environment names a store on this machine, to which nothing need be encrypted.
fn is_local_endpoint() -> bool {
    let named = ENDPOINTS.iter().find_map(|name| std::env::var(name).ok());
    let host = |url: String| Some(url.strip_prefix("http://")?.split('/').next()?.to_owned());
    named.and_then(host).is_some_and(|host| is_loopback(&host))
}

fn is_http_allowed() -> bool {
    std::env::var("AWS_ALLOW_HTTP").is_ok_and(|value| value.eq_ignore_ascii_case("true") || value == "1")
}

/// Fetches one object, or all that a pattern names as one table.
pub(super) async fn fetch(address: &Address, at: &Fetch<'_>) -> Result<Local, QueryError> {
    let refused = |error: object_store::Error| at.refused(told(&error), "an object that can be read");
    let store = address.store().map_err(refused)?;
    if !address.is_pattern() {
        let key = key_of(address).map_err(refused)?;
        let found = store.head(&key).await.map_err(refused)?;
        if at.options.max_bytes < found.size {
            return Err(at.too_large());
        }
        return Ok(Local::of(download(&*store, &found, 0, at).await?));
    }
    let objects = listed(&*store, address, at).await?;
    let mut paths = Vec::with_capacity(objects.len());
    for (number, object) in objects.iter().enumerate() {
        paths.push((
            object.location.to_string(),
            download(&*store, object, number, at).await?,
        ));
    }
    joined(&paths, at)
}

/// Fetches the only object that a pattern names.
pub(super) async fn fetch_only(address: &Address, at: &Fetch<'_>) -> Result<Local, QueryError> {
    let refused = |error: object_store::Error| at.refused(told(&error), "an object that can be read");
    let store = address.store().map_err(refused)?;
    let objects = listed(&*store, address, at).await?;
    match objects.as_slice() {
        [only] => Ok(Local::of(download(&*store, only, 0, at).await?)),
        several => Err(at.refused(format!("{} objects that fit the pattern", several.len()), "one")),
    }
}

fn key_of(address: &Address) -> object_store::Result<Key> {
    match address.scheme {
        "http" | "https" => Ok(Key::from_url_path(&address.key)?),
        _ => Ok(Key::parse(&address.key)?),
    }
}

/// The objects that a pattern names, in the order of their keys; empty ones and those with a name that hides are none.
async fn listed(
    store: &dyn ObjectStore,
    address: &Address,
    at: &Fetch<'_>,
) -> Result<Vec<ObjectMeta>, QueryError> {
    let refused = |error: object_store::Error| at.refused(told(&error), "keys that can be listed");
    let prefix =
        Key::parse(glob::prefix(&address.key)).map_err(|error| at.refused(error, "a pattern of keys"))?;
    let mut listing = store.list(Some(&prefix));
    let (mut objects, mut n_bytes) = (Vec::new(), 0u64);
    while let Some(object) = listing.try_next().await.map_err(refused)? {
        let name = object.location.filename().unwrap_or_default();
        let is_hidden = name.starts_with(['_', '.']);
        if object.size == 0 || is_hidden || !glob::is_match(&address.key, object.location.as_ref()) {
            continue;
        }
        n_bytes = n_bytes.saturating_add(object.size);
        objects.push(object);
        if MAX_OBJECTS < objects.len() {
            return Err(at.refused(format!("more than {MAX_OBJECTS} objects"), "a narrower pattern"));
        }
    }
    if objects.is_empty() {
        return Err(at.refused("no object that fits the pattern", "at least one"));
    }
    if at.options.max_bytes < n_bytes {
        return Err(at.too_large());
    }
    objects.sort_by(|one, other| one.location.cmp(&other.location));
    Ok(objects)
}

/// Fetches one object into a file of its name, of no more bytes than were allowed whatever the store said of it.
async fn download(
    store: &dyn ObjectStore,
    object: &ObjectMeta,
    number: usize,
    at: &Fetch<'_>,
) -> Result<PathBuf, QueryError> {
    let refused = |error: object_store::Error| at.refused(told(&error), "an object that can be read");
    let unwritten = |error: std::io::Error| at.refused(error, "room for a temporary file");
    let folder = at.folder.join(number.to_string());
    std::fs::create_dir_all(&folder).map_err(unwritten)?;
    let name = object.location.filename().unwrap_or("object");
    let path = folder.join(name.replace(['/', '\\'], "_"));
    let mut file = std::fs::File::create(&path).map_err(unwritten)?;
    let mut bytes = store.get(&object.location).await.map_err(refused)?.into_stream();
    let mut left = at.options.max_bytes;
    while let Some(piece) = bytes.try_next().await.map_err(refused)? {
        left = left
            .checked_sub(piece.len() as u64)
            .ok_or_else(|| at.too_large())?;
        file.write_all(&piece).map_err(unwritten)?;
    }
    file.flush().map_err(unwritten)?;
    Ok(path)
}

/// What went wrong, in words without the parameters of an address, which may be secret.
fn told(error: &object_store::Error) -> String {
    use object_store::Error;
    match error {
        Error::NotFound { .. } => "no such object".to_owned(),
        Error::PermissionDenied { .. } | Error::Unauthenticated { .. } => {
            "no permission; hint: keys come from the environment, such as AWS_ACCESS_KEY_ID, and AWS_SKIP_SIGNATURE=true is for what is public".to_owned()
        }
        // Where machines of Amazon's own are given their keys: the last that is tried.
        other if other.to_string().contains("169.254.169.254") => {
            "no key in the environment; hint: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (with AWS_SESSION_TOKEN) are read, or AWS_WEB_IDENTITY_TOKEN_FILE, and AWS_SKIP_SIGNATURE=true is for what is public".to_owned()
        }
        other => {
            let text = other.to_string();
            let line = text.lines().next().unwrap_or_default();
            let plain = |word: &str| word.split_once('?').map_or(word.to_owned(), |(front, _)| front.to_owned());
            line.split(' ').map(plain).collect::<Vec<_>>().join(" ")
        }
    }
}
