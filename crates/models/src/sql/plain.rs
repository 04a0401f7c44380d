//! What plain SQL does not hold: anything but reading tables by name, and what only one engine understands.

use std::ops::ControlFlow;

use sqlparser::ast::{
    Distinct, Expr, Function, FunctionArguments, ObjectName, Query, Select, SelectFlavor, SetExpr, Spanned,
    TableFactor, Value, ValueWithSpan, Visit, Visitor,
};

use super::scope::table_name;
use super::{start, string_place};
use crate::problem::{Place, Problem};

/// All that is refused in a parsed tree.
pub(crate) fn refuse(file: &str, text: &str, tree: &impl Visit) -> Vec<Problem> {
    let mut inspector = Inspector { file, text, problems: Vec::new() };
    let _ = tree.visit(&mut inspector);
    inspector.problems
}

struct Inspector<'f> {
    file: &'f str,
    text: &'f str,
    problems: Vec<Problem>,
}

impl Visitor for Inspector<'_> {
    type Break = ();

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<()> {
        self.body(&query.body);
        let odd = [
            (!query.locks.is_empty(), "FOR UPDATE and FOR SHARE", READ_ONLY),
            (query.for_clause.is_some(), "FOR XML and FOR JSON", PLAIN),
            (query.settings.is_some(), "SETTINGS", PLAIN),
            (query.format_clause.is_some(), "FORMAT", PLAIN),
            (!query.pipe_operators.is_empty(), "the pipe operator |>", PLAIN),
        ];
        self.tell_all(&odd, || start(query.span()));
        ControlFlow::Continue(())
    }

    fn pre_visit_select(&mut self, select: &Select) -> ControlFlow<()> {
        let rank = "number the rows in a subquery with row_number() over (…) and keep the first";
        let odd = [
            (select.into.is_some(), "SELECT INTO", READ_ONLY),
            (select.qualify.is_some(), "QUALIFY", rank),
            (matches!(select.distinct, Some(Distinct::On(_))), "DISTINCT ON", rank),
            (select.top.is_some(), "TOP", "write `limit`"),
            (!select.lateral_views.is_empty(), "LATERAL VIEW", PLAIN),
            (select.prewhere.is_some(), "PREWHERE", "write `where`"),
            (!select.connect_by.is_empty(), "CONNECT BY", PLAIN),
            (!select.cluster_by.is_empty(), "CLUSTER BY", PLAIN),
            (!select.distribute_by.is_empty(), "DISTRIBUTE BY", PLAIN),
            (!select.sort_by.is_empty(), "SORT BY", "write `order by`"),
            (select.value_table_mode.is_some(), "SELECT AS", PLAIN),
            (select.flavor != SelectFlavor::Standard, "FROM before SELECT", PLAIN),
            (select.projection.is_empty(), "a SELECT without columns", "name the columns"),
        ];
        self.tell_all(&odd, || start(select.select_token.0.span));
        ControlFlow::Continue(())
    }

    fn pre_visit_table_factor(&mut self, factor: &TableFactor) -> ControlFlow<()> {
        match factor {
            TableFactor::Table { name, args: None, version, sample, partitions, with_hints, index_hints, .. } => {
                self.name(name);
                let odd = [
                    (version.is_some(), "reading an older version of a table", PLAIN),
                    (sample.is_some(), "TABLESAMPLE", PLAIN),
                    (!partitions.is_empty() || !with_hints.is_empty() || !index_hints.is_empty(), "table hints", PLAIN),
                ];
                self.tell_all(&odd, || start(name.span()));
            }
            TableFactor::Table { name, .. } | TableFactor::Function { name, .. } => {
                self.table_function(&table_name(name), start(name.span()));
            }
            TableFactor::Derived { lateral: true, subquery, .. } => {
                self.tell("LATERAL", start(subquery.span()), "join a subquery instead");
            }
            TableFactor::Derived { .. } | TableFactor::NestedJoin { .. } => {}
            TableFactor::UNNEST { .. } => self.table_function("unnest", start(factor.span())),
            TableFactor::TableFunction { .. } => self.table_function("table", start(factor.span())),
            _ => self.tell("this way to make a table", start(factor.span()), PLAIN),
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expression: &Expr) -> ControlFlow<()> {
        if let Expr::Function(function) = expression
            && table_name(&function.name) == PLACEHOLDER
        {
            self.placeholder(function);
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_value(&mut self, value: &ValueWithSpan) -> ControlFlow<()> {
        if let Value::Placeholder(text) = &value.value {
            self.tell(&format!("the parameter {text}"), start(value.span), "write the value");
        }
        ControlFlow::Continue(())
    }
}

/// What a draft writes where the files do not tell: a made-up value in its place would be counted like a real one.
const PLACEHOLDER: &str = "todo";
const READ_ONLY: &str = "a model only reads; wharf writes its table";
const PLAIN: &str = "write it in the SQL that PostgreSQL, ClickHouse, BigQuery and DataFusion share";

impl Inspector<'_> {
    /// Writing hides in `with x as (delete …)` and after `with`.
    fn body(&mut self, body: &SetExpr) {
        let what = match body {
            SetExpr::Insert(_) => "INSERT",
            SetExpr::Update(_) => "UPDATE",
            SetExpr::Delete(_) => "DELETE",
            SetExpr::Merge(_) => "MERGE",
            SetExpr::Table(_) => return self.tell("TABLE", start(body.span()), "write `select * from`"),
            SetExpr::SetOperation { left, right, .. } => {
                self.body(left);
                return self.body(right);
            }
            SetExpr::Select(_) | SetExpr::Query(_) | SetExpr::Values(_) => return,
        };
        self.tell(what, start(body.span()), READ_ONLY);
    }

    fn name(&mut self, name: &ObjectName) {
        let table = table_name(name);
        let quoted = name.0.iter().any(|part| part.as_ident().is_some_and(|ident| ident.quote_style == Some('\'')));
        if quoted || looks_like_file(&table) {
            let at = if quoted { string_place(self.text, &table) } else { start(name.span()) };
            let problem = Problem::new(self.file, at, format!("`{table}` is a file's name, not a table's"));
            self.problems.push(problem.advise("SQL reads no files: name the table that source.toml lands the file in"));
        }
    }

    fn table_function(&mut self, name: &str, at: Place) {
        let problem = Problem::new(self.file, at, format!("table functions are not allowed: `{name}(…)`"));
        self.problems.push(problem.advise("name a table; what a model reads must be known from its text"));
    }

    /// `todo('what is to be written')`
    fn placeholder(&mut self, function: &Function) {
        let what = match &function.args {
            FunctionArguments::List(list) => list.args.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "),
            _ => String::new(),
        };
        let what = what.trim_matches('\'').replace("''", "'");
        let message = format!("a draft's placeholder stands here: {what}");
        let problem = Problem::new(self.file, start(function.name.span()), message);
        self.problems.push(problem.advise("write the SQL for it in place of `todo(…)`"));
    }

    fn tell(&mut self, what: &str, at: Place, advice: &str) {
        let verb = if what.contains(" and ") || what == "table hints" { "are" } else { "is" };
        self.problems.push(Problem::new(self.file, at, format!("{what} {verb} not allowed here")).advise(advice));
    }

    fn tell_all(&mut self, odd: &[(bool, &str, &str)], at: impl Fn() -> Place) {
        for (_, what, advice) in odd.iter().filter(|(there, ..)| *there) {
            self.tell(what, at(), advice);
        }
    }
}

fn looks_like_file(name: &str) -> bool {
    const ENDINGS: [&str; 16] = [
        ".csv", ".tsv", ".txt", ".json", ".jsonl", ".ndjson", ".parquet", ".avro", ".arrow", ".orc", ".xlsx", ".gz",
        ".zst", ".zip", ".bz2", ".xz",
    ];
    let name = name.to_lowercase();
    name.contains(['/', '\\', ':', '*', '?']) || ENDINGS.iter().any(|ending| name.ends_with(ending))
}
