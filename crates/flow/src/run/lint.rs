//! Mistakes that only planning finds: unknown columns, functions and types, told at their place in the file.

use arrow::datatypes::SchemaRef;
use models::{Layer, Model, Problem};
use port::{Result, Sql};

use super::land::given;
use crate::analysis;
use crate::flow::Flow;

pub async fn lint(flow: &Flow) -> Result<Vec<Problem>> {
    let graph = &flow.project.graph;
    let ordered: Vec<&Model> = graph.order().iter().filter_map(|name| graph.model(name)).collect();
    let sql: Vec<Sql> = ordered.iter().map(|model| Sql { name: model.name.clone(), text: model.sql.clone() }).collect();
    let given = given(flow);
    let results = flow.warehouse.validate(&sql, &given).await;
    let mut problems = Vec::new();
    for (model, result) in ordered.into_iter().zip(results) {
        match (result, &model.header.analysis) {
            (Err(error), _) => problems.push(located(model, &error)),
            (Ok(schema), None) => problems.extend(missing_columns(model, &schema)),
            (Ok(schema), Some(_)) => {
                problems.extend(analysis::input_problems(model, &schema));
                problems.extend(given.get(&model.name).into_iter().flat_map(|schema| missing_columns(model, schema)));
            }
        }
    }
    Ok(problems)
}

fn located(model: &Model, error: &port::Error) -> Problem {
    let (line, column) = match &error.location {
        Some(at) if at.line > 0 => (model.file_line(at.line), at.column),
        _ => (model.body_line, 1),
    };
    Problem { file: model.file.clone(), line, column, message: error.message.clone(), advice: error.advice.clone() }
}

/// Columns that a check or the staging contract names and the query does not give.
fn missing_columns(model: &Model, schema: &SchemaRef) -> Vec<Problem> {
    let names: Vec<&str> = schema.fields().iter().map(|field| field.name().as_str()).collect();
    let problem = |message: String, line: usize, column: usize, advice: Option<String>| Problem {
        file: model.file.clone(),
        line,
        column,
        message,
        advice,
    };
    let mut problems = Vec::new();
    for check in &model.header.checks {
        for name in check.columns().iter().filter(|name| !names.contains(&name.as_str())) {
            let advice = models::nearest(name, names.iter().copied()).map(|near| format!("did you mean `{near}`?"));
            problems.push(problem(
                format!("the check {} reads `{name}`, which `{}` does not give", check.name, model.name),
                check.line,
                check.column,
                advice,
            ));
        }
    }
    if model.layer == Layer::Staging
        && let Some(contract) = retail::staging::table(&model.name)
    {
        for column in contract.columns_where(false).filter(|column| !names.contains(&column.name)) {
            let message = format!("staging `{}` lacks the column `{}`", model.name, column.name);
            let advice = "select it, or `null as` it where the source has nothing".to_owned();
            problems.push(problem(message, model.body_line, 1, Some(advice)));
        }
    }
    problems
}
