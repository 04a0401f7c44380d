//! What a query is about: the tables that drive it and the columns that come out.

use sqlparser::ast::{
    Expr, ObjectName, Query, Select, SelectItem, SelectItemQualifiedWildcardKind, SetExpr, SetOperator, Spanned,
    Statement, TableAlias, TableFactor,
};

use super::scope::{ident_name, table_name};
use super::start;
use crate::problem::{Place, Problem};

/// The first table of the outermost FROM, of each part of a UNION, looked for through subqueries and common table
/// expressions.
pub(crate) fn driving(statement: &Statement) -> Vec<String> {
    let Statement::Query(query) = statement else { return Vec::new() };
    let mut drivers = Drivers::default();
    drivers.query(query, &[], MAX_CHAIN);
    drivers.found
}

/// The names of the columns that come out, where they can be told without knowing the tables.
/// A column without a name is a problem: engines make up different ones.
pub(crate) fn output_columns(file: &str, statement: &Statement) -> (Option<Vec<String>>, Vec<Problem>) {
    let Statement::Query(query) = statement else { return (None, Vec::new()) };
    let mut problems = Vec::new();
    if let Some(select) = first_select(&query.body) {
        for item in &select.projection {
            if let SelectItem::UnnamedExpr(expr) = item
                && expression_name(expr).is_none()
            {
                let problem =
                    Problem::new(file, start(expr.span()), format!("the column `{}` has no name", short(expr)));
                problems.push(problem.advise("name it: … as name"));
            }
        }
    }
    let columns = columns_of(query, &[], MAX_CHAIN);
    if let (Some(columns), true) = (&columns, problems.is_empty())
        && let Some(twice) = columns.iter().enumerate().find(|(i, name)| columns[..*i].contains(name))
    {
        let at = first_select(&query.body).map_or(Place::new(1, 1), |select| item_place(select, twice.0, twice.1));
        problems.push(Problem::new(file, at, format!("two columns are named `{}`", twice.1)));
    }
    (columns, problems)
}

/// Chains of names longer than this are not followed.
const MAX_CHAIN: usize = 64;

/// A common table expression, which sees those before it.
type Ctes<'a> = [(String, &'a Query)];

/// Finds the tables that drive a query.
#[derive(Default)]
struct Drivers<'a> {
    found: Vec<String>,
    /// Queries looked through: a common table expression that is read twice drives no more than once.
    seen: Vec<&'a Query>,
}

impl<'a> Drivers<'a> {
    fn query(&mut self, query: &'a Query, outer: &Ctes<'a>, depth: usize) {
        let Some(depth) = depth.checked_sub(1) else { return };
        if !self.seen.iter().any(|known| std::ptr::eq(*known, query)) {
            self.seen.push(query);
            self.body(&query.body, &with_ctes(query, outer), depth);
        }
    }

    fn body(&mut self, body: &'a SetExpr, ctes: &Ctes<'a>, depth: usize) {
        match body {
            SetExpr::Select(select) => {
                if let Some(from) = select.from.first() {
                    self.factor(&from.relation, ctes, depth);
                }
            }
            SetExpr::Query(query) => self.query(query, ctes, depth),
            SetExpr::SetOperation { left, right, op, .. } => {
                self.body(left, ctes, depth);
                if *op == SetOperator::Union {
                    self.body(right, ctes, depth);
                }
            }
            _ => {}
        }
    }

    fn factor(&mut self, factor: &'a TableFactor, ctes: &Ctes<'a>, depth: usize) {
        match factor {
            TableFactor::Table { name, .. } => match find(ctes, name) {
                Some((cte, before)) => self.query(cte, before, depth),
                None if self.found.contains(&table_name(name)) => {}
                None => self.found.push(table_name(name)),
            },
            TableFactor::Derived { subquery, .. } => self.query(subquery, ctes, depth),
            TableFactor::NestedJoin { table_with_joins, .. } => self.factor(&table_with_joins.relation, ctes, depth),
            _ => {}
        }
    }
}

