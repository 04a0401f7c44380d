//! One model: a file of a header and a SELECT, and what can be told from it without running it.

use sqlparser::ast::Statement;

use crate::header::{Header, Kind, Mention};
use crate::problem::{Place, Problem};
use crate::sql::{self, Input};

#[derive(Debug, Clone, PartialEq)]
pub struct Model {
    /// The table it makes.
    pub name: String,
    pub file: String,
    pub layer: Layer,
    pub header: Header,
    /// The SELECT, without the header and without a closing semicolon.
    pub sql: String,
    /// Lines of the file before `sql`: an engine's line 1 is the file's line `body_line` + 1; columns are the file's.
    pub body_line: usize,
    pub statement: Statement,
    /// The tables it reads, in the order of the text.
    pub inputs: Vec<Input>,
    /// The first table of the outermost FROM, of each part of a UNION.
    pub driving: Vec<String>,
    /// The SELECT's columns, where the text alone tells them. An analysis makes others of them.
    pub columns: Option<Vec<String>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Layer {
    /// The shop's tables, cleaned.
    Staging,
    /// What is asked for.
    Marts,
    /// What an analysis found.
    Insight,
}

impl Layer {
    pub fn name(self) -> &'static str {
        match self {
            Layer::Staging => "staging",
            Layer::Marts => "marts",
            Layer::Insight => "insight",
        }
    }
}

impl Model {
    /// `name` is the file's name without `.sql`. Problems of the header and of the SQL are told together. A mart whose rows
    /// go through an analysis is of the layer insight.
    pub fn parse(name: &str, file: &str, layer: Layer, text: &str) -> Result<Model, Vec<Problem>> {
        let mut problems = Vec::new();
        if let Err(message) = check_name(name) {
            problems.push(Problem::new(file, Place::new(1, 1), message).advise("rename the file"));
        }
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let Some(parts) = split(text) else {
            problems.push(no_header(file, text));
            return Err(problems);
        };
        let header = Header::parse(file, name, &parts.yaml, &mut problems);
        let parsed = match sql::parse_query(file, &parts.padded_sql) {
            Ok(parsed) => parsed,
            Err(more) => {
                problems.extend(more);
                return Err(problems);
            }
        };
        let (columns, more) = sql::output_columns(file, &parsed.statement);
        problems.extend(more);
        let Some((header, mentions)) = header else { return Err(problems) };
        if let (Some(columns), None) = (&columns, &header.analysis) {
            problems.extend(unknown_columns(file, &mentions, columns));
        }
        let layer = match &header.analysis {
            None => layer,
            Some(analysis) => {
                if layer == Layer::Staging {
                    let at = Place::new(analysis.line, analysis.column);
                    problems.push(Problem::new(file, at, "a staging table is not an analysis"));
                }
                Layer::Insight
            }
        };
        if !problems.is_empty() {
            problems.sort_by_key(|problem| (problem.line, problem.column));
            return Err(problems);
        }
        Ok(Model {
            name: name.to_owned(),
            file: file.to_owned(),
            layer,
            header,
            sql: body(&parts, parsed.semicolon),
            body_line: parts.body_line,
            inputs: sql::inputs(&parsed.statement),
            driving: sql::driving(&parsed.statement),
            statement: parsed.statement,
            columns,
        })
    }

    /// It is made anew by the day, or is a view that keeps its rows on their days.
    pub fn runs_by_day(&self) -> bool {
        match self.header.kind {
            Kind::IncrementalByTimeRange => true,
            Kind::View => self.header.time_column.is_some(),
            Kind::Full | Kind::IncrementalByUniqueKey => false,
        }
    }

    /// The column whose days tell which of its rows changed.
    pub fn day_column(&self) -> Option<&str> {
        match self.layer {
            Layer::Staging => retail::staging::table(&self.name)?.column("day").map(|column| column.name),
            Layer::Marts | Layer::Insight => self.header.time_column.as_deref(),
        }
    }

    /// Turns a line of an engine's error over `sql` into the file's line.
    pub fn file_line(&self, sql_line: usize) -> usize {
        self.body_line + sql_line
    }
}

/// A file's two parts, each padded so that places in it are the file's.
struct Parts {
    yaml: String,
    padded_sql: String,
    body_line: usize,
}

/// None without a `/* wharf` comment at the top.
fn split(text: &str) -> Option<Parts> {
    let yaml = after_opening(text)?;
    let yaml_start = text.len() - yaml.len();
    let yaml_end = yaml_start + yaml.find("*/")?;
    let sql_start = yaml_end + "*/".len();
    // When the line of `*/` holds no SQL, the body begins on the next.
    let rest_of_line = text[sql_start..].split('\n').next().unwrap_or_default();
    let begins_below = rest_of_line.trim().is_empty() && text[sql_start..].contains('\n');
    let body_line = text[..sql_start].matches('\n').count() + usize::from(begins_below);
    Some(Parts {
        yaml: Place::of(text, yaml_start).padding() + &text[yaml_start..yaml_end],
        padded_sql: Place::of(text, sql_start).padding() + &text[sql_start..],
        body_line,
    })
}

/// What stands after `/* wharf` at the top.
fn after_opening(text: &str) -> Option<&str> {
    let comment = text.trim_start().strip_prefix("/*")?;
    let rest = comment.trim_start().strip_prefix("wharf")?;
    (!rest.starts_with(|c: char| c.is_alphanumeric() || c == '_')).then_some(rest)
}

/// The SQL from its first line on, up to a closing semicolon.
fn body(parts: &Parts, semicolon: Option<Place>) -> String {
    let mut lines: Vec<&str> = parts.padded_sql.split('\n').collect();
    let mut last = String::new();
    if let Some(semicolon) = semicolon {
        lines.truncate(semicolon.line);
        let line = lines.pop().unwrap_or_default();
        last = line.chars().take(semicolon.column.saturating_sub(1)).collect();
    }
    let mut sql = lines.get(parts.body_line..).unwrap_or_default().join("\n");
    if semicolon.is_some() {
        if !sql.is_empty() {
            sql.push('\n');
        }
        sql.push_str(&last);
    }
    sql.truncate(sql.trim_end().len());
    sql
}

/// A name that no warehouse needs to quote.
fn check_name(name: &str) -> Result<(), String> {
    let plain = name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    if retail::staging::OWN.contains(&name) {
        return Err(format!("`{name}` is a table of wharf's own, whose history the model would overwrite"));
    }
    if plain && name.starts_with(|c: char| c.is_ascii_lowercase()) && name.len() <= 63 {
        return Ok(());
    }
    Err(format!("`{name}` cannot name a table: use small letters, digits and _, a letter first, 63 at most"))
}

fn no_header(file: &str, text: &str) -> Problem {
    if after_opening(text).is_some() {
        return Problem::new(file, Place::new(1, 1), "the `/* wharf` comment is not closed").advise("close it with */");
    }
    Problem::new(file, Place::new(1, 1), "the file does not begin with a `/* wharf … */` comment")
        .advise("begin with:\n  /* wharf\n  description: What a row is.\n  kind: full\n  */")
}

fn unknown_columns(file: &str, mentions: &[Mention], columns: &[String]) -> Vec<Problem> {
    let mut problems: Vec<Problem> = Vec::new();
    for Mention { column, at } in mentions.iter().filter(|mention| !columns.contains(&mention.column)) {
        let problem = Problem::new(file, *at, format!("the SELECT has no column `{column}`"));
        problems.push(problem.suggest(column, columns.iter().map(String::as_str)));
    }
    problems
}

#[cfg(test)]
mod tests;
