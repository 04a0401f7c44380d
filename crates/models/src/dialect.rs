//! The few functions that are ours, written for each warehouse. One of them so far: `shop_day(instant)`, the shop's
//! local day of an instant.

use std::ops::ControlFlow;

use sqlparser::ast::{
    CastKind, DataType, Expr, Function, FunctionArg, FunctionArgExpr, FunctionArguments, Statement, Value, VisitMut,
    VisitorMut,
};

/// Whose SQL to write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// Has our functions registered: nothing is rewritten.
    DataFusion,
    Postgres,
}

impl Dialect {
    /// The query in this dialect; `zone` is the shop's IANA time zone.
    pub fn render(self, statement: &Statement, zone: &str) -> String {
        match self {
            Dialect::DataFusion => statement.to_string(),
            Dialect::Postgres => {
                let mut statement = statement.clone();
                let _ = VisitMut::visit(&mut statement, &mut ShopDay { zone });
                statement.to_string()
            }
        }
    }
}

/// `shop_day(x)` becomes `(x at time zone 'ZONE')::date`.
struct ShopDay<'z> {
    zone: &'z str,
}

impl VisitorMut for ShopDay<'_> {
    type Break = ();

    // After the visit of what is inside, so that calls in arguments are rewritten first.
    fn post_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<()> {
        if let Expr::Function(function) = expr
            && let Some(instant) = only_argument(function, "shop_day")
        {
            let local = Expr::AtTimeZone {
                timestamp: Box::new(in_parentheses(instant.clone())),
                time_zone: Box::new(Expr::value(Value::SingleQuotedString(self.zone.replace('\'', "''")))),
            };
            *expr = Expr::Cast {
                kind: CastKind::DoubleColon,
                expr: Box::new(Expr::Nested(Box::new(local))),
                data_type: DataType::Date,
                array: false,
                format: None,
            };
        }
        ControlFlow::Continue(())
    }
}

fn only_argument<'f>(function: &'f Function, name: &str) -> Option<&'f Expr> {
    let [part] = function.name.0.as_slice() else { return None };
    let named = part.as_ident().is_some_and(|ident| ident.value.eq_ignore_ascii_case(name));
    match &function.args {
        FunctionArguments::List(list) if named => match list.args.as_slice() {
            [FunctionArg::Unnamed(FunctionArgExpr::Expr(expr))] => Some(expr),
            _ => None,
        },
        _ => None,
    }
}

fn in_parentheses(expr: Expr) -> Expr {
    match expr {
        Expr::Identifier(_) | Expr::CompoundIdentifier(_) | Expr::Function(_) | Expr::Nested(_) | Expr::Cast { .. } => {
            expr
        }
        other => Expr::Nested(Box::new(other)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql::parse_query;

    #[test]
    fn shop_day_is_the_local_day() {
        let sql = "select shop_day(o.ordered_at) as day, max(shop_day(a + b)) as last from orders o";
        let statement = parse_query("f", sql).unwrap().statement;
        assert_eq!(
            Dialect::Postgres.render(&statement, "Europe/London"),
            "SELECT (o.ordered_at AT TIME ZONE 'Europe/London')::DATE AS day, \
             max(((a + b) AT TIME ZONE 'Europe/London')::DATE) AS last FROM orders o"
        );
        assert_eq!(
            Dialect::DataFusion.render(&statement, "Europe/London"),
            "SELECT shop_day(o.ordered_at) AS day, max(shop_day(a + b)) AS last FROM orders o"
        );
    }
}
