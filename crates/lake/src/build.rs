//! Building a model: its query over the tables as of now, its rows in place of the days it was asked for.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::common::ScalarValue;
use datafusion::dataframe::DataFrame;
use datafusion::logical_expr::{Expr, cast, col, lit};
use datafusion::prelude::SessionContext;
use futures::StreamExt;
use port::{Build, Built, Error, Result};
use retail::day::Day;

use crate::digest::{Contents, Reader};
use crate::engine::failed;
use crate::run::{DraftTable, LakeRun, texts};
use crate::table::kept_type;
use crate::write::{Part, TableWriter};

pub async fn build(run: &LakeRun, step: Build) -> Result<Built> {
    if step.view {
        let session = run.session().await?;
        let frame = session.sql(&step.sql).await.map_err(|e| failed(&format!("plan {}", step.model), e))?;
        kept(frame, &step.model)?;
        run.set_view(&step.model, &step.sql);
        return Ok(Built { changed: true, ..Built::default() });
    }
    let days = step.days.clone().filter(|_| step.time_column.is_some());
    let session = session_for(run, &step, days.as_deref()).await?;
    let frame = session.sql(&step.sql).await.map_err(|e| failed(&format!("plan {}", step.model), e))?;
    let mut frame = kept(frame, &step.model)?;
    if let (Some(days), Some(column)) = (&days, &step.time_column)
        && step.lookback > 0
    {
        frame = frame.filter(on_days(column, days)).map_err(|e| failed("limit the days", e))?;
    }
    let schema: SchemaRef = Arc::new(without_nullability(frame.schema().as_arrow()));
    let old = run.table(&step.model).filter(|old| old.schema == schema && old.layer == step.layer);
    let mut writer = run.writer(&step.layer, &step.model, &schema, None)?;
    let (rows, contents) = pour(frame, &schema, &mut writer, days.is_none() && old.is_some(), &step.model).await?;
    let mut built = Built { rows, days: days.clone(), changed: true };
    let parts = match (old, days) {
        (Some(old), Some(days)) => {
            let mut parts = without_days(run, &step.model, &old, &days, &mut writer).await?;
            parts.extend(writer.finish().await?);
            parts
        }
        (Some(old), None) => {
            let parts = writer.finish().await?;
            if contents.whole == whole(run, &step.model, &old).await?.whole {
                discard(run, &step, &parts);
                built.changed = false;
                old.parts
            } else {
                parts
            }
        }
        (None, _) => writer.finish().await?,
    };
    if built.changed {
        run.set_table(&step.model, DraftTable { layer: step.layer, schema, parts });
    }
    Ok(built)
}

/// A query's rows into a writer; their count, and their contents where asked for.
async fn pour(
    frame: DataFrame,
    schema: &SchemaRef,
    writer: &mut TableWriter,
    digest: bool,
    model: &str,
) -> Result<(u64, Contents)> {
    let reader = Reader::new(schema, None, None);
    let (mut rows, mut contents) = (0, Contents::default());
    let mut stream = frame.execute_stream().await.map_err(|e| failed(&format!("run {model}"), e))?;
    while let Some(batch) = stream.next().await {
        let batch = batch.map_err(|e| failed(&format!("run {model}"), e))?;
        let batch = batch.with_schema(schema.clone()).map_err(|e| Error::internal(e.to_string()))?;
        rows += batch.num_rows() as u64;
        if digest {
            reader.take(&mut contents, &batch)?;
        }
        writer.write(batch).await?;
    }
    Ok((rows, contents))
}

/// What a table says now.
async fn whole(run: &LakeRun, name: &str, table: &DraftTable) -> Result<Contents> {
    let reader = Reader::new(&table.schema, None, None);
    let mut contents = Contents::default();
    let session = run.engine.session();
    let frame = session.read_table(Arc::new(run.provider(name, table))).map_err(|e| failed("read", e))?;
    let mut stream = frame.execute_stream().await.map_err(|e| failed("read", e))?;
    while let Some(batch) = stream.next().await {
        reader.take(&mut contents, &batch.map_err(|e| failed("read", e))?)?;
    }
    Ok(contents)
}

