//! Models that parse, and every mistake at its place.

use super::*;
use crate::header::{Kind, Merge, Partition};

const GOOD: &str = "\
/* wharf
description: What each customer did on each day.
kind: incremental_by_time_range
time_column: day
lookback: 2
grain: [day, customer_id]
partitioned_by: month(day)
checks: [not_null(day, customer_id), unique(day, customer_id), warn: spend >= 0]
columns: {spend: {description: \"Sum of sale lines.\", unit: currency}, customer_id: {pii: true}}
tags: daily
*/
-- who bought
with sales as (select * from order_lines_wide where kind = 'sale')
select day, customer_id, sum(amount) as spend
from sales
group by day, customer_id;
";

fn parse(text: &str) -> Result<Model, Vec<Problem>> {
    Model::parse("daily", "m.sql", Layer::Marts, text)
}

fn problems(text: &str) -> Vec<String> {
    parse(text).unwrap_err().iter().map(Problem::to_string).collect()
}

fn model(sql: &str) -> Model {
    parse(&format!("/* wharf */\n{sql}")).unwrap_or_else(|problems| panic!("{sql}: {problems:?}"))
}

/// The one problem of a SELECT that begins on line 2.
fn sql_problem(sql: &str) -> String {
    let found = problems(&format!("/* wharf */\n{sql}"));
    assert_eq!(found.len(), 1, "{sql}: {found:?}");
    found[0].clone()
}

fn header_problems(header: &str) -> Vec<String> {
    problems(&format!("/* wharf\n{header}\n*/\nselect day, customer_id, spend from t"))
}

fn input_names(sql: &str) -> Vec<String> {
    model(sql).inputs.into_iter().map(|input| input.name).collect()
}

#[test]
fn a_whole_model() {
    let model = parse(GOOD).unwrap();
    let header = &model.header;
    assert_eq!(header.kind, Kind::IncrementalByTimeRange);
    assert_eq!((header.time_column.as_deref(), header.lookback), (Some("day"), 2));
    assert_eq!(header.grain, ["day", "customer_id"]);
    assert_eq!(header.partitioned_by, Some(Partition::Month("day".into())));
    assert_eq!(header.checks.iter().map(|c| (c.line, c.column)).collect::<Vec<_>>(), [(8, 10), (8, 38), (8, 70)]);
    assert_eq!((header.checks[2].name.as_str(), header.checks[2].severity), ("spend >= 0", crate::Severity::Warn));
    assert!(header.columns[1].pii && header.columns[0].unit.as_deref() == Some("currency"));
    assert_eq!((header.tags.as_slice(), header.enabled), (&["daily".to_owned()][..], true));
    assert_eq!(model.inputs, [Input { name: "order_lines_wide".into(), line: 13, column: 30 }]);
    assert_eq!(model.driving, ["order_lines_wide"]);
    assert_eq!(model.columns.as_deref(), Some(&["day", "customer_id", "spend"].map(str::to_owned)[..]));
    assert_eq!((model.body_line, model.file_line(2)), (11, 13));
    assert!(model.sql.starts_with("-- who bought\nwith") && model.sql.ends_with("group by day, customer_id"));
}

#[test]
fn sql_beside_the_header_keeps_its_columns() {
    let model = parse("/* wharf kind: view */ select a from t ; ").unwrap();
    assert_eq!(model.header.kind, Kind::View);
    assert_eq!((model.body_line, model.sql.as_str()), (0, "                       select a from t"));
    assert_eq!((model.inputs[0].line, model.inputs[0].column), (1, 38));
}

#[test]
fn merges_and_block_lists() {
    let header = "kind: incremental_by_unique_key\nunique_key: customer_id\nmerge: {day: min, spend: newest}\n\
                  checks:\n  - not_null(day)\n  - warn: spend >= 0\n  - {check: \"unique(day)\", severity: warn, name: one a day}\n\
                  columns:\n  day: The shop's day.";
    let model = parse(&format!("/* wharf\n{header}\n*/\nselect day, customer_id, spend from t")).unwrap();
    assert_eq!(model.header.merge["day"], Merge::Min);
    let checks: Vec<(&str, crate::Severity)> = model.header.checks.iter().map(|c| (&*c.name, c.severity)).collect();
    use crate::Severity::{Error, Warn};
    assert_eq!(checks, [("not_null(day)", Error), ("spend >= 0", Warn), ("one a day", Warn)]);
    assert_eq!(model.header.columns[0].description, "The shop's day.");
}

#[test]
fn an_analysis_makes_other_columns_than_its_select() {
    let header = "description: x\nanalysis: association_rules\nsettings: {min_items: 2}\ngrain: [antecedent]";
    let model =
        parse(&format!("/* wharf\n{header}\n*/\nselect order_id as basket, product_id as item from t")).unwrap();
    let analysis = model.header.analysis.as_ref().unwrap();
    assert_eq!((model.layer, analysis.name.as_str()), (Layer::Insight, "association_rules"));
    let setting = &analysis.settings[0];
    assert_eq!((&*setting.key, &*setting.value, setting.line, setting.column), ("min_items", "2", 4, 12));
    assert_eq!(
        header_problems("analysis: a\nkind: view\nsettings: {a: [1]}"),
        [
            "m.sql:3:1: an analysis is made anew as a whole: its kind is full, not view",
            "m.sql:4:12: the setting `a` takes one value",
        ]
    );
    assert_eq!(
        header_problems("settings: {a: 1}"),
        ["m.sql:2:1: `settings` are those of an `analysis`, which is not named"]
    );
}

#[test]
fn mistakes_in_the_header() {
    assert_eq!(
        header_problems("descripton: x\nkind: ful\nenabled: ja\nlookback: two\npartitioned_by: year(day)"),
        [
            "m.sql:2:1: a model's header has no key `descripton`\n  did you mean `description`?",
            "m.sql:3:7: `kind` cannot be `ful`\n  did you mean `full`?",
            "m.sql:4:10: `enabled` is true or false, not `ja`",
            "m.sql:5:11: `lookback` is a whole number, not `two`",
            "m.sql:6:17: `partitioned_by` is a column or month(column), not `year(day)`",
        ]
    );
    assert_eq!(
        header_problems("kind: incremental_by_time_range\nlookback: 1\ncolumns: {day: {uni: x}}"),
        [
            "m.sql:2:1: a model of kind incremental_by_time_range names its `time_column`",
            "m.sql:4:17: a column has no key `uni`\n  did you mean `unit`?",
        ]
    );
    assert_eq!(
        header_problems("kind: view\nlookback: 1\nmerge: {day: min}\npartitioned_by: day"),
        [
            "m.sql:3:1: `lookback` is for kind incremental_by_time_range, this model is view",
            "m.sql:4:1: `merge` is for kind incremental_by_unique_key, this model is view",
            "m.sql:5:1: a view is not stored, so it has no partitions",
        ]
    );
    assert_eq!(header_problems("tags: [a, b"), ["m.sql:2:7: not valid YAML: unclosed bracket '['"]);
}

#[test]
fn columns_that_the_select_does_not_have() {
    assert_eq!(
        header_problems("grain: [day, custmer_id]\npartitioned_by: month(dy)\nchecks: [not_null(spent), spend > cost]"),
        [
            "m.sql:2:14: the SELECT has no column `custmer_id`\n  did you mean `customer_id`?",
            "m.sql:3:23: the SELECT has no column `dy`\n  did you mean `day`?",
            "m.sql:4:10: the SELECT has no column `spent`\n  did you mean `spend`?",
            "m.sql:4:27: the SELECT has no column `cost`\n  there are: day, customer_id, spend",
        ]
    );
    // With a star from a table the columns are the engine's to know.
    assert!(parse("/* wharf\ngrain: [x]\n*/\nselect * from t").is_ok());
}

#[test]
fn mistakes_around_the_header() {
    let begin = "\n  begin with:\n  /* wharf\n  description: What a row is.\n  kind: full\n  */";
    let none = format!("m.sql:1:1: the file does not begin with a `/* wharf … */` comment{begin}");
    assert_eq!(problems("select 1 as a"), [none.as_str()]);
    assert_eq!(problems("/* wharfs */ select 1 as a")[0], none);
    assert_eq!(
        problems("/* wharf\nkind: full\nselect 1")[0],
        "m.sql:1:1: the `/* wharf` comment is not closed\n  close it with */"
    );
    assert_eq!(problems("/* wharf */\n  ")[0], "m.sql:2:3: there is no SELECT here\n  begin with `select` or `with`");
    let named = Model::parse("Daily-Sales", "m.sql", Layer::Marts, "/* wharf */ select 1 as a").unwrap_err();
    assert!(named[0].message.starts_with("`Daily-Sales` cannot name a table"), "{}", named[0]);
}

#[test]
fn mistakes_in_the_sql() {
    assert_eq!(sql_problem("select a,\n  from t"), "m.sql:3:3: expected an expression, found from");
    assert_eq!(sql_problem("select 'a"), "m.sql:2:8: unterminated string literal");
    assert_eq!(sql_problem("select a from t where"), "m.sql:2:22: expected an expression, found the end");
    assert_eq!(sql_problem("select a from t)"), "m.sql:2:16: did not expect ) here");
    assert_eq!(
        sql_problem("select a from t; select 2"),
        "m.sql:2:18: a second statement begins here\n  write one SELECT a file"
    );
    assert_eq!(sql_problem("select a + 1 from t"), "m.sql:2:8: the column `a + 1` has no name\n  name it: … as name");
    assert_eq!(sql_problem("select a, b as a from t"), "m.sql:2:16: two columns are named `a`");
}

#[test]
fn only_reading_is_allowed() {
    let only =
        |what: &str| format!("m.sql:2:1: only a SELECT is allowed here, not {what}\n  begin with `select` or `with`");
    for what in ["INSERT", "UPDATE", "DELETE", "DROP", "CREATE", "COPY", "SET", "EXPLAIN", "VALUES", "TABLE"] {
        assert_eq!(sql_problem(&format!("{} x", what.to_lowercase())), only(what));
    }
    let told = [
        ("with x as (delete from t returning a) select a from x", "2:12: DELETE is not allowed here"),
        ("with x as (select 1 as a) insert into t select a from x", "2:27: INSERT is not allowed here"),
        ("select a into u from t", "2:1: SELECT INTO is not allowed here"),
        ("select a from t for update", "2:1: FOR UPDATE and FOR SHARE are not allowed here"),
        ("select a from generate_series(1, 3) as g", "2:15: table functions are not allowed: `generate_series(…)`"),
        ("select a from unnest(array[1]) as g", "2:28: table functions are not allowed: `unnest(…)`"),
        ("select a from 'x.csv'", "2:15: `x.csv` is a file's name, not a table's"),
        ("select a from \"s3://b/x\"", "2:15: `s3://b/x` is a file's name, not a table's"),
        ("select a from orders.parquet", "2:15: `orders.parquet` is a file's name, not a table's"),
        ("select distinct on (a) a from t", "2:1: DISTINCT ON is not allowed here"),
        ("select a from t qualify row_number() over (order by a) = 1", "2:1: QUALIFY is not allowed here"),
        ("select a from t where b = $1", "2:27: the parameter $1 is not allowed here"),
        ("select a from t union all table u", "TABLE is not allowed here"),
        ("select from t", "2:1: a SELECT without columns is not allowed here"),
    ];
    for (sql, wanted) in told {
        let problem = sql_problem(sql);
        assert!(problem.contains(wanted), "{sql}: {problem}");
    }
}

#[test]
fn inputs_follow_the_scope_of_names() {
    assert_eq!(input_names("select a from Orders o join \"Items\" i on o.id = i.id"), ["orders", "Items"]);
    assert_eq!(input_names("with orders as (select * from orders) select a from orders"), ["orders"]);
    assert_eq!(input_names("with a as (select 1 as x), b as (select x from a) select x from b"), Vec::<String>::new());
    assert_eq!(input_names("with b as (select x from a), a as (select x from t) select x from b"), ["a", "t"]);
    assert_eq!(
        input_names("select x from (with u as (select x from t) select x from u) as s join u on true"),
        ["t", "u"]
    );
    assert_eq!(input_names("select x from a union all (select x from b except select x from c)"), ["a", "b", "c"]);
    assert_eq!(
        input_names(
            "select (select max(y) from m) as x from t where exists (select 1 from e where a in (select b from f))"
        ),
        ["m", "t", "e", "f"]
    );
    assert_eq!(input_names("with recursive r as (select x from t union all select x from r) select x from r"), ["t"]);
    assert_eq!(input_names("with c as (select 1 as x) select x from t where x in (select x from c)"), ["t"]);
    assert_eq!(input_names("select x from landing.orders"), ["landing.orders"]);
}

#[test]
fn driving_tables_and_columns() {
    let about = |sql: &str| {
        let model = model(sql);
        (model.driving.join(" "), model.columns.map(|columns| columns.join(" ")).unwrap_or("?".into()))
    };
    let told = |driving: &str, columns: &str| (driving.to_owned(), columns.to_owned());
    assert_eq!(about("select a, T.B, c as \"Cc\" from t join u on true"), told("t", "a b Cc"));
    assert_eq!(about("with x as (select a, b from t) select *, 1 as c from x"), told("t", "a b c"));
    assert_eq!(
        about("with t as (select a from t), u as (select t.*, 2 as b from t join v on true) select * from u"),
        told("t", "a b")
    );
    assert_eq!(about("select * from (select a from t) as s"), told("t", "a"));
    assert_eq!(about("select s.* from ((t join v on true) cross join (select b from w) as s)"), told("t", "?"));
    assert_eq!(about("select a from t union all select b from u"), told("t u", "a"));
    assert_eq!(about("select a from t union all (select b from t join v on true)"), told("t", "a"));
    assert_eq!(about("select a from t except select b from u"), told("t", "a"));
    assert_eq!(about("select * from (select a from t union all select b from u) as s"), told("t u", "a"));
    assert_eq!(about("select * from t"), told("t", "?"));
    assert_eq!(about("select 1 as a"), told("", "a"));
    assert_eq!(about("with recursive r as (select * from r) select * from r"), told("r", "?"));
}

#[test]
fn names_that_are_read_twice_each_are_looked_through_once() {
    let mut sql = "with a0 as (select a from t union all select a from u)".to_owned();
    for at in 1..48 {
        let before = at - 1;
        sql += &format!(", a{at} as (select a from a{before} union all select a from a{before})");
    }
    assert_eq!(model(&format!("{sql} select a from a47")).driving, ["t", "u"]);
}

/// As deep as is allowed, in every way at once.
fn deepest() -> String {
    let unions = " union all select 1 as a".repeat(49);
    let sum = " + 1".repeat(900);
    format!(
        "{}(select 1{sum} as a{unions}) as t{}",
        "select a from (".repeat(20) + "select a from ",
        ") as t".repeat(20)
    )
}

#[test]
fn depth_is_refused_not_suffered() {
    let deep = [
        format!("select {}1{} as a", "(".repeat(5000), ")".repeat(5000)),
        format!("select 1{} as a", " + 1".repeat(20_000)),
        format!("select {}1 as a", "- ".repeat(20_000)),
        format!("select {}true as a", "not ".repeat(20_000)),
        format!("select {}'1' as a", "interval ".repeat(20_000)),
        format!("select {}1 as a", "case when 1 then ".repeat(20_000)),
        format!("select x{} as a", "::text".repeat(20_000)),
        format!("select 1 as a{}", " union all select 1".repeat(20_000)),
        format!("select a from {}t{}", "(".repeat(5000), ")".repeat(5000)),
        format!("select cast(a as {}int{}) as b from t", "array<".repeat(5000), ">".repeat(5000)),
        format!("select {}", "select ".repeat(20_000)),
        format!("select a{} as b from t", " is null".repeat(20_000)),
        format!("select a{} as b from t", " collate c".repeat(20_000)),
        format!("select {}a as b from t", "prior ".repeat(20_000)),
        format!("select {}'a' as b from t", "date ".repeat(20_000)),
        format!("select a{} from t", ".b".repeat(20_000)),
        format!("select a{} as b from t", " at time zone 'UTC'".repeat(20_000)),
        format!("select a{} as b from t", " between 1 and 2".repeat(20_000)),
        format!("select a{} as b from t", "[1]".repeat(20_000)),
        format!("select a::int{} as b from t", "[]".repeat(20_000)),
        // The parser's work doubles, or worse, with each of these around a mistake.
        format!("select {}", "f(".repeat(40)),
        format!("select {}", "cast(sum(".repeat(20)),
        format!("select {}a b c", "position(".repeat(40)),
        format!("select {}a b c", "case when 1 then ".repeat(40)),
        format!("select {}a b c", "case when f(".repeat(8)),
        format!("select {}a b c", "cast(".repeat(8)),
    ];
    for sql in deep {
        assert!(parse(&format!("/* wharf */\n{sql}")).is_err(), "{}", &sql[..40]);
    }
    let wide = [
        format!("select a from t where a in ({}0)", "1, ".repeat(50_000)),
        format!("select 1{} as a", " + 1".repeat(950)),
        format!("select 1 as a{}", " union all select 1".repeat(50)),
        format!("select case {} end as a from t", "when name = 'x' then day ".repeat(950)),
        format!("select a from t{}", " natural join t".repeat(5_000)),
        format!("select {}a{} as b from t", "coalesce(".repeat(16), ", 0)".repeat(16)),
        deepest(),
    ];
    for sql in wide {
        let model = model(&sql);
        assert!(!crate::rename_tables(&model.statement, &[("t".to_owned(), "u".to_owned())].into()).is_empty());
        assert!(!model.clone().fingerprint().is_empty());
    }
}
