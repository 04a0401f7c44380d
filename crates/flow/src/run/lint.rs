//! Mistakes that only planning finds: unknown columns, functions and types in models, checks and tests, told at their place in the file.

use std::collections::BTreeSet;

use arrow::datatypes::SchemaRef;
use models::{Check, Layer, Model, ModelTest, Problem};
use port::{Result, Sql};

use super::check;
use super::land::given;
use crate::analysis;
use crate::flow::Flow;

pub async fn lint(flow: &Flow) -> Result<Vec<Problem>> {
    let graph = &flow.project.graph;
    let ordered: Vec<&Model> = graph.order().iter().filter_map(|name| graph.model(name)).collect();
    let checks: Vec<(&Model, &Check)> =
        ordered.iter().flat_map(|&model| model.header.checks.iter().map(move |check| (model, check))).collect();
    let mut sql: Vec<Sql> =
        ordered.iter().map(|model| Sql { name: model.name.clone(), text: model.sql.clone() }).collect();
    // Checks after all models, whose columns they are planned over. Their names are ours: two may have the same text.
    sql.extend(checks.iter().enumerate().map(|(at, (model, check))| {
        let offending = check.sql(&model.name, check::today(flow));
        Sql { name: format!("_check_{at}"), text: format!("select count(*) as rows from ({offending}) as offending") }
    }));
    let given = given(flow);
    let mut results = flow.warehouse.validate(&sql, &given).await;
    let of_checks = results.split_off(ordered.len());
    let mut problems = Vec::new();
    let mut sound = BTreeSet::new();
    for (model, result) in ordered.into_iter().zip(results) {
        let before = problems.len();
        match (result, &model.header.analysis) {
            (Err(error), _) => problems.push(located(model, &error)),
            (Ok(schema), None) => problems.extend(missing_columns(model, &schema)),
            (Ok(schema), Some(_)) => {
                problems.extend(analysis::input_problems(model, &schema));
                problems.extend(given.get(&model.name).into_iter().flat_map(|schema| missing_columns(model, schema)));
            }
        }
        if problems.len() == before {
            sound.insert(&model.name);
        }
    }
    // What is wrong with a model would be told again by each of its checks.
    let of_checks = checks.into_iter().zip(of_checks).filter(|((model, _), _)| sound.contains(&model.name));
    problems.extend(of_checks.filter_map(|((model, check), result)| Some(unusable(model, check, &result.err()?))));
    Ok(problems)
}

/// Mistakes in tests: models and columns that are not there.
pub async fn lint_tests(flow: &Flow, tests: &[ModelTest]) -> Result<Vec<Problem>> {
    let schemas = super::test::schemas(flow).await?;
    let columns = |table: &str| -> Option<Vec<(String, String)>> {
        let fields = schemas.get(table)?.fields().iter();
        Some(fields.map(|field| (field.name().clone(), String::new())).collect())
    };
    let mut problems = Vec::new();
    for test in tests {
        let problem = |line: usize, message: String, advice: Option<String>| Problem {
            file: test.file.clone(),
            line,
            column: 1,
            message,
            advice,
        };
        let Some(model) = flow.project.graph.model(&test.model) else {
            let near = models::nearest(&test.model, flow.project.graph.order().iter().map(String::as_str));
            let advice = near.map(|near| format!("did you mean `{near}`?"));
            problems.push(problem(test.line, format!("there is no model `{}`", test.model), advice));
            continue;
        };
        for (table, _) in &test.given {
            if let Some(known) = columns(table) {
                problems.extend(test.given_sql(table, &known).err());
            }
        }
        let mut known: Vec<String> = columns(&model.name).into_iter().flatten().map(|(name, _)| name).collect();
        // Staging SQL may give more than is kept of it.
        known.extend(model.columns.iter().flatten().cloned());
        let Some(first) = test.expect.first().filter(|_| !known.is_empty()) else { continue };
        for name in test.columns().into_iter().filter(|name| !known.iter().any(|known| known == name)) {
            let advice = models::nearest(name, known.iter().map(String::as_str));
            let message = format!("`{}` has no column `{name}` to expect", model.name);
            problems.push(problem(first.line, message, advice.map(|near| format!("did you mean `{near}`?"))));
        }
    }
    Ok(problems)
}

/// A check that the engine cannot plan, such as a call of a function that is not there.
fn unusable(model: &Model, check: &Check, error: &port::Error) -> Problem {
    let called = check.name.split('(').next().unwrap_or_default();
    let near = retail::mistake::nearest(called, Check::built_in()).filter(|_| check.name.contains('('));
    Problem {
        file: model.file.clone(),
        line: check.line,
        column: check.column,
        message: format!("the check {} cannot be asked: {}", check.name, cause(error)),
        advice: near.map(|near| format!("did you mean `{near}`?")).or_else(|| error.advice.clone()),
    }
}

/// What the engine says, without what it was doing and what it guesses from names of its own.
pub(super) fn cause(error: &port::Error) -> &str {
    let told = error.message.lines().next().unwrap_or_default();
    told.split_once(": ").map_or(told, |(_, cause)| cause)
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
