//! The project, read anew while it is served: its files may change at any time.
//!
//! Models, rules, rates and sources are taken as they are now. What the server holds, the warehouse's time zone above all, is as
//! it was when it began. A run by new words with what is held would record days as done that are of another zone; so it is
//! refused until the server is started again.

use std::sync::Arc;
use std::time::Duration;

use flow::{Flow, Observer, Project};
use models::Graph;
use port::Error;

use crate::arguments::Global;
use crate::config::{Config, SETTINGS, Setting};
use crate::failure::Result;
use crate::project;
use crate::shop::{Shop, config_now};

/// Settings that a run takes as they are now; what `file_currency` and `preset` bear on that is held is looked at by itself.
const TAKEN: [(&str, &str); 8] = [
    ("shop", "preset"),
    ("shop", "exact_duplicates"),
    ("shop", "file_currency"),
    ("shop", "id_prefix"),
    ("rates", "file"),
    ("rates", "max_age_days"),
    ("lake", "wait_seconds"),
    ("history", "keep_runs"),
];
/// These are compared as they come out, whoever says them.
const RESOLVED: [(&str, &str); 2] = [("shop", "currency"), ("shop", "timezone")];

pub struct Again {
    shop: Arc<Shop>,
    /// For the very folder that is served.
    global: Global,
}

impl Again {
    pub fn new(global: &Global, shop: Arc<Shop>) -> Again {
        let global = Global { project: Some(shop.config.folder.clone()), ..global.clone() };
        Again { shop, global }
    }

    fn now(&self) -> Result<(Config, Project)> {
        let config = config_now(&self.global)?;
        let project = project::load(&config)?;
        Ok((config, project))
    }

    fn agree(&self, config: &Config, project: &Project) -> Result<()> {
        let held = [
            (&self.shop.source.timezone, &project.source.timezone, "timezone", &["timezone"][..]),
            (&self.shop.currency, &project.exchange.currency, "currency", &["currency", "file_currency"]),
        ];
        for (then, now, name, keys) in held {
            if then != now {
                let said = keys.iter().find_map(|key| Some((config.value("shop", key)?, key)));
                let who = match said {
                    Some((value, key)) => format!("{} now says shop.{key}", value.origin),
                    None => format!("{} now says {name}", project::read_preset(config)?.source_file),
                };
                return Err(refused(format!("{who} = {now:?}, and the server began with {then:?}")).into());
            }
        }
        let is_held = |setting: &&Setting| {
            let name = (setting.section, setting.key);
            !TAKEN.contains(&name) && !RESOLVED.contains(&name)
        };
        let text = |config: &Config, setting: &Setting| config.text(setting.section, setting.key).map(str::to_owned);
        let mut held = SETTINGS.iter().filter(is_held);
        match held.find(|setting| text(config, setting) != text(&self.shop.config, setting)) {
            // Some are secrets: what they say is not repeated.
            Some(setting) => {
                Err(refused(format!("{} in wharf.toml is another than when the server began", setting.name())).into())
            }
            None => Ok(()),
        }
    }
}

fn refused(message: String) -> Error {
    Error::config(message).advise("restart `wharf serve` to take it: until then nothing is run")
}

impl serve::Project for Again {
    fn flow(&self, observer: Arc<dyn Observer>) -> port::Result<Flow> {
        let flow = || {
            let (config, project) = self.now()?;
            self.agree(&config, &project)?;
            self.shop.flow_of(&config, project, observer)
        };
        // Another run is soon over, or it is waited for next time.
        Ok(Flow { patience: Duration::from_secs(1), ..flow().map_err(Error::from)? })
    }

    fn graph(&self) -> port::Result<Graph> {
        Ok(self.now().map_err(Error::from)?.1.graph)
    }

    fn unchanged(&self) -> port::Result<()> {
        let agree = || self.now().and_then(|(config, project)| self.agree(&config, &project));
        agree().map_err(Error::from)
    }
}
