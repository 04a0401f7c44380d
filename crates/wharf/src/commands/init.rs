//! `wharf init`: a new project's folder.

use std::path::{Path, PathBuf};

use port::{Error, Kind};
use retail::mistake::nearest;
use retail::preset::{Preset, presets};

use super::print;
use crate::config::FILE;
use crate::draft::{self, Given};
use crate::failure::{Failure, Outcome, Result};

/// Make a project's folder: wharf.toml, inbox/, models/, tests/
#[derive(clap::Args)]
#[command(after_help = "Examples:
  wharf init --preset online-retail my-shop
  wharf init --from orders.csv --from customers.csv my-shop

`wharf presets` lists the presets. --from looks at files and writes a first preset/ to edit; what it guessed is marked
there, and what files cannot tell is left as TODO. Nothing that exists is overwritten.")]
pub struct Init {
    /// The folder to make
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// One of `wharf presets`
    #[arg(long, value_name = "PRESET", conflicts_with = "from")]
    preset: Option<String>,
    /// Look at this file and draft a preset; may be given several times
    #[arg(long, value_name = "FILE")]
    from: Vec<PathBuf>,
}

impl Init {
    pub fn run(self) -> Result<Outcome> {
        let name = shop_name(&self.folder);
        let mut told = Vec::new();
        let files = match &self.preset {
            Some(preset) => vec![project_file(&known_preset(preset)?.name, &name)],
            None if self.from.is_empty() => return Err(no_preset()),
            None => {
                let given = Given::all(&self.from, |_| "--from FILE for each of them".to_owned())?;
                let draft = draft::draft(&name, &given)?;
                told.extend(given.iter().filter_map(Given::renamed));
                told.extend(draft.told);
                if !draft.ordered.is_empty() {
                    told.push(
                        "files that come together are read by name: drop the latest last, after a run".to_owned(),
                    );
                }
                told.extend(draft.missing.map(|missing| missing.to_string()));
                std::iter::once(project_file("preset/", &name)).chain(draft.files).collect()
            }
        };
        write_project(&self.folder, files)?;
        told.iter().for_each(|line| eprintln!("{line}"));
        print(&next(&self))?;
        Ok(Outcome::Done)
    }
}

const FIXED: [(&str, &str); 4] = [
    (
        "inbox/.gitkeep",
        "Drop the shop's files into this folder, then: wharf run\nFiles that begin with a point or end in .part or .tmp are left alone.\n",
    ),
    (
        "models/.gitkeep",
        "Models of your own, a SELECT a file, beside those that come with wharf (wharf models). A file with the name of one of
ours takes its place. For example repeat_customers.sql:

    /* wharf
    description: Customers with two or more orders, by country.
    kind: full
    grain: [country]
    checks: [not_null(country), unique(country)]
    */
    select country, count(*) as customers
    from customer_summary
    join customers using (customer_id)
    where is_repeat
    group by country
",
    ),
    ("tests/example.yaml", EXAMPLE_TEST),
    (".gitignore", "/lake/\n/inbox/*\n!/inbox/.gitkeep\n/export/\n"),
];

const EXAMPLE_TEST: &str = "# Tests of models: given these rows, expect those. Run them with `wharf test`.
customers_with_two_orders_are_repeat_customers:
  description: A day of several orders counts each of them.
  model: customer_summary
  given:
    daily_customer_stats:
      - {day: 2024-05-01, customer_id: anna, orders: 2, lines: 3, units: 4, spend: 50.00, gross_sales: 50.00, discounts: 0}
      - {day: 2024-05-01, customer_id: ben, orders: 1, lines: 1, units: 1, spend: 9.50, gross_sales: 9.50, discounts: 0}
  expect:
    - {customer_id: anna, orders: 2, is_repeat: true, rank: 1}
    - {customer_id: ben, orders: 1, is_repeat: false, rank: 2}
";

