//! Mistakes in the headers of analyses, each at its place.

use arrow::datatypes::SchemaRef;
use models::{Graph, Model, Problem, nearest};

use super::{Analysis, analyses, named, settings};

/// Unknown analyses, settings that are none or out of bounds, columns that the SELECT lacks, columns that the table does not
/// have.
pub fn problems(graph: &Graph) -> Vec<Problem> {
    graph.models().flat_map(of_model).collect()
}

fn of_model(model: &Model) -> Vec<Problem> {
    let Some(asked) = &model.header.analysis else { return Vec::new() };
    let problem = |line: usize, column: usize, message: String, advice: Option<String>| Problem {
        file: model.file.clone(),
        line,
        column,
        message,
        advice,
    };
    let Some(analysis) = named(&asked.name) else {
        let names = || analyses().iter().map(|analysis| analysis.name());
        let advice = match nearest(&asked.name, names()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("there are: {}", names().collect::<Vec<_>>().join(", ")),
        };
        let message = format!("there is no analysis `{}`", asked.name);
        return vec![problem(asked.line, asked.column, message, Some(advice))];
    };
    let mut found = Vec::new();
    for said in &asked.settings {
        if let Err(message) = settings::value(analysis.settings(), said) {
            found.push(problem(said.line, said.column, message, None));
        }
    }
    if let Some(columns) = &model.columns {
        found.extend(input(model, analysis, columns));
    }
    let schema = analysis.schema();
    let names = || schema.fields().iter().map(|field| field.name().as_str());
    for column in model.header.columns.iter().map(|column| &column.name).chain(&model.header.grain) {
        if !names().any(|name| name == column) {
            let advice = nearest(column, names()).map(|near| format!("did you mean `{near}`?"));
            let message = format!("{} gives no column `{column}`", analysis.name());
            found.push(problem(asked.line, asked.column, message, advice));
        }
    }
    found
}

/// The same of a SELECT whose columns only planning tells.
pub fn input_problems(model: &Model, schema: &SchemaRef) -> Vec<Problem> {
    let asked = model.header.analysis.as_ref().filter(|_| model.columns.is_none());
    let Some(analysis) = asked.and_then(|asked| named(&asked.name)) else { return Vec::new() };
    let columns: Vec<String> = schema.fields().iter().map(|field| field.name().clone()).collect();
    input(model, analysis, &columns)
}

fn input(model: &Model, analysis: &dyn Analysis, columns: &[String]) -> Vec<Problem> {
    let lacking = analysis.input().iter().filter(|(name, must)| *must && !columns.iter().any(|column| column == name));
    let lacking = lacking.map(|(name, _)| format!("the SELECT gives no column `{name}`"));
    let unknown = columns.iter().filter(|column| !analysis.input().iter().any(|(name, _)| name == column));
    let unknown = unknown.map(|column| format!("nothing is done with the column `{column}`"));
    let problem = |message: String| Problem {
        file: model.file.clone(),
        line: model.file_line(1),
        column: 1,
        message,
        advice: Some(format!("{} takes {}", analysis.name(), input_words(analysis))),
    };
    lacking.chain(unknown).map(problem).collect()
}

/// `basket, item and, if wanted, name`.
fn input_words(analysis: &dyn Analysis) -> String {
    let names = |must: bool| -> Vec<&str> {
        analysis.input().iter().filter(|(_, is)| *is == must).map(|(name, _)| *name).collect()
    };
    let (musts, mays) = (names(true).join(", "), names(false).join(", "));
    if mays.is_empty() { musts } else { format!("{musts} and, if wanted, {mays}") }
}
