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
use retail::day::{Day, ranges};

use crate::digest::{Contents, Reader, differing};
use crate::engine::{self, ahead, failed};
use crate::manifest::DataFile;
use crate::run::{DraftTable, LakeRun, texts};
use crate::table::kept_type;
use crate::write::TableWriter;

pub async fn build(run: &LakeRun, step: Build) -> Result<Built> {
    if step.view {
        let session = run.session().await?;
        let frame = session.sql(&step.sql).await.map_err(|e| failed(&format!("plan {}", step.model), e))?;
        kept(frame, &step.model)?;
        run.set_view(&step.model, &step.sql);
        return Ok(Built { changed: true, ..Built::default() });
    }
    let days = step.days.clone().filter(|_| step.time_column.is_some());
    let slices = match (&days, step.driving.as_slice()) {
        // Files know the bounds of the column `day` alone.
        (None, [driving]) if step.each_day_alone && step.time_column.as_deref() == Some("day") => run.slices(driving),
        _ => vec![None],
    };
    let by_day = ByDay { column: step.time_column.as_deref(), days: days.as_deref() };
    let mut output: Option<Replacement<'_>> = None;
    for slice in slices {
        let frame = planned(run, &step, days.as_deref(), slice).await?;
        let output = match &mut output {
            Some(output) => output,
            None => output.insert(Replacement::new(run, (&step.model, &step.layer), by_day, &frame)?),
        };
        output.pour(frame).await?;
    }
    match output {
        Some(output) => output.finish().await,
        None => Ok(Built::default()),
    }
}

/// Rows made elsewhere in place of a table's.
pub async fn store(run: &LakeRun, table: &str, layer: &str, rows: RecordBatch) -> Result<Built> {
    let frame = run.engine.session().read_batch(rows).map_err(|e| failed(&format!("store {table}"), e))?;
    let frame = kept(frame, table)?;
    let mut output = Replacement::new(run, (table, layer), ByDay::default(), &frame)?;
    output.pour(frame).await?;
    output.finish().await
}

/// The column that has a table's day, and the days to replace where not all are.
#[derive(Clone, Copy, Default)]
struct ByDay<'a> {
    column: Option<&'a str>,
    days: Option<&'a [Day]>,
}

/// Rows of queries in place of a table's on some days, or of all.
struct Replacement<'a> {
    run: &'a LakeRun,
    table: &'a str,
    layer: &'a str,
    by_day: ByDay<'a>,
    schema: SchemaRef,
    old: Option<DraftTable>,
    writer: TableWriter,
    rows: u64,
    /// What was poured, where it may be just what is there.
    contents: Contents,
}

impl<'a> Replacement<'a> {
    fn new(
        run: &'a LakeRun,
        (table, layer): (&'a str, &'a str),
        by_day: ByDay<'a>,
        frame: &DataFrame,
    ) -> Result<Replacement<'a>> {
        let schema: SchemaRef = Arc::new(without_nullability(frame.schema().as_arrow()));
        let old = run.table(table).filter(|old| old.schema == schema && old.layer == layer);
        let writer = run.writer(layer, table, &schema, None)?;
        Ok(Replacement { run, table, layer, by_day, schema, old, writer, rows: 0, contents: Contents::default() })
    }

    /// Takes a query's rows.
    async fn pour(&mut self, frame: DataFrame) -> Result<()> {
        let doing = format!("run {}", self.table);
        // Without days the result is known by its digest alone.
        let compared = self.by_day.days.is_none() && (self.old.is_some() || self.by_day.column.is_none());
        let reader = Reader::new(&self.schema, self.by_day.column, None);
        let mut stream = ahead(frame);
        while let Some(batch) = stream.next().await {
            let batch = batch.map_err(|e| failed(&doing, e))?;
            let batch = batch.with_schema(self.schema.clone()).map_err(|e| Error::internal(e.to_string()))?;
            self.rows += batch.num_rows() as u64;
            if compared {
                reader.take(&mut self.contents, &batch)?;
            }
            self.writer.write(batch).await?;
        }
        Ok(())
    }

    async fn finish(mut self) -> Result<Built> {
        let (run, table, ByDay { column, days }) = (self.run, self.table, self.by_day);
        let mut built = Built { rows: self.rows, days: days.map(<[Day]>::to_vec), changed: true };
        let parts = match (&self.old, days) {
            (Some(old), Some(days)) => {
                let column = column.unwrap_or("day");
                let mut parts = without_days(run, table, old, column, days, &mut self.writer).await?;
                parts.extend(self.writer.finish().await?);
                parts
            }
            // What is damaged is made anew, whatever it said.
            (Some(old), None) if !are_whole(run, table, old) => self.writer.finish().await?,
            (Some(old), None) => {
                let parts = self.writer.finish().await?;
                let known = run.digest(table).filter(|_| column.is_none());
                let before = match known {
                    Some(whole) => Contents { whole, ..Contents::default() },
                    None => contents_of(run, table, old, column).await?,
                };
                if self.contents.whole == before.whole {
                    discard(run, table, self.layer, &parts);
                    return Ok(Built { changed: false, ..built });
                }
                built.days = column.and_then(|_| changed_days(&before, &self.contents));
                parts
            }
            (None, _) => self.writer.finish().await?,
        };
        let made = DraftTable { layer: self.layer.to_owned(), schema: self.schema, parts };
        match (column, days) {
            (None, None) => run.set_whole(table, made, self.contents.whole),
            _ => run.set_table(table, made),
        }
        Ok(built)
    }
}