/// The parts of `old` that hold none of `days`; other days' rows of the parts that do go to the writer.
async fn without_days(
    run: &LakeRun,
    name: &str,
    old: &DraftTable,
    days: &[Day],
    writer: &mut TableWriter,
) -> Result<Vec<Part>> {
    let hit = |part: &Part| part.file.days.is_none_or(|(low, high)| days.iter().any(|day| (low..=high).contains(day)));
    let (rewritten, mut kept): (Vec<Part>, Vec<Part>) = old.parts.iter().cloned().partition(hit);
    let within: BTreeSet<&Day> = days.iter().collect();
    let has_more =
        |part: &Part| part.file.days.is_none_or(|(low, high)| (low..=high).any(|day| !within.contains(&day)));
    let partly: Vec<Part> = rewritten.into_iter().filter(has_more).collect();
    if partly.is_empty() {
        return Ok(std::mem::take(&mut kept));
    }
    let rest = DraftTable { parts: partly, ..old.clone() };
    let session = run.engine.session();
    let frame = session
        .read_table(Arc::new(run.provider(name, &rest)))
        .and_then(|frame| frame.filter(datafusion::logical_expr::not(on_days("day", days)).or(col("day").is_null())))
        .map_err(|e| failed("keep the other days", e))?;
    let mut stream = frame.execute_stream().await.map_err(|e| failed("keep the other days", e))?;
    while let Some(batch) = stream.next().await {
        writer.write(batch.map_err(|e| failed("keep the other days", e))?).await?;
    }
    Ok(kept)
}

/// A session in which the driving table has just the days that the step needs.
async fn session_for(run: &LakeRun, step: &Build, days: Option<&[Day]>) -> Result<SessionContext> {
    let session = run.session().await?;
    let (Some(days), Some(driving), Some(column)) = (days, &step.driving, &step.time_column) else {
        return Ok(session);
    };
    let mut needed: BTreeSet<Day> = BTreeSet::new();
    for day in days {
        needed.extend(*day - step.lookback as Day..=*day);
    }
    let needed: Vec<Day> = needed.into_iter().collect();
    limit(run, &session, driving, column, &needed)?;
    Ok(session)
}

/// Leaves of a session's table only the rows of some days, where it has days.
pub fn limit(run: &LakeRun, session: &SessionContext, name: &str, column: &str, days: &[Day]) -> Result<()> {
    let Some(table) = run.table(name).filter(|table| table.schema.index_of(column).is_ok()) else { return Ok(()) };
    let limited = session
        .read_table(Arc::new(run.provider(name, &table)))
        .and_then(|frame| frame.filter(on_days(column, days)))
        .map_err(|e| failed("limit the days", e))?;
    session.deregister_table(name).map_err(|e| failed("limit the days", e))?;
    session.register_table(name, limited.into_view()).map_err(|e| failed("limit the days", e))?;
    Ok(())
}

/// More ranges than this are looked up in a set instead of compared one after another.
const FEW_RANGES: usize = 16;

/// `column` is one of `days`, as few ranges as there are.
pub fn on_days(column: &str, days: &[Day]) -> Expr {
    let mut sorted = days.to_vec();
    sorted.sort_unstable();
    let mut ranges: Vec<(Day, Day)> = Vec::new();
    for day in sorted {
        match ranges.last_mut() {
            Some((_, last)) if day <= *last + 1 => *last = day.max(*last),
            _ => ranges.push((day, day)),
        }
    }
    let date = |day: Day| lit(ScalarValue::Date32(Some(day)));
    let range = |(low, high): (Day, Day)| match low == high {
        true => col(column).eq(date(low)),
        false => col(column).between(date(low), date(high)),
    };
    if ranges.len() > FEW_RANGES {
        let (low, high) = (ranges[0].0, ranges[ranges.len() - 1].1);
        let each = ranges.iter().flat_map(|(low, high)| (*low..=*high).map(date)).collect();
        return col(column).between(date(low), date(high)).and(col(column).in_list(each, false));
    }
    ranges.into_iter().map(range).reduce(Expr::or).unwrap_or_else(|| lit(false))
}

/// The query with each column in the type the lake keeps.
pub fn kept(frame: DataFrame, model: &str) -> Result<DataFrame> {
    let mut columns = Vec::new();
    let mut names = BTreeSet::new();
    for (qualifier, field) in frame.schema().iter() {
        let Some(kind) = kept_type(field.data_type()) else {
            return Err(Error::config(format!(
                "column {} of {model} is {}, which tables cannot hold",
                field.name(),
                field.data_type()
            ))
            .advise("cast it to a text, a number, a date or a timestamp"));
        };
        if !names.insert(field.name().clone()) {
            return Err(
                Error::config(format!("{model} has two columns named {}", field.name())).advise("give one an alias")
            );
        }
        let column = Expr::Column(datafusion::common::Column::new(qualifier.cloned(), field.name()));
        let typed = if kind == *field.data_type() { column } else { cast(column, kind) };
        columns.push(typed.alias(field.name()));
    }
    frame.select(columns).map_err(|e| failed(&format!("plan {model}"), e))
}

