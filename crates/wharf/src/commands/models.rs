//! `wharf models`: what there is, how it hangs together, and one of them in full.

use std::fmt::Write as _;

use models::{Graph, Model};
use port::{Error, Kind};

use crate::arguments::Global;
use crate::failure::{Outcome, Result};
use crate::output::{OutputArgs, text_sheet};
use crate::{project, shop};

/// List the models, draw their graph, or show one
#[derive(clap::Args)]
#[command(after_help = "Examples:
  wharf models
  wharf models graph --format mermaid
  wharf models show daily_sales")]
pub struct Models {
    #[command(subcommand)]
    action: Option<Action>,
}

#[derive(clap::Subcommand)]
enum Action {
    /// List the models, in the order they are made
    List {
        #[command(flatten)]
        output: OutputArgs,
    },
    /// Draw who reads whom
    Graph {
        /// Text for people, or for Mermaid or Graphviz
        #[arg(long, value_enum, default_value = "text")]
        format: Drawing,
    },
    /// Show one model: its header, what it reads, its SQL
    Show {
        /// The model
        #[arg(value_name = "NAME")]
        name: String,
    },
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Drawing {
    Text,
    Mermaid,
    Dot,
}

impl Models {
    pub fn run(self, global: &Global) -> Result<Outcome> {
        let graph = project::load(&shop::read_config(global)?)?.graph;
        match self.action.unwrap_or(Action::List { output: OutputArgs::default() }) {
            Action::List { output } => list(&graph, &output)?,
            Action::Graph { format: Drawing::Text } => super::print(&graph.to_text())?,
            Action::Graph { format: Drawing::Mermaid } => super::print(&graph.to_mermaid())?,
            Action::Graph { format: Drawing::Dot } => super::print(&graph.to_dot())?,
            Action::Show { name } => super::print(&show(&graph, &name)?)?,
        }
        Ok(Outcome::Done)
    }
}

fn list(graph: &Graph, output: &OutputArgs) -> Result<()> {
    let rows: Vec<Vec<String>> = graph
        .models()
        .map(|model| {
            let header = &model.header;
            let cells = [&model.name, model.layer.name(), header.kind.name(), &model.file, &header.description];
            cells.map(str::to_owned).to_vec()
        })
        .collect();
    let mut sheet = text_sheet(&["model", "layer", "kind", "file", "description"], &rows)?;
    for overridden in graph.overridden() {
        sheet = sheet.remark(format!("{} takes the place of {}", overridden.by, overridden.file));
    }
    futures::executor::block_on(output.write(sheet))
}

fn show(graph: &Graph, name: &str) -> Result<String> {
    let model = graph.model(name).ok_or_else(|| {
        let error = Error::new(Kind::NotFound, format!("there is no model `{name}`"));
        match models::nearest(name, graph.order().iter().map(String::as_str)) {
            Some(near) => error.advise(format!("did you mean `{near}`?")),
            None => error.advise("`wharf models` lists them"),
        }
    })?;
    let mut text = head(graph, model);
    if !model.header.checks.is_empty() {
        text.push_str("checks\n");
        for check in &model.header.checks {
            let severity = if check.severity == models::Severity::Warn { "warn: " } else { "" };
            let _ = writeln!(text, "  {severity}{}", check.name);
        }
    }
    if !model.header.columns.is_empty() {
        text.push_str("columns\n");
        let width = model.header.columns.iter().map(|column| column.name.len()).max().unwrap_or(0);
        for column in &model.header.columns {
            let personal = if column.pii { " Personal." } else { "" };
            let _ = writeln!(text, "  {:width$}  {}{personal}", column.name, column.description);
        }
    }
    let _ = writeln!(text, "\n{}", model.sql);
    Ok(text)
}

fn head(graph: &Graph, model: &Model) -> String {
    let header = &model.header;
    let names = |names: Vec<&str>| if names.is_empty() { "nothing".to_owned() } else { names.join(", ") };
    let reads = graph.externals(&model.name).iter().chain(graph.parents(&model.name)).map(String::as_str);
    let readers = graph.children(&model.name).iter().map(String::as_str);
    let mut text = format!("{}: {}\n", model.name, header.description);
    let mut line = |what: &str, value: &str| {
        let _ = writeln!(text, "{what:<12}{value}");
    };
    line("file", &model.file);
    line("layer", model.layer.name());
    line("kind", header.kind.name());
    if let Some(column) = &header.time_column {
        line("time column", column);
    }
    if !header.unique_key.is_empty() {
        line("unique key", &header.unique_key.join(", "));
    }
    if !header.grain.is_empty() {
        line("grain", &header.grain.join(", "));
    }
    if let Some(analysis) = &header.analysis {
        line("analysis", &analysis.name);
        let settings = analysis.settings.iter().map(|setting| format!("{}: {}", setting.key, setting.value));
        line("settings", &settings.collect::<Vec<_>>().join(", "));
    }
    line("reads", &names(reads.collect()));
    line("read by", &names(readers.collect()));
    text
}