/// The step's query over its days, or over a slice of its driving table.
async fn planned(run: &LakeRun, step: &Build, days: Option<&[Day]>, slice: Option<DraftTable>) -> Result<DataFrame> {
    let session = session_for(run, step, days).await?;
    if let (Some(slice), [driving]) = (slice, step.driving.as_slice()) {
        run.register(&session, driving, &slice)?;
    }
    let frame = engine::planned(&session, &step.sql).await;
    let frame = kept(frame.map_err(|e| failed(&format!("plan {}", step.model), e))?, &step.model)?;
    match (days, &step.time_column) {
        // Also where nothing but these days was read: a row of another day would stand beside those that are kept.
        (Some(days), Some(column)) => frame.filter(on_days(column, days)).map_err(|e| failed("limit the days", e)),
        _ => Ok(frame),
    }
}

/// All of its stored files are there, as long as they were written.
fn are_whole(run: &LakeRun, name: &str, table: &DraftTable) -> bool {
    let folder = crate::delta::folder(&run.root, &table.layer, name);
    let length = |part: &DataFile| std::fs::metadata(folder.join(&part.path)).map_or(0, |found| found.len());
    table.parts.iter().all(|part| length(part) == part.bytes)
}

/// The days that two states of a table differ in; `None` where rows without a day do.
fn changed_days(before: &Contents, after: &Contents) -> Option<Vec<Day>> {
    differing(before.by_day.iter(), after.by_day.iter()).into_iter().copied().collect()
}

/// What a table says now.
async fn contents_of(run: &LakeRun, name: &str, table: &DraftTable, day: Option<&str>) -> Result<Contents> {
    let reader = Reader::new(&table.schema, day, None);
    let mut contents = Contents::default();
    let session = run.engine.session();
    let frame = session.read_table(Arc::new(run.provider(name, table))).map_err(|e| failed("read", e))?;
    let mut stream = ahead(frame);
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
    column: &str,
    days: &[Day],
    writer: &mut TableWriter,
) -> Result<Vec<DataFile>> {
    // Files know the bounds of the column `day` alone.
    let known = |part: &DataFile| part.days.filter(|_| column == "day");
    let hit = |part: &DataFile| known(part).is_none_or(|(low, high)| days.iter().any(|day| (low..=high).contains(day)));
    let (rewritten, mut kept): (Vec<DataFile>, Vec<DataFile>) = old.parts.iter().cloned().partition(hit);
    let within: BTreeSet<&Day> = days.iter().collect();
    let has_more =
        |part: &DataFile| known(part).is_none_or(|(low, high)| (low..=high).any(|day| !within.contains(&day)));
    let partly: Vec<DataFile> = rewritten.into_iter().filter(has_more).collect();
    if partly.is_empty() {
        return Ok(std::mem::take(&mut kept));
    }
    let rest = DraftTable { parts: partly, ..old.clone() };
    let session = run.engine.session();
    let frame = session
        .read_table(Arc::new(run.provider(name, &rest)))
        .and_then(|frame| frame.filter(datafusion::logical_expr::not(on_days(column, days)).or(col(column).is_null())))
        .map_err(|e| failed("keep the other days", e))?;
    let mut stream = ahead(frame);
    while let Some(batch) = stream.next().await {
        writer.write(batch.map_err(|e| failed("keep the other days", e))?).await?;
    }
    Ok(kept)
}

/// Days that are a small part of a shop's history.
const FEW_DAYS: usize = 31;

/// A session in which the driving tables have just the days that the step needs.
async fn session_for(run: &LakeRun, step: &Build, days: Option<&[Day]>) -> Result<SessionContext> {
    let session = run.session_beside(step.beside).await?;
    let (Some(days), Some(column)) = (days, &step.time_column) else { return Ok(session) };
    let mut needed: BTreeSet<Day> = BTreeSet::new();
    for day in days {
        needed.extend(*day - step.lookback as Day..=*day);
    }
    let needed: Vec<Day> = needed.into_iter().collect();
    if needed.len() <= FEW_DAYS {
        // Of a few days, most rows of a month and of joined tables are not needed: only what filters look at is read of those.
        session.state_ref().write().config_mut().options_mut().execution.parquet.pushdown_filters = true;
    }
    for driving in &step.driving {
        limit(&session, driving, column, &needed).await?;
    }
    Ok(session)
}

/// Leaves of a session's table or view only the rows of some days, where it has days.
pub async fn limit(session: &SessionContext, name: &str, column: &str, days: &[Day]) -> Result<()> {
    if !session.table_exist(name).is_ok_and(|exists| exists) {
        return Ok(());
    }
    let table = session.table(name).await.map_err(|e| failed("limit the days", e))?;
    if table.schema().field_with_unqualified_name(column).is_err() {
        return Ok(());
    }
    let limited = table.filter(on_days(column, days)).map_err(|e| failed("limit the days", e))?;
    session.deregister_table(name).map_err(|e| failed("limit the days", e))?;
    session.register_table(name, limited.into_view()).map_err(|e| failed("limit the days", e))?;
    Ok(())
}

/// More ranges than this are looked up in a set instead of compared one after another.
const FEW_RANGES: usize = 16;

/// `column` is one of `days`, as few ranges as there are.
pub fn on_days(column: &str, days: &[Day]) -> Expr {
    let ranges = ranges(days);
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
fn discard(run: &LakeRun, table: &str, layer: &str, parts: &[DataFile]) {
    let folder = crate::delta::folder(&run.root, layer, table);
    for part in parts {
        // A file left behind is harmless: nothing names it, and `optimize` removes it.
        let _ = std::fs::remove_file(folder.join(&part.path));
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
