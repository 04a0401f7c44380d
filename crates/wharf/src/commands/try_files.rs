//! `wharf try FILE…`: what is in files, on a page, without a project.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::AsArray;
use arrow::datatypes::{DataType, Int64Type};
use connect::files::{look, table_for};
use flow::{Request, Silent};
use port::Error;
use retail::preset::{Preset, presets};
use retail::source::{Column, LandedTable};

use super::demo::Scratch;
use super::init;
use crate::arguments::Global;
use crate::draft::{self, Given, free};
use crate::failure::{Failure, Outcome, Result};
use crate::serving::{self, Serving};
use crate::shop::Shop;

/// Look at files without a project: an export that a preset knows, or any table of orders
#[derive(clap::Args)]
#[command(after_help = "Examples:
  wharf try orders.csv
  wharf try online_retail.csv --keep my-shop     and keep the project that was made for it

Files are copied; nothing is written beside them.")]
pub struct Try {
    /// The files
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    /// The port; 0 takes a free one
    #[arg(long, value_name = "PORT", default_value_t = 8080)]
    port: u16,
    /// A folder for the project, which stays
    #[arg(long, value_name = "DIR")]
    keep: Option<PathBuf>,
}

impl Try {
    pub fn run(self, global: &Global) -> Result<Outcome> {
        let files = Given::all(&self.files, |folder| format!("wharf try {}/*", folder.display()))?;
        let mut headers = Vec::new();
        for file in &files {
            let found = look(&file.path)?;
            // A preset reads the first sheet from its first line on.
            let is_plain = found.skip_lines == 0 && found.sheets.first() == found.sheet.as_ref();
            let names = found.columns.into_iter().map(|column| column.name).filter(|_| is_plain);
            headers.push(names.collect::<Vec<String>>());
        }
        let scratch = Scratch::new(self.keep.as_deref(), "wharf-try")?;
        let inbox = scratch.folder.join("inbox");
        let copy = |file: &Given, name: &str| {
            let copy = inbox.join(name);
            if let Some(folder) = copy.parent() {
                std::fs::create_dir_all(folder).map_err(|error| Error::io("create", folder, error))?;
            }
            std::fs::copy(&file.path, &copy).map(drop).map_err(|error| Error::io("copy to", &copy, error))
        };
        // The inbox is read by name, and the latest of a kind has the last word.
        let placed = |ordered: &[(String, usize)], file: &Given, name: String| match ordered
            .iter()
            .find(|(of, _)| *of == file.name)
        {
            Some((_, place)) => format!("{place}/{name}"),
            None => name,
        };
        match known(&headers) {
            Some((preset, tables)) => {
                eprintln!("read as {}: {}", preset.name, preset.source.description);
                init::make(&scratch.folder, &preset.name, &shop_name(&files))?;
                // Files that no draft would read together are the preset's to read.
                let ordered = draft::ordered(&files).unwrap_or_default();
                let mut taken = Vec::new();
                for (number, (file, table)) in files.iter().zip(tables).enumerate() {
                    match table {
                        Some(table) => {
                            let name = name_for(file, number, preset, table, &mut taken)?;
                            copy(file, &placed(&ordered, file, name))?;
                        }
                        None => eprintln!("{} is left out: {}", file.path.display(), unread(preset, &headers[number])),
                    }
                }
            }
            None => {
                eprintln!("no preset knows these columns: a first one is drafted from them");
                files.iter().filter_map(Given::renamed).for_each(|line| eprintln!("{line}"));
                let ordered = init::draft_into(&scratch.folder, &shop_name(&files), &files)?;
                if self.keep.is_none() {
                    eprintln!("to change any of it: the same with --keep DIR, then edit DIR/preset/");
                }
                for file in &files {
                    copy(file, &placed(&ordered, file, file.name.clone()))?;
                }
            }
        }
        let global = global.scratch(scratch.folder.clone());
        let open = Shop::open(&global).map_err(|failure| undrafted(failure, self.keep.as_deref()))?;
        let listening = serving::listen(&open, Some(self.port))?;
        let flow = open.flow(Arc::new(Silent)).map_err(|failure| undrafted(failure, self.keep.as_deref()))?;
        let summary = open.block_on(flow.run(&Request::default()))?;
        drop(flow);
        for (load, report) in &summary.loads {
            eprintln!("{}: {} rows, {} of them set aside", load.name, report.rows, report.rejected + report.pending);
        }
        for reason in texts(&open, REASONS)? {
            eprintln!("  {reason}");
        }
        if let Some(failed) = summary.steps.iter().find_map(|step| step.failure.as_deref().filter(|_| !step.skipped)) {
            return Err(Error::input(format!("these files give no shop: {failed}"))
                .advise("keep the project with --keep DIR, mend preset/ there, and run `wharf run`")
                .into());
        }
        let lines = open.rows("select count(*) from order_lines")?;
        if lines.iter().all(|batch| batch.column(0).as_primitive::<Int64Type>().iter().all(|count| count == Some(0))) {
            return Err(Error::input(
                "there are no order lines in these files: every row was set aside, as said above",
            )
            .advise("mend the files, or keep the project with --keep DIR, mend preset/ there, and run `wharf run`")
            .into());
        }
        serving::serve(&global, open, listening, Serving::default(), || ())?;
        Ok(Outcome::Done)
    }
}