fn without_nullability(schema: &Schema) -> Schema {
    Schema::new(
        schema
            .fields()
            .iter()
            .map(|field| Field::new(field.name(), kept_type(field.data_type()).unwrap_or(DataType::Utf8View), true))
            .collect::<Vec<_>>(),
    )
}

/// Files of a result that equals what is there.
fn discard(run: &LakeRun, step: &Build, parts: &[Part]) {
    let folder = crate::delta::folder(&run.root, &step.layer, &step.model);
    for part in parts {
        // A file left behind is harmless: nothing names it, and `optimize` removes it.
        let _ = std::fs::remove_file(folder.join(&part.file.path));
    }
}

/// Days of `table`'s rows whose `column` is among `values`.
pub async fn days_with(run: &LakeRun, table: &str, column: &str, values: &ArrayRef) -> Result<Option<Vec<Day>>> {
    let Some(found) = run.table(table) else { return Ok(None) };
    let usable = |name: &str, kind: DataType| found.schema.field_with_name(name).is_ok_and(|f| *f.data_type() == kind);
    if !usable("day", DataType::Date32) || !usable(column, DataType::Utf8View) {
        return Ok(None);
    }
    let doing = "find the days of what changed";
    let wanted: Vec<Expr> = texts(values).into_iter().map(|text| lit(ScalarValue::Utf8View(Some(text)))).collect();
    let session = run.engine.session();
    let frame = session
        .read_table(Arc::new(run.provider(table, &found)))
        .and_then(|frame| frame.filter(col(column).in_list(wanted, false)))
        .and_then(|frame| frame.select(vec![col("day")])?.distinct())
        .map_err(|e| failed(doing, e))?;
    let batches = frame.collect().await.map_err(|e| failed(doing, e))?;
    let mut days = BTreeSet::new();
    for batch in batches {
        use arrow::array::AsArray;
        days.extend(batch.column(0).as_primitive::<arrow::datatypes::Date32Type>().iter().flatten());
    }
    Ok(Some(days.into_iter().collect()))
}

/// Views in an order in which each finds those it reads.
pub async fn register_views(session: &SessionContext, views: &BTreeMap<String, String>) -> Result<()> {
    let mut waiting: Vec<(&String, &String)> = views.iter().collect();
    while !waiting.is_empty() {
        let before = waiting.len();
        let mut failed_last = None;
        let mut still = Vec::new();
        for (name, sql) in waiting {
            match session.sql(sql).await {
                Ok(frame) => {
                    let view = kept(frame, name)?.into_view();
                    session.register_table(name.as_str(), view).map_err(|e| failed(&format!("open {name}"), e))?;
                }
                Err(error) => {
                    failed_last = Some(failed(&format!("open {name}"), error));
                    still.push((name, sql));
                }
            }
        }
        if still.len() == before {
            return Err(failed_last.unwrap_or_else(|| Error::internal("a view does not open")));
        }
        waiting = still;
    }
    Ok(())
}

/// Rows as JSON objects.
pub fn json_rows(batch: &RecordBatch) -> Result<Vec<String>> {
    use arrow::util::display::{ArrayFormatter, FormatOptions};
    let options = FormatOptions::default().with_null("\u{0}");
    let formatters: Result<Vec<_>, _> =
        batch.columns().iter().map(|column| ArrayFormatter::try_new(column.as_ref(), &options)).collect();
    let formatters = formatters.map_err(|error| Error::internal(error.to_string()))?;
    let schema = batch.schema();
    let row = |row: usize| {
        let cells = schema.fields().iter().zip(&formatters).map(|(field, formatter)| {
            let text = formatter.value(row).to_string();
            let value = if text == "\u{0}" { serde_json::Value::Null } else { serde_json::Value::String(text) };
            (field.name().clone(), value)
        });
        serde_json::Value::Object(cells.collect()).to_string()
    };
    Ok((0..batch.num_rows()).map(row).collect())
}
