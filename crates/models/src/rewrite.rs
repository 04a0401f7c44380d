//! Rendering a tree as SQL again, with its tables under other names.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use sqlparser::ast::{
    Ident, ObjectName, ObjectNamePart, Query, Statement, TableAlias, TableFactor, VisitMut, VisitorMut,
};

use crate::sql::{Scopes, table_name};

/// The query with its input tables renamed. A table keeps its old name as an alias, so columns may be called by it;
/// names of common table expressions are not tables and stay. A new name may have dots: `schema.table`.
pub fn rename_tables(statement: &Statement, names: &BTreeMap<String, String>) -> String {
    let mut statement = statement.clone();
    rename(&mut statement, names);
    statement.to_string()
}

/// A table's name as SQL, each part between dots quoted where it has to be.
pub fn quote_name(name: &str) -> String {
    name.split('.').map(quote).collect::<Vec<_>>().join(".")
}

pub(crate) fn rename(tree: &mut impl VisitMut, names: &BTreeMap<String, String>) {
    if !names.is_empty() {
        let _ = tree.visit(&mut Renamer { scopes: Scopes::default(), names });
    }
}

/// One name as SQL. Always quoted unless it is plain and no reserved word.
pub fn quote(name: &str) -> String {
    if needs_quotes(name) { format!("\"{}\"", name.replace('"', "\"\"")) } else { name.to_owned() }
}

fn ident(name: &str) -> Ident {
    if needs_quotes(name) { Ident::with_quote('"', name.replace('"', "\"\"")) } else { Ident::new(name) }
}

fn needs_quotes(name: &str) -> bool {
    let plain = name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    !plain || !name.starts_with(|c: char| c.is_ascii_lowercase() || c == '_') || RESERVED.contains(&name)
}

/// Words that PostgreSQL, ClickHouse or DataFusion do not take as a bare name.
const RESERVED: [&str; 96] = [
    "all",
    "analyse",
    "analyze",
    "and",
    "any",
    "array",
    "as",
    "asc",
    "asymmetric",
    "between",
    "both",
    "by",
    "case",
    "cast",
    "check",
    "collate",
    "column",
    "constraint",
    "create",
    "cross",
    "current_date",
    "current_role",
    "current_time",
    "current_timestamp",
    "current_user",
    "default",
    "deferrable",
    "desc",
    "distinct",
    "do",
    "else",
    "end",
    "except",
    "exists",
    "false",
    "fetch",
    "final",
    "for",
    "foreign",
    "format",
    "freeze",
    "from",
    "full",
    "grant",
    "group",
    "having",
    "ilike",
    "in",
    "initially",
    "inner",
    "intersect",
    "interval",
    "into",
    "is",
    "isnull",
    "join",
    "lateral",
    "leading",
    "left",
    "like",
    "limit",
    "localtime",
    "localtimestamp",
    "natural",
    "not",
    "notnull",
    "null",
    "offset",
    "on",
    "only",
    "or",
    "order",
    "outer",
    "overlaps",
    "placing",
    "primary",
    "references",
    "returning",
    "right",
    "sample",
    "select",
    "session_user",
    "settings",
    "similar",
    "some",
    "symmetric",
    "table",
    "then",
    "to",
    "trailing",
    "true",
    "union",
    "unique",
    "user",
    "using",
    "when",
];

struct Renamer<'n> {
    scopes: Scopes,
    names: &'n BTreeMap<String, String>,
}

impl VisitorMut for Renamer<'_> {
    type Break = ();

    fn pre_visit_query(&mut self, query: &mut Query) -> ControlFlow<()> {
        self.scopes.enter(query);
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, _: &mut Query) -> ControlFlow<()> {
        self.scopes.leave();
        ControlFlow::Continue(())
    }

    fn pre_visit_table_factor(&mut self, factor: &mut TableFactor) -> ControlFlow<()> {
        if let TableFactor::Table { name, alias, .. } = factor {
            let old = table_name(name);
            if let Some(new) = self.names.get(&old).filter(|_| !self.scopes.is_cte(&old)) {
                *name = ObjectName(new.split('.').map(|part| ObjectNamePart::Identifier(ident(part))).collect());
                let last = old.rsplit('.').next().unwrap_or(&old);
                alias.get_or_insert_with(|| TableAlias {
                    explicit: true,
                    name: ident(last),
                    columns: Vec::new(),
                    at: None,
                });
            }
        }
        ControlFlow::Continue(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql::parse_query;

    fn renamed(sql: &str) -> String {
        let names = BTreeMap::from([
            ("orders".to_owned(), "test.orders".to_owned()),
            ("items".to_owned(), "Given items".to_owned()),
        ]);
        rename_tables(&parse_query("f", sql).unwrap().statement, &names)
    }

    #[test]
    fn tables_keep_their_name_as_an_alias() {
        assert_eq!(renamed("select orders.id from orders"), "SELECT orders.id FROM test.orders AS orders");
        assert_eq!(renamed("select o.id from Orders o"), "SELECT o.id FROM test.orders o");
        assert_eq!(
            renamed("select a from x where exists (select 1 from items)"),
            "SELECT a FROM x WHERE EXISTS (SELECT 1 FROM \"Given items\" AS items)"
        );
    }

    #[test]
    fn common_table_expressions_are_not_tables() {
        assert_eq!(
            renamed("with orders as (select * from orders) select id from orders"),
            "WITH orders AS (SELECT * FROM test.orders AS orders) SELECT id FROM orders"
        );
        assert_eq!(
            renamed("select a from (with items as (select 1 as a) select a from items) as s join items i on true"),
            "SELECT a FROM (WITH items AS (SELECT 1 AS a) SELECT a FROM items) AS s JOIN \"Given items\" i ON true"
        );
    }

    #[test]
    fn what_is_rendered_parses_to_the_same_tree() {
        let sql = "with a as (select day, count(*) filter (where x > 1) as n from t group by day having count(*) > 2), \
                   b as (select *, row_number() over (partition by day order by n desc) as r from a) \
                   select b.day, cast(n as decimal(18,4)) as m, case when n > 3 then 'it''s' else null end as w, \
                   n::bigint as i, date_trunc('month', day) as mo, x between 1 and 2 as f, -(1 + 2) * 3 as p \
                   from b left join u using (day) where not (r = 1 or day in (select day from v)) union all \
                   select 1, 2, 'c', 4, null, true, 3 from w order by 1 limit 5";
        let first = parse_query("f", sql).unwrap().statement;
        let again = parse_query("f", &first.to_string()).unwrap().statement;
        assert_eq!(first, again);
    }

    #[test]
    fn names_are_quoted_where_they_must_be() {
        assert_eq!(quote_name("lake.order"), "lake.\"order\"");
        assert_eq!((quote("day"), quote("a\"b"), quote("1a")), ("day".into(), "\"a\"\"b\"".into(), "\"1a\"".into()));
    }
}