/// Why rows were set aside, the most frequent reasons.
const REASONS: &str = "select cast(count(*) as varchar) || ' × ' || rule || ', like: ' || min(reason) as reason
from rejects group by rule order by count(*) desc, rule limit 3";

/// The texts of a query's only column.
fn texts(open: &Shop, sql: &str) -> Result<Vec<String>> {
    let rows = open.rows(sql)?;
    let texts = rows.iter().map(|batch| arrow::compute::cast(batch.column(0), &DataType::Utf8));
    let texts =
        texts.collect::<std::result::Result<Vec<_>, _>>().map_err(|error| Error::internal(error.to_string()))?;
    Ok(texts.iter().flat_map(|column| column.as_string::<i32>().iter().flatten().map(str::to_owned)).collect())
}

/// The preset that knows most of the files' columns, and which table each file is of: one that knows all files, or whose tables
/// are all there, with other files beside them.
fn known(headers: &[Vec<String>]) -> Option<(&'static Preset, Vec<Option<&'static LandedTable>>)> {
    let of = |preset: &'static Preset| {
        let tables: Vec<Option<&LandedTable>> = headers.iter().map(|header| table_of(preset, header)).collect();
        let has = |table: &LandedTable| tables.iter().flatten().any(|found| found.name == table.name);
        let is_known = tables.iter().all(Option::is_some) || preset.source.tables.iter().all(has);
        is_known.then_some((preset, tables))
    };
    let columns = |(_, tables): &(&Preset, Vec<Option<&LandedTable>>)| {
        tables.iter().flatten().map(|table| table.columns.len()).sum::<usize>()
    };
    presets().iter().filter_map(of).max_by_key(columns)
}

fn table_of(preset: &'static Preset, header: &[String]) -> Option<&'static LandedTable> {
    let has_all = |table: &&LandedTable| needed(table) > 0 && lacking(table, header).is_empty();
    preset.source.tables.iter().filter(has_all).max_by_key(|table| table.columns.len())
}

/// Columns that a file of this table has.
fn needed(table: &LandedTable) -> usize {
    table.columns.iter().filter(|column| !column.optional).count()
}

/// Those of them that this one has not.
fn lacking<'a>(table: &'a LandedTable, header: &[String]) -> Vec<&'a str> {
    let plain = |name: &str| name.to_lowercase().replace([' ', '_'], "");
    let has = |name: &str| header.iter().any(|known| plain(known) == plain(name));
    let lacks = |column: &&Column| !(column.optional || has(&column.name) || column.from.iter().any(|name| has(name)));
    table.columns.iter().filter(lacks).map(|column| column.name.as_str()).collect()
}

/// Why a preset reads nothing of a file, and what to do.
fn unread(preset: &Preset, header: &[String]) -> String {
    let near = preset.source.tables.iter().map(|table| (table, lacking(table, header)));
    let near = near.filter(|(table, lacks)| lacks.len() < needed(table)).min_by_key(|(_, lacks)| lacks.len());
    let why = match near {
        Some((table, lacks)) => format!("a file of {} has {} too", table.name, lacks.join(", ")),
        None => "no table has columns like these".to_owned(),
    };
    let advice = "name its columns so, or draft a preset of these files: wharf init --from FILE --from FILE DIR";
    format!("{} reads nothing of it: {why}; {advice}", preset.name)
}

/// A name under which the preset takes the file: its own, where it does. Those of other files are `taken`.
fn name_for(
    file: &Given,
    number: usize,
    preset: &Preset,
    table: &LandedTable,
    taken: &mut Vec<String>,
) -> Result<String> {
    let ending = file.name.split_once('.').map_or("csv", |(_, ending)| ending);
    let made = table.files.iter().map(|glob| {
        let stem = glob.split('.').next().unwrap_or_default().replace('*', &format!("-{number}"));
        format!("{stem}.{ending}")
    });
    let is_taken = |name: &str| taken.iter().any(|other| other.eq_ignore_ascii_case(name));
    let mut found = free(&file.name, is_taken);
    for name in std::iter::once(file.name.clone()).chain(made) {
        let name = free(&name, is_taken);
        if table_for(&preset.source.tables, &preset.source.ignore, &name)? == Some(table.name.as_str()) {
            found = name;
            break;
        }
    }
    taken.push(found.clone());
    Ok(found)
}

fn shop_name(files: &[Given]) -> String {
    files.first().map_or("shop", |file| file.name.split('.').next().unwrap_or("shop")).to_owned()
}

/// A draft that needs a person first.
fn undrafted(failure: Failure, keep: Option<&Path>) -> Failure {
    let Failure::Mistakes(mut mistakes) = failure else { return failure };
    mistakes.push(match keep {
        Some(folder) => format!("the draft is in {}: mend it there, then `wharf serve`", folder.display()),
        None => "what a file cannot tell, a person must: make a project with `wharf try FILE… --keep DIR`, and mend its preset/".to_owned(),
    });
    Failure::Mistakes(mistakes)
}