fn project_file(preset: &str, name: &str) -> (String, String) {
    let text = format!(
        "# The project's configuration. `wharf config show` prints what is in force, and whence.
# Each key can also be set by the environment (WHARF_LAKE_MEMORY=4GB) or for one command (--set lake.memory=4GB).
# Values may name environment variables: \"${{NAME}}\" or \"${{NAME:-default}}\".

[shop]
# How the shop's files are read: one of `wharf presets`, or \"preset/\" for the project's own.
preset = {preset}
name = {name}
# Rows alike in every column: \"keep\" or \"merge\". Without the key it is as the preset says.
# exact_duplicates = \"merge\"
# A cancelled order leaves every number (\"exclude\"), or counts and is taken back when it was cancelled (\"reverse\").
# cancelled = \"reverse\"
# What every amount is reported in; without it the files' currency. Files in another one need rates, see below.
# currency = \"EUR\"
# These take the place of the preset's.
# file_currency = \"EUR\"
# timezone = \"Europe/Berlin\"
# id_prefix = \"berlin-\"
# First day of a week in `wharf sales --by week`: \"monday\" or \"sunday\".
week_start = \"monday\"

[rates]
# Exchange rates to the reporting currency: lines of day,currency,rate, like 2024-05-03,USD,0.9312.
# file = \"rates.csv\"

[warehouse]
# The tables lie in the folder below, unless a PostgreSQL database is named here (docs/postgresql.md).
# url = \"postgres://wharf:${{PASSWORD}}@localhost/shop\"
# schema = \"wharf\"
# Runs fill the database then. \"lake\": the folder, and `wharf copy --from lake --to postgres` puts the tables there.
# kind = \"lake\"

[lake]
path = \"lake\"
# What queries may hold in memory before they spill to disk.
memory = \"1GB\"
# 0: one thread a processor.
threads = 0

[inbox]
path = \"inbox\"

[serve]
# The page and the API. On another address than this machine's own, wharf serve needs credentials (docs/serve.md).
address = \"127.0.0.1\"
port = 8080

[log]
level = \"info\"
format = \"text\"
",
        preset = toml_text(preset),
        name = toml_text(name),
    );
    (FILE.to_owned(), text)
}

pub fn toml_text(text: &str) -> String {
    toml::Value::from(text).to_string()
}

/// A project of a preset, for commands that make one by themselves.
pub fn make(folder: &Path, preset: &str, name: &str) -> Result<()> {
    write_project(folder, vec![project_file(preset, name)])
}

/// A project with a preset drafted from files that has something to show; and which of them are to be read in which order.
pub fn draft_into(folder: &Path, name: &str, files: &[Given]) -> Result<Vec<(String, usize)>> {
    let draft = draft::draft(name, files)?;
    if let Some(missing) = draft.missing {
        return Err(missing.into());
    }
    draft.told.iter().for_each(|line| eprintln!("{line}"));
    write_project(folder, std::iter::once(project_file("preset/", name)).chain(draft.files).collect())?;
    Ok(draft.ordered)
}

fn write_project(folder: &Path, mut files: Vec<(String, String)>) -> Result<()> {
    files.extend(FIXED.map(|(path, text)| (path.to_owned(), text.to_owned())));
    write_new(folder, &files)
}

/// Writes all files, or none when one of them exists already.
pub fn write_new(folder: &Path, files: &[(String, String)]) -> Result<()> {
    for (name, _) in files {
        let path = folder.join(name);
        if path.exists() {
            let error =
                Error::new(Kind::Config, format!("{} exists already, and nothing is overwritten", path.display()));
            return Err(error.advise("choose another folder, or move the file away").into());
        }
    }
    for (name, text) in files {
        let path = folder.join(name);
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent).map_err(|error| Error::io("create", parent, error))?;
        }
        std::fs::write(&path, text).map_err(|error| Error::io("write", &path, error))?;
    }
    Ok(())
}

pub fn known_preset(name: &str) -> Result<&'static Preset> {
    let names = || presets().iter().map(|preset| preset.name.as_str());
    if let Some(known) = retail::preset::preset(name) {
        return Ok(known);
    }
    let advice = match nearest(name, names()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("there are: {}", names().collect::<Vec<_>>().join(", ")),
    };
    Err(Failure::usage(format!("there is no preset `{name}`"), advice))
}

fn no_preset() -> Failure {
    let names: Vec<&str> = presets().iter().map(|preset| preset.name.as_str()).collect();
    Failure::usage(
        "how are the shop's files read?",
        format!("name a preset (--preset {}), or files to look at (--from orders.csv)", names.join("|")),
    )
}

/// The folder's own name.
fn shop_name(folder: &Path) -> String {
    let absolute = std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned());
    absolute.file_name().map_or("shop".to_owned(), |name| name.to_string_lossy().into_owned())
}

fn next(init: &Init) -> String {
    let folder = init.folder.display();
    if init.from.is_empty() {
        format!("Made {folder}. Next:\n  cd {folder}\n  drop the shop's files into inbox/\n  wharf run\n")
    } else {
        format!(
            "Made {folder}. Next:\n  cd {folder}\n  read preset/source.toml and preset/staging/: check what is marked \
             \"guessed\", mend what is marked \"TODO\"\n  wharf lint\n  drop the files into inbox/\n  wharf run\n"
        )
    }
}