fn columns_of(query: &Query, outer: &Ctes<'_>, depth: usize) -> Option<Vec<String>> {
    let depth = depth.checked_sub(1)?;
    let ctes = with_ctes(query, outer);
    let select = first_select(&query.body)?;
    let mut columns = Vec::new();
    let mut expanded = false;
    for item in &select.projection {
        match item {
            SelectItem::UnnamedExpr(expr) => columns.push(expression_name(expr)?),
            SelectItem::ExprWithAlias { alias, .. } => columns.push(ident_name(alias)),
            // One star a query is followed; several would double the work at each step of a chain.
            _ if expanded => return None,
            item => {
                expanded = true;
                columns.extend(columns_of_star(item, select, &ctes, depth)?);
            }
        }
    }
    Some(columns)
}

/// The columns of `*` over one subquery, or of `name.*`.
fn columns_of_star(item: &SelectItem, select: &Select, ctes: &Ctes<'_>, depth: usize) -> Option<Vec<String>> {
    let factor = match item {
        SelectItem::Wildcard(_) => {
            let [only] = select.from.as_slice() else { return None };
            only.joins.is_empty().then_some(&only.relation)?
        }
        SelectItem::QualifiedWildcard(SelectItemQualifiedWildcardKind::ObjectName(wanted), _) => {
            let wanted = table_name(wanted);
            let joined = select.from.iter().flat_map(|from| from.joins.iter().map(|join| &join.relation));
            let mut factors = select.from.iter().map(|from| &from.relation).chain(joined);
            factors.find(|factor| factor_name(factor).as_deref() == Some(&wanted))?
        }
        _ => return None,
    };
    let (query, before, alias) = match factor {
        TableFactor::Table { name, alias, .. } => {
            let (cte, before) = find(ctes, name)?;
            (cte, before, alias)
        }
        TableFactor::Derived { subquery, alias, .. } => (&**subquery, ctes, alias),
        _ => return None,
    };
    if alias.as_ref().is_some_and(|alias| !alias.columns.is_empty()) {
        return None;
    }
    columns_of(query, before, depth)
}

fn factor_name(factor: &TableFactor) -> Option<String> {
    let alias_name = |alias: &TableAlias| ident_name(&alias.name);
    match factor {
        TableFactor::Table { name, alias, .. } => Some(alias.as_ref().map_or_else(|| table_name(name), alias_name)),
        TableFactor::Derived { alias, .. } => alias.as_ref().map(alias_name),
        _ => None,
    }
}

/// The names a query sees: those outside it, then its own. One with renamed columns, `t(a, b)`, is opaque.
fn with_ctes<'a>(query: &'a Query, outer: &Ctes<'a>) -> Vec<(String, &'a Query)> {
    let own = query.with.iter().flat_map(|with| &with.cte_tables);
    outer.iter().cloned().chain(own.map(|cte| (ident_name(&cte.alias.name), &*cte.query))).collect()
}

/// The newest common table expression of that name, and those before it.
fn find<'a, 'c>(ctes: &'c Ctes<'a>, name: &ObjectName) -> Option<(&'a Query, &'c Ctes<'a>)> {
    let name = table_name(name);
    let at = ctes.iter().rposition(|(known, _)| *known == name)?;
    Some((ctes[at].1, &ctes[..at]))
}

/// The select whose column names a union has.
fn first_select(body: &SetExpr) -> Option<&Select> {
    let mut body = body;
    loop {
        match body {
            SetExpr::Select(select) => return Some(select),
            SetExpr::Query(query) if query.with.is_none() => body = &query.body,
            SetExpr::SetOperation { left, .. } => body = left,
            _ => return None,
        }
    }
}

fn expression_name(expr: &Expr) -> Option<String> {
    match expr {
        Expr::Identifier(ident) => Some(ident_name(ident)),
        Expr::CompoundIdentifier(parts) => parts.last().map(ident_name),
        _ => None,
    }
}

fn item_place(select: &Select, index: usize, name: &str) -> Place {
    let named = |item: &&SelectItem| match item {
        SelectItem::UnnamedExpr(expr) => expression_name(expr).as_deref() == Some(name),
        SelectItem::ExprWithAlias { alias, .. } => ident_name(alias) == name,
        _ => false,
    };
    let exact = select.projection.get(index).filter(named);
    match exact.or_else(|| select.projection.iter().rfind(named)) {
        Some(SelectItem::ExprWithAlias { alias, .. }) => start(alias.span),
        Some(item) => start(item.span()),
        None => start(select.select_token.0.span),
    }
}

fn short(expr: &Expr) -> String {
    let text = expr.to_string();
    if text.chars().count() > 40 { text.chars().take(39).chain(['…']).collect() } else { text }
}
