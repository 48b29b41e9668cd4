//! Options that would say nothing where they are: refused, because whoever gave them meant something.

use super::ServeOverrides;
use crate::ProjectError;
use crate::file::{Act, Service, guard_alias};

impl ServeOverrides {
    /// Refuses what does not go with a service of a project.
    pub(super) fn check_service(&self, service: &Service) -> Result<(), ProjectError> {
        let name = &service.name.value;
        let own = service.challenger.as_ref().map(|name| name.value.as_str());
        let challenger = self.challenger.as_deref().or(own);
        if challenger.is_none() {
            let expected = format!("`--challenger NAME`, or `challenger` in `[service.{name}]`");
            self.refuse_share(&expected)?;
        }
        let Some(guard) = &service.guard else {
            let expected = format!("`[service.{name}.guard]` with limits in the project file");
            return self.refuse_act("no guard", &expected);
        };
        if self.watch_s == Some(None) {
            let found = format!("`[service.{name}.guard]`, which judges when it looks");
            return Err(unfit("--watch never", found, "looks, such as `--watch 2s`"));
        }
        let names = [Some(service.model.value.as_str()), challenger];
        let fixed = names
            .into_iter()
            .flatten()
            .find(|name| guard_alias(name).is_none());
        match fixed.filter(|_| self.act.unwrap_or(guard.act) != Act::Tell) {
            Some(fixed) => {
                let expected = "aliases, which can be moved, such as `churn@champion`";
                self.refuse_act(&format!("`{fixed}`"), expected)?;
                let act = format!("--challenger {fixed}");
                let found = format!("a guard that may move it (`act = {:?}`)", guard.act.word());
                Err(unfit(&act, found, format!("{expected}, or `--act tell`")))
            }
            None => Ok(()),
        }
    }

    /// Refuses what does not go with bundles without a project.
    pub(super) fn check_files(&self) -> Result<(), ProjectError> {
        if self.challenger.is_none() {
            self.refuse_share("`--challenger FILE` beside it")?;
        }
        let expected = "a service of a project with `[service.NAME.guard]`";
        self.refuse_act("bundles without a project", expected)
    }

    fn refuse_share(&self, expected: &str) -> Result<(), ProjectError> {
        match self.share {
            Some(share) => Err(unfit(&format!("--share {share}"), "no challenger", expected)),
            None => Ok(()),
        }
    }

    fn refuse_act(&self, found: &str, expected: &str) -> Result<(), ProjectError> {
        match self.act {
            Some(act) => Err(unfit(&format!("--act {}", act.word()), found, expected)),
            None => Ok(()),
        }
    }
}

fn unfit(option: &str, found: impl Into<String>, expected: impl Into<String>) -> ProjectError {
    ProjectError::Unfit {
        option: option.to_owned(),
        found: found.into(),
        expected: expected.into(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::file::{Overrides, parse};
    use std::path::Path;

    fn told(section: &str, overrides: &ServeOverrides) -> Option<String> {
        let text = format!(
            "[data.rows]\nsource = \"rows.csv\"\n[model.churn]\ntarget = \"y\"\n[service.churn]\nmodel = \"churn@champion\"\n{section}"
        );
        let project = parse(
            Path::new("p/spanwise.toml"),
            &text,
            &Overrides::default(),
            &|_| None,
        )
        .unwrap();
        let refused = overrides.check_service(&project.services[0]);
        refused.err().map(|error| error.to_string())
    }

    const GUARD: &str = "challenger = \"churn@challenger\"\nguard = { error_rate = 0.1, act = \"both\" }\n";

    #[test]
    fn options_that_would_say_nothing_are_refused_with_what_is_missing() {
        let share = ServeOverrides {
            share: Some(0.1),
            ..ServeOverrides::default()
        };
        let expected = "`--share 0.1`: found no challenger, expected `--challenger NAME`, or `challenger` in `[service.churn]`";
        assert_eq!(told("", &share).as_deref(), Some(expected));
        assert_eq!(told(GUARD, &share), None);
        let expected = "`--share 0.1`: found no challenger, expected `--challenger FILE` beside it";
        assert_eq!(share.check_files().unwrap_err().to_string(), expected);
        let act = ServeOverrides {
            act: Some(Act::Both),
            ..ServeOverrides::default()
        };
        let refused = told("", &act).unwrap();
        assert!(
            refused.starts_with("`--act both`: found no guard, expected `[service.churn.guard]`"),
            "{refused}"
        );
        assert!(act.check_files().is_err());
        assert_eq!(told(GUARD, &act), None);
        let never = ServeOverrides {
            watch_s: Some(None),
            ..ServeOverrides::default()
        };
        assert_eq!(told("", &never), None);
        let refused = told(GUARD, &never).unwrap();
        assert!(
            refused.starts_with("`--watch never`: found `[service.churn.guard]`"),
            "{refused}"
        );
    }

    #[test]
    fn what_cannot_be_moved_is_found_at_the_start() {
        let mut overrides = ServeOverrides {
            challenger: Some("churn@2".to_owned()),
            ..ServeOverrides::default()
        };
        let refused = told(GUARD, &overrides).unwrap();
        assert!(
            refused.starts_with("`--challenger churn@2`: found a guard that may move it"),
            "{refused}"
        );
        overrides.act = Some(Act::Rollback);
        let refused = told(GUARD, &overrides).unwrap();
        assert!(
            refused.starts_with("`--act rollback`: found `churn@2`, expected aliases"),
            "{refused}"
        );
        overrides.act = Some(Act::Tell);
        assert_eq!(told(GUARD, &overrides), None);
    }
}
