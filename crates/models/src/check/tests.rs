//! Each check as SQL, and each mistake at its place.

use retail::day::Day;

use super::*;

const TODAY: Day = 15_301; // 2011-11-23

fn parse(text: &str) -> Check {
    Check::parse("m.sql", "daily", text, 3, 5).unwrap_or_else(|problem| panic!("{text}: {problem}"))
}

fn sql(text: &str) -> String {
    let check = parse(text);
    let sql = check.sql("daily", TODAY);
    assert!(crate::sql::parse_query("check", &sql).is_ok(), "{sql}");
    sql
}

fn problem(text: &str) -> String {
    Check::parse("m.sql", "daily", text, 3, 5).unwrap_err().to_string()
}

#[test]
fn checks_are_queries_for_offending_rows() {
    let told = [
        ("not_null(day, Customer_ID)", "select * from daily where day is null or customer_id is null"),
        (
            "unique(day, \"order\")",
            "select day, \"order\", count(*) as row_count from daily group by day, \"order\" having count(*) > 1",
        ),
        ("accepted_values(kind, 'sale', 'it''s', -1)", "select * from daily where kind not in ('sale', 'it''s', -1)"),
        (
            "relationships(product_id, products.id)",
            "select * from daily where product_id is not null and product_id not in (select id from products where id is not null)",
        ),
        ("range(spend, 0, 9.5)", "select * from daily where spend < 0 or spend > 9.5"),
        ("range(day, null, date '2030-01-01')", "select * from daily where day > DATE '2030-01-01'"),
        ("range(spend, -1)", "select * from daily where spend < -1"),
        ("pattern(email, '^[^@]+@''.$')", "select * from daily where not regexp_like(email, '^[^@]+@''.$')"),
        ("row_count(1)", "select count(*) as row_count from daily having count(*) < 1"),
        ("row_count(1, 20)", "select count(*) as row_count from daily having count(*) < 1 or count(*) > 20"),
        (
            "freshness(day, 3)",
            "select max(day) as newest from daily having max(day) is null or cast(max(day) as date) < cast('2011-11-20' as date)",
        ),
        ("spend >= 0 or is_test -- why", "select * from daily where not (spend >= 0 OR is_test)"),
        ("select day from daily where spend < 0", "SELECT day FROM daily WHERE spend < 0"),
    ];
    for (text, wanted) in told {
        assert_eq!(sql(text), wanted, "{text}");
    }
}

#[test]
fn a_check_runs_on_the_table_it_is_given() {
    let on = |text: &str| parse(text).sql("staged.daily_7", TODAY);
    assert_eq!(on("not_null(day)"), "select * from staged.daily_7 as daily where day is null");
    assert_eq!(on("daily.spend > 0"), "select * from staged.daily_7 as daily where not (daily.spend > 0)");
    assert_eq!(
        on("select d.day from daily d where d.day not in (select day from calendar)"),
        "SELECT d.day FROM staged.daily_7 d WHERE d.day NOT IN (SELECT day FROM calendar)"
    );
    assert_eq!(
        on("spend <= (select max(spend) from daily)"),
        "select * from staged.daily_7 as daily where not (spend <= (SELECT max(spend) FROM staged.daily_7 AS daily))"
    );
}

#[test]
fn severity_inputs_and_columns() {
    let check = parse("warn: select 1 as a from daily join orders on true");
    assert_eq!((check.severity, check.inputs(), check.column), (Severity::Warn, vec!["orders".to_owned()], 11));
    assert_eq!(parse("error: spend > lag").severity, Severity::Error);
    assert_eq!(parse("relationships(a, b.c)").inputs(), ["b"]);
    assert_eq!(parse("spend > cost and not is_test").columns(), ["spend", "cost", "is_test"]);
    assert_eq!(parse("spend > (select max(x) from y)").columns(), Vec::<String>::new());
    assert_eq!(parse("spend   >\n 0").name, "spend > 0");
}

#[test]
fn mistakes_are_told_at_their_place() {
    assert_eq!(problem("not_nul(day)"), "m.sql:3:5: there is no check `not_nul`\n  did you mean `not_null`?");
    assert_eq!(
        problem("warn: not_null(day + 1)"),
        "m.sql:3:20: `day + 1` is not a column\n  write not_null(column, …)"
    );
    assert_eq!(
        problem("accepted_values(kind, sale)").lines().next(),
        Some("m.sql:3:27: `sale` is not a value; texts stand in single quotes")
    );
    assert_eq!(
        problem("accepted_values(kind)").lines().next(),
        Some("m.sql:3:5: `accepted_values` does not take 1 arguments")
    );
    assert_eq!(problem("relationships(a, b)").lines().next(), Some("m.sql:3:22: `b` is not a table and its column"));
    assert_eq!(problem("row_count(many)").lines().next(), Some("m.sql:3:15: `many` is not a whole number"));
    assert_eq!(problem("spend >="), "m.sql:3:13: expected an expression, found the end");
    assert_eq!(problem("spend > 0) or (true"), "m.sql:3:14: did not expect ) here");
    assert_eq!(problem("unique(*)").lines().next(), Some("m.sql:3:5: argument 1 of `unique` is not a value"));
    assert!(problem("'a'").starts_with("m.sql:3:5: `'a'` is not a condition\n  write not_null"));
    assert!(problem("").starts_with("m.sql:3:5: a check is empty"));
    assert!(problem("select a from read_csv('x')").starts_with("m.sql:3:19: table functions are not allowed"));
    assert!(problem("drop table x").starts_with("m.sql:3:10: did not expect table here"));
}

#[test]
fn rows_that_offend_by_themselves_are_counted_at_once() {
    let checks: Vec<Check> =
        ["not_null(day, spend)", "unique(day)", "spend >= 0", "range(units, null, 9)"].into_iter().map(parse).collect();
    assert_eq!(
        Check::counts(&checks, "staged.daily_7").as_deref(),
        Some(
            "select sum(case when day is null or spend is null then 1 else 0 end) as check_0, \
             sum(case when not (spend >= 0) then 1 else 0 end) as check_2, \
             sum(case when units > 9 then 1 else 0 end) as check_3 from staged.daily_7 as daily"
        )
    );
    assert_eq!(Check::counts(&checks[1..2], "daily"), None);
    assert_eq!(Check::counts(&[], "daily"), None);
}
