//! `wharf basket`: what is bought together, in the project's shop or in any file of baskets.

mod answer;
mod arguments;
mod file;
mod lines;
mod mine;
mod nothing;
mod question;

use std::path::Path;
use std::time::Instant;

use flow::analysis::baskets::{Filled, Sizes, said};
use port::Error;

use self::answer::{For, Found};
use self::arguments::{MiningArgs, RuleArgs};
use self::file::FileArgs;
use self::question::Question;
use crate::arguments::Global;
use crate::failure::{Failure, Outcome, Result};
use crate::output::OutputArgs;
use crate::shop::Shop;

/// What is bought together: rules of the shop's baskets, or frequent itemsets of any file
#[derive(clap::Args)]
#[command(after_help = "Examples:
  wharf basket                                   the rules of all orders, guests' too
  wharf basket --of 22699 --sort lift            what goes with a product
  wharf basket --top 50 --sort leverage          the best of all rules, however rare
  wharf basket --customers known --country France --since 2011-06-01
  wharf basket --by customer --level category --p-values
  wharf basket --format csv > rules.csv          all rules with all metrics

With no project, a basket a line or a row for each item:
  wharf basket --file retail.dat --min-count 88 --count-only
  wharf basket --file groceries.csv --min-support 0.01 --itemsets closed --format csv
  wharf basket --file orders.parquet --group order_id --item sku --min-count 20 --rules

docs/baskets.md says how to read the metrics.")]
pub struct Basket {
    #[command(flatten)]
    question: Question,
    #[command(flatten)]
    file: FileArgs,
    #[command(flatten)]
    mining: MiningArgs,
    #[command(flatten)]
    rules: RuleArgs,
    #[command(flatten)]
    output: OutputArgs,
}

/// What may be taken of the machine where no project says so.
const MEMORY: usize = 2 << 30;

impl Basket {
    pub fn run(self, global: &Global) -> Result<Outcome> {
        self.output.format()?;
        self.mining.check(&self.rules, self.file.path.is_some())?;
        match self.file.path.clone() {
            Some(path) => self.of_file(&path),
            None => self.of_shop(global),
        }
    }

    fn of_file(self, path: &Path) -> Result<Outcome> {
        self.question.refuse_with_file()?;
        if self.rules.revenue {
            return Err(Failure::usage("--revenue is for a shop's baskets", "a file says no amounts; leave it away"));
        }
        let sizes = self.mining.sizes(Sizes { least: 0, most: u64::MAX });
        let filled = self.file.read(path, sizes)?;
        if filled.is_empty() {
            return Err(Error::input(format!("{} has no baskets", path.display())).advise("look at the file").into());
        }
        let room =
            mine::Room { threads: self.mining.threads.unwrap_or(0), memory: self.mining.memory.unwrap_or(MEMORY) };
        let output = self.output.clone();
        self.answer(filled, sizes, room, true, |sheet| futures::executor::block_on(output.write(sheet)))
    }

    fn of_shop(self, global: &Global) -> Result<Outcome> {
        self.file.refuse_without_file()?;
        let shop = Shop::open(global)?;
        let sizes = self.mining.sizes(Sizes { least: 2, most: flow::analysis::MAX_ITEMS });
        let filled = self.question.ask(&shop, sizes, self.rules.revenue)?;
        let room = mine::Room {
            threads: self.mining.threads.unwrap_or_else(|| shop.config.threads()),
            memory: self.mining.memory.unwrap_or_else(|| shop.config.memory()),
        };
        let output = self.output.clone();
        self.answer(filled, sizes, room, false, |sheet| shop.write(&output, sheet))
    }

    /// Mines and answers.
    fn answer(
        self,
        filled: Filled,
        sizes: Sizes,
        room: mine::Room,
        is_file: bool,
        write: impl FnOnce(crate::output::Sheet) -> Result<()>,
    ) -> Result<Outcome> {
        let for_a_person = self.output.is_for_a_person()?;
        let remarks = filled.left_out.remarks(sizes);
        if !for_a_person {
            remarks.iter().for_each(|remark| eprintln!("{remark}"));
        }
        let wants_sets = self.mining.wants_sets(&self.rules, is_file);
        let asks =
            For { a_person: for_a_person, on_screen: for_a_person && self.output.out.is_none(), a_file: is_file };
        let found = if self.mining.count_only {
            let asked = mine::support(&filled, &self.mining, &room, wants_sets, false)?;
            let start = Instant::now();
            let sets = insight::basket::count(filled.baskets()?, &asked.mining).map_err(said)?.total();
            let seconds = start.elapsed().as_secs_f64();
            let Ok(sets) = i64::try_from(sets) else {
                return Err(Error::input("there are more than 2^63 itemsets, too many to count")
                    .advise("--itemsets closed tells the same in fewer sets; a greater --min-count leaves fewer")
                    .into());
            };
            if for_a_person && self.output.out.is_none() {
                super::print(&format!("itemsets {sets} seconds {seconds:.6}\n"))?;
                return Ok(Outcome::Done);
            }
            Found::Rows(answer::count(sets, seconds)?)
        } else if wants_sets {
            answer::itemsets(filled, &self.mining, &self.rules, &room, asks)?
        } else {
            answer::rules(filled, sizes, &self.mining, &self.rules, &room, asks)?
        };
        let sheet = match found {
            Found::Rows(sheet) => sheet,
            Found::Nothing(reason) => {
                super::print(&[vec![reason], remarks].concat().join("\n"))?;
                super::print("\n")?;
                return Ok(Outcome::Done);
            }
        };
        let sheet = remarks.into_iter().fold(sheet, crate::output::Sheet::remark);
        write(sheet)?;
        Ok(Outcome::Done)
    }
}
