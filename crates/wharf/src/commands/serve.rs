//! `wharf serve`: the page and the API of a project.

use std::io::Read;
use std::time::Duration;

use crate::arguments::Global;
use crate::commands::print;
use crate::failure::{Failure, Outcome, Result};
use crate::serving::{self, Serving};
use crate::shop::Shop;

/// Show the shop on a page and answer programs; runs again as files arrive
#[derive(clap::Args)]
#[command(after_help = "Examples:
  wharf serve
  wharf serve --port 9000 --every 1m
  wharf serve --no-run                          show what is published, run nothing
  printf %s \"$PASSWORD\" | wharf serve --hash-password

The page is at the address that is printed, the API at /api/v1, its description at /api. It listens on this machine alone;
docs/serve.md tells how to open it to others.")]
pub struct Serve {
    /// The port; 0 takes a free one [default: serve.port of wharf.toml, 8080]
    #[arg(long, value_name = "PORT")]
    port: Option<u16>,
    /// How often to look for what has changed, beside files that are seen to arrive: 10s, 5m, 1h
    #[arg(long, value_name = "TIME", value_parser = duration, conflicts_with = "no_run")]
    every: Option<Duration>,
    /// Run nothing: another wharf does, or nothing changes
    #[arg(long)]
    no_run: bool,
    /// Read a password from stdin, print its hash for wharf.toml, and do nothing else
    #[arg(long, conflicts_with_all = ["port", "every", "no_run"])]
    hash_password: bool,
}

impl Serve {
    pub fn run(self, global: &Global) -> Result<Outcome> {
        if self.hash_password {
            let mut password = String::new();
            std::io::stdin().lock().read_to_string(&mut password).map_err(|error| {
                Failure::usage(format!("cannot read the password: {error}"), "give it on stdin, as UTF-8")
            })?;
            let hash = serve::hash_password(password.trim_end_matches(['\n', '\r']))?;
            // `$` begins a variable in wharf.toml.
            print(&format!("{hash}\n"))?;
            return Ok(Outcome::Done);
        }
        let shop = Shop::open(global)?;
        let listening = serving::listen(&shop, self.port)?;
        let serving = Serving { every: self.every, runs_nothing: self.no_run, is_demo: false };
        serving::serve(global, shop, listening, serving, || ())?;
        Ok(Outcome::Done)
    }
}

fn duration(text: &str) -> std::result::Result<Duration, String> {
    let told = || "write it like 10s, 5m or 1h".to_owned();
    let digits = text.find(|mark: char| !mark.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let seconds = match unit {
        "" | "s" => 1,
        "m" => 60,
        "h" => 3600,
        _ => return Err(told()),
    };
    let number: u64 = number.parse().map_err(|_| told())?;
    match number.checked_mul(seconds).filter(|seconds| (1..=86_400).contains(seconds)) {
        Some(seconds) => Ok(Duration::from_secs(seconds)),
        None => Err("from 1s to 24h".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations() {
        assert_eq!(duration("10s"), Ok(Duration::from_secs(10)));
        assert_eq!(duration("2m"), Ok(Duration::from_secs(120)));
        assert!(["0s", "x", "10x", "", "48h"].iter().all(|text| duration(text).is_err()));
    }
}
