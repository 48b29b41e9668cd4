//! The one binary: parses, prints, chooses exit codes, and nothing else.
//!
//! Results go to standard output, everything else to standard error; `--json` prints one object.

mod exit;
mod print;
mod progress;
mod verbs;

use clap::{Parser, Subcommand};
use std::process::ExitCode;

/// From raw tables to insight, and from model to a monitored service.
#[derive(Debug, Parser)]
#[command(name = "spanwise", version, max_term_width = 100)]
struct Arguments {
    /// Print one JSON object to standard output instead of text.
    #[arg(long, global = true)]
    json: bool,
    /// Say nothing about progress.
    #[arg(long, short, global = true)]
    quiet: bool,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Write a project file for a data file.
    New(verbs::new::Arguments),
    /// Say what is in a table, and whether to trust it.
    Explore(verbs::explore::Arguments),
    /// Answer SQL over the tables of a project or over files.
    Query(verbs::query::Arguments),
    /// Ask whether a column differs between groups: the questions of a project, or one about a file.
    Test(verbs::test::Arguments),
    /// Explain why a number changed between two periods or groups: the segments that moved, and by how much.
    Why(verbs::why::Arguments),
    /// Plan an experiment before its data are read, and analyse it by that plan.
    Experiment(verbs::experiment::Arguments),
    /// Run a project: tables, questions, models, stories; what is known is not done again.
    Run(verbs::run::Arguments),
    /// Learn boosted trees from files of any size and write a bundle, without a project.
    Train(verbs::train::Arguments),
    /// The stories of a project: where they are, and as PDF; other pages as PDF, too.
    Report(verbs::report::Arguments),
    /// Score a table with a bundle.
    Score(verbs::score::Arguments),
    /// Say which features a model looks at, and how its answers go with them.
    Explain(verbs::explain::Arguments),
    /// Make a bundle of a LightGBM or XGBoost model, which then says the same bit for bit.
    Import(verbs::import::Arguments),
    /// Write a bundle's model in another format.
    Export(verbs::export::Arguments),
    /// Answer requests over HTTP and gRPC.
    Serve(verbs::serve::Arguments),
    /// Make keys for those who ask a service.
    Key(verbs::key::Arguments),
    /// Merge the files of a prediction log.
    Log(verbs::log::Arguments),
    /// Check the audit log of a service.
    Audit(verbs::audit::Arguments),
    /// Compare what a service saw and said with what its model learnt from.
    Monitor(verbs::monitor::Arguments),
    /// Say how a service's challenger compares with its champion, and what is decided; do it.
    Guard(verbs::guard::Arguments),
    /// Make a version the champion, or list versions and what was promoted when and why.
    Promote(verbs::promote::Arguments),
    /// Go back to the champion before.
    Rollback(verbs::promote::RollbackArguments),
    /// Make a data set with a known truth, and run a project on it from end to end.
    Demo(verbs::demo::Arguments),
}

fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            let json = std::env::args_os()
                .take_while(|argument| argument != "--")
                .any(|argument| argument == "--json");
            return exit::usage(&error, &print::Shell::new(json, false));
        }
    };
    let shell = print::Shell::new(arguments.json, arguments.quiet);
    let result = match arguments.verb {
        Verb::New(arguments) => verbs::new::run(&arguments, &shell),
        Verb::Explore(arguments) => verbs::explore::run(&arguments, &shell),
        Verb::Query(arguments) => verbs::query::run(&arguments, &shell),
        Verb::Test(arguments) => verbs::test::run(&arguments, &shell),
        Verb::Why(arguments) => verbs::why::run(&arguments, &shell),
        Verb::Experiment(arguments) => verbs::experiment::run(&arguments, &shell),
        Verb::Run(arguments) => verbs::run::run(&arguments, &shell),
        Verb::Train(arguments) => verbs::train::run(&arguments, &shell),
        Verb::Report(arguments) => verbs::report::run(&arguments, &shell),
        Verb::Score(arguments) => verbs::score::run(&arguments, &shell),
        Verb::Explain(arguments) => verbs::explain::run(&arguments, &shell),
        Verb::Import(arguments) => verbs::import::run(&arguments, &shell),
        Verb::Export(arguments) => verbs::export::run(&arguments, &shell),
        Verb::Serve(arguments) => verbs::serve::run(&arguments, &shell),
        Verb::Key(arguments) => verbs::key::run(&arguments, &shell),
        Verb::Log(arguments) => verbs::log::run(&arguments, &shell),
        Verb::Audit(arguments) => verbs::audit::run(&arguments, &shell),
        Verb::Monitor(arguments) => verbs::monitor::run(&arguments, &shell),
        Verb::Guard(arguments) => verbs::guard::run(&arguments, &shell),
        Verb::Promote(arguments) => verbs::promote::run(&arguments, &shell),
        Verb::Rollback(arguments) => verbs::promote::rollback(&arguments, &shell),
        Verb::Demo(arguments) => verbs::demo::run(&arguments, &shell),
    };
    exit::code(result, &shell)
}
