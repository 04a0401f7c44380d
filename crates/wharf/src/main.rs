//! wharf: a shop's data platform in one binary.

mod commands;

mod again;
mod allocator;
mod arguments;
mod config;
mod draft;
mod failure;
mod logging;
mod output;
mod progress;
mod project;
mod serving;
mod shop;
mod signals;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::arguments::Global;
use crate::failure::{Outcome, Result, exit_code};

/// A shop's files become trusted tables and daily statistics.
#[derive(Parser)]
#[command(name = "wharf", version, disable_help_subcommand = true, max_term_width = 120)]
#[command(after_help = "Examples:
  wharf demo                          a made shop and its live page, nothing to configure
  wharf try orders.csv                what is in this file, on a page
  wharf init --preset online-retail my-shop && cd my-shop
  cp ~/Downloads/online_retail.csv inbox/
  wharf run
  wharf stats 2011-11-23
  wharf serve                         the page and the API
  wharf query \"select country, sum(spend) from daily_sales group by country\"

Exit codes: 0 done, 1 failed, 2 usage or configuration, 3 checks failed.")]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    global: Global,
}

#[derive(Subcommand)]
enum Command {
    Demo(commands::demo::Demo),
    Try(commands::try_files::Try),
    Init(commands::init::Init),
    Serve(commands::serve::Serve),
    #[command(hide = true)]
    Answer(commands::answer::Answer),
    Simulate(Box<commands::simulate::Simulate>),
    Presets(commands::presets::Presets),
    Config(commands::config::Config),
    Plan(commands::plan::Plan),
    Run(commands::run::Run),
    Backfill(commands::backfill::Backfill),
    Stats(commands::stats::Stats),
    Why(commands::why::Why),
    TopCustomers(commands::top_customers::TopCustomers),
    Repeaters(commands::repeaters::Repeaters),
    Cohorts(commands::cohorts::Cohorts),
    Sales(commands::sales::Sales),
    Basket(Box<commands::basket::Basket>),
    Recommend(commands::recommend::Recommend),
    Query(commands::query::Query),
    Tables(commands::tables::Tables),
    Describe(commands::describe::Describe),
    Export(commands::export::Export),
    Loads(commands::loads::Loads),
    Undo(commands::undo::Undo),
    Rejects(commands::rejects::Rejects),
    Lint(commands::lint::Lint),
    Models(commands::models::Models),
    Check(commands::check::Check),
    Test(commands::test::Test),
    Optimize(commands::optimize::Optimize),
    Copy(commands::copy::Copy),
    Completions(commands::completions::Completions),
    Docs(commands::docs::Docs),
}

fn main() -> ExitCode {
    let Cli { command, global } = Cli::parse();
    let outcome = command.run(&global);
    signals::give_way_to_end();
    // For what failed before the configuration was read, of which the flag alone says how to tell it.
    if outcome.is_err() && global.log_format.as_deref() == Some("json") {
        logging::begin(tracing::Level::ERROR, true);
    }
    exit_code(outcome)
}

impl Command {
    fn run(self, global: &Global) -> Result<Outcome> {
        match self {
            Command::Demo(command) => command.run(global),
            Command::Try(command) => command.run(global),
            Command::Serve(command) => command.run(global),
            Command::Answer(command) => command.run(global),
            Command::Why(command) => command.run(global),
            Command::Init(command) => command.run(),
            Command::Simulate(command) => command.run(global),
            Command::Presets(command) => command.run(),
            Command::Config(command) => command.run(global),
            Command::Plan(command) => command.run(global),
            Command::Run(command) => command.run(global),
            Command::Backfill(command) => command.run(global),
            Command::Stats(command) => command.run(global),
            Command::TopCustomers(command) => command.run(global),
            Command::Repeaters(command) => command.run(global),
            Command::Cohorts(command) => command.run(global),
            Command::Sales(command) => command.run(global),
            Command::Basket(command) => command.run(global),
            Command::Recommend(command) => command.run(global),
            Command::Query(command) => command.run(global),
            Command::Tables(command) => command.run(global),
            Command::Describe(command) => command.run(global),
            Command::Export(command) => command.run(global),
            Command::Loads(command) => command.run(global),
            Command::Undo(command) => command.run(global),
            Command::Rejects(command) => command.run(global),
            Command::Lint(command) => command.run(global),
            Command::Models(command) => command.run(global),
            Command::Check(command) => command.run(global),
            Command::Test(command) => command.run(global),
            Command::Optimize(command) => command.run(global),
            Command::Copy(command) => command.run(global),
            Command::Completions(command) => command.run(),
            Command::Docs(command) => command.run(),
        }
    }
}
