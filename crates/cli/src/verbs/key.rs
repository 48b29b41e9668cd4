//! `spanwise key new`

use crate::exit::End;
use crate::print::Shell;
use anyhow::Error;
use clap::Subcommand;
use serve::{NewKey, new_key};
use std::path::PathBuf;

#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    step: Step,
}

#[derive(Clone, Debug, Subcommand)]
enum Step {
    /// Make a key for a caller of a service and add its hash to a keys file. The key is printed once and kept nowhere.
    New {
        /// Whose key it is.
        name: String,
        /// A model that it may ask, or `*` for all; may be given several times.
        #[arg(long = "model", required = true)]
        models: Vec<String>,
        /// The keys file, which a service reads when it starts.
        #[arg(long)]
        out: PathBuf,
        /// It may also load and unload these models.
        #[arg(long)]
        admin: bool,
        /// The day or time from which on it opens nothing, such as 2027-01-31.
        #[arg(long)]
        expires: Option<String>,
    },
}

pub(crate) fn run(arguments: &Arguments, shell: &Shell) -> Result<End, Error> {
    let Step::New {
        name,
        models,
        out,
        admin,
        expires,
    } = &arguments.step;
    let new = NewKey {
        name: name.clone(),
        models: models.clone(),
        is_admin: *admin,
        expires: expires.clone(),
    };
    let key = new_key(out, &new)?;
    if shell.json {
        shell.object(&serde_json::json!({ "key": key, "file": out }))?;
    } else {
        shell.line(&key)?;
    }
    shell.note(&format!(
        "its hash is in {}; the key itself is shown only here",
        out.display()
    ));
    Ok(End::Done)
}
