//! `spanwise experiment plan` and `spanwise experiment analyse`

use super::{ProjectArguments, say};
use crate::exit::End;
use crate::print::Shell;
use crate::progress::Progress;
use anyhow::Error;
use clap::Subcommand;
use project::SystemClock;
use project::experiment::{AnalysisRecord, PlanRecord, State, analyse, effect_sentence, find, plan};
use report::{format_count, format_number, format_percent};

#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    step: Step,
}

#[derive(Clone, Debug, Subcommand)]
enum Step {
    /// Say how many units are needed, and register the plan before the data are read.
    Plan {
        /// An experiment of the project; the only one if left out.
        name: Option<String>,
        #[command(flatten)]
        project: ProjectArguments,
    },
    /// Check the data, judge the effects by the registered plan and write the page.
    Analyse {
        /// An experiment of the project; the only one if left out.
        name: Option<String>,
        /// No more units will come: what is there decides.
        #[arg(long = "final")]
        is_final: bool,
        #[command(flatten)]
        project: ProjectArguments,
    },
}

pub(crate) fn run(arguments: &Arguments, shell: &Shell) -> Result<End, Error> {
    match &arguments.step {
        Step::Plan { name, project } => {
            let project = project.load()?;
            let section = find(&project, name.as_deref())?;
            let record = plan(&project, section, &Progress::new(shell), &SystemClock)?;
            record
                .notes
                .iter()
                .for_each(|note| shell.note(&format!("hint: {note}")));
            tell_plan(&record, shell)?;
            Ok(End::Done)
        }
        Step::Analyse {
            name,
            is_final,
            project,
        } => {
            let project = project.load()?;
            let section = find(&project, name.as_deref())?;
            let record = analyse(&project, section, *is_final, &Progress::new(shell), &SystemClock)?;
            tell_analysis(&record, shell)?;
            Ok(if record.is_alarm() { End::Alarm } else { End::Done })
        }
    }
}

fn tell_plan(record: &PlanRecord, shell: &Shell) -> Result<(), Error> {
    if shell.json {
        return shell.object(record);
    }
    let size = &record.size;
    let relative = size.relative_effect.map_or(String::new(), |share| {
        format!(" ({} of the baseline)", format_percent(share))
    });
    shell.line(&format!(
        "{}: {} units find an effect of {}{relative} on {} with a chance of {}, at an error of {}",
        record.experiment,
        format_count(size.total),
        format_number(size.effect),
        record.primary,
        format_percent(record.power),
        format_percent(record.alpha)
    ))?;
    let mut rows = vec![["", "units"].map(str::to_owned).to_vec()];
    rows.extend(
        size.units
            .iter()
            .map(|(arm, n)| vec![format!("  {arm}"), format_count(*n)]),
    );
    say(shell, &rows)?;
    let mut rows = vec![
        ["", "units", "smallest effect found", "power"]
            .map(str::to_owned)
            .to_vec(),
    ];
    rows.extend(size.sizes.iter().map(|row| {
        let detectable = row.detectable.map_or("-".to_owned(), format_number);
        vec![
            String::new(),
            format_count(row.total),
            detectable,
            format_percent(row.power),
        ]
    }));
    say(shell, &rows)?;
    for (number, look) in size.looks.iter().enumerate() {
        let z = look.z.map_or("no effect is enough".to_owned(), |z| {
            format!("z of {}", format_number(z))
        });
        shell.line(&format!(
            "  look {} at {} units: stop from a {z}",
            number + 1,
            format_count(look.units)
        ))?;
    }
    let plan = &record.plan;
    let what = match (record.is_new, plan.version) {
        (false, _) => "this plan is registered already, as",
        (true, 1) => "registered as",
        (true, _) => "the plan changed, and is registered as",
    };
    shell.line(&format!(
        "{what} version {} on {} ({})",
        plan.version,
        plan.registered,
        &plan.hash[..12]
    ))?;
    record
        .changes
        .iter()
        .try_for_each(|change| shell.line(&format!("  {change}")))
}

fn tell_analysis(record: &AnalysisRecord, shell: &Shell) -> Result<(), Error> {
    if shell.json {
        return shell.object(record);
    }
    for check in &record.health {
        let word = match check.state {
            State::Sound => "sound ",
            State::Look => "look  ",
            State::Broken => "broken",
        };
        shell.line(&format!("{word}  {}: {}", check.name, check.sentence))?;
    }
    shell.line(&format!("\n{}", record.decision.sentence))?;
    for effect in &record.effects {
        shell.line(&format!("  {}", effect_sentence(effect)))?;
        if let Some(ratio) = effect.variance_ratio {
            shell.line(&format!(
                "    covariates took out {} of the variance",
                format_percent(1.0 - ratio)
            ))?;
        }
    }
    for segments in record.segments.iter().filter(|segments| segments.p_differ < 0.05) {
        shell.line(&format!(
            "  the effect of {} differs by {} (p {})",
            segments.treatment,
            segments.column,
            report::format_p_value(segments.p_differ)
        ))?;
    }
    record
        .caveats
        .iter()
        .for_each(|caveat| shell.note(&format!("note: {caveat}")));
    shell.line(&format!("\npage {}", record.page.display()))
}
