//! Which columns of the published tables are personal.
//!
//! A table and the models may be of different times: a model fails, and its table stays as another text made it; or another
//! process publishes a table whose model was not read yet. So a column is shown to viewers only where the models of now make
//! it, and neither they nor those that the table may be of say that it is personal.

use models::{Graph, Model};

use crate::shop::Known;

/// Columns of wharf's own tables that show rows of the shop's.
const SHOWS_ROWS: [(&str, &[&str]); 3] =
    [("rejects", &["raw", "reason"]), ("checks", &["samples"]), ("steps", &["failure"])];

/// Whether the column is hidden from viewers.
pub fn is_personal(known: &Known, table: &str, column: &str) -> bool {
    if retail::staging::OWN.contains(&table) {
        return SHOWS_ROWS.iter().any(|(ours, columns)| *ours == table && columns.contains(&column));
    }
    says(known, table, column) != Some(false)
        || known.earlier().any(|earlier| says(earlier, table, column) == Some(true))
}

/// A model's word on a column of its table.
pub fn described<'a>(graph: &'a Graph, table: &str, column: &str) -> Option<&'a models::Column> {
    graph.model(table)?.header.columns.iter().find(|known| known.name == column)
}

/// As its table says; a column that no one described is what that name is in the tables that it is made from. `None` where
/// nothing makes such a column.
fn says(graph: &Graph, table: &str, column: &str) -> Option<bool> {
    let model = described(graph, table, column).map(|known| known.pii);
    let staging = staging(table, column);
    if model.or(staging).is_some() {
        return Some(model == Some(true) || staging == Some(true));
    }
    makes(graph, graph.model(table)?, column)
        .then(|| graph.parents(table).iter().any(|parent| says(graph, parent, column) == Some(true)))
}

fn staging(table: &str, column: &str) -> Option<bool> {
    retail::staging::table(table).and_then(|table| table.column(column)).map(|known| known.pii)
}

/// Whether the column comes out of the model. Where a star hides that from its text, one that the text names does, and one that
/// is in what it reads.
fn makes(graph: &Graph, model: &Model, column: &str) -> bool {
    if model.header.analysis.is_some() {
        let analysis = flow::analysis::of(model).ok().flatten();
        return analysis.is_some_and(|(analysis, _)| analysis.schema().column_with_name(column).is_some());
    }
    let has = |table: &String| {
        let known = described(graph, table, column).is_some() || staging(table, column).is_some();
        known || graph.model(table).is_some_and(|parent| makes(graph, parent, column))
    };
    match &model.columns {
        Some(columns) => columns.iter().any(|made| made == column),
        None => names(&model.statement.to_string(), column) || graph.parents(&model.name).iter().any(has),
    }
}

/// The statement without its comments, which make nothing.
fn names(statement: &str, column: &str) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    match column.chars().all(is_part) {
        true => statement.split(|c| !is_part(c)).any(|word| word.eq_ignore_ascii_case(column)),
        false => statement.contains(column),
    }
}

#[cfg(test)]
mod tests {
    use models::Layer;

    use super::*;
    use crate::shop::Models;

    fn graph(models: &[(&str, &str, &str)]) -> Graph {
        let model = |(name, columns, sql): &(&str, &str, &str)| {
            let layer = if retail::staging::table(name).is_some() { Layer::Staging } else { Layer::Marts };
            let text = format!("/* wharf\ndescription: d\nkind: full\n{columns}*/\n{sql}\n");
            Model::parse(name, &format!("{name}.sql"), layer, &text).unwrap()
        };
        Graph::build(models.iter().map(model).collect(), &["landed"]).unwrap()
    }

    const CUSTOMERS: (&str, &str, &str) = ("customers", "", "select customer_id, name, country from landed");

    #[test]
    fn a_column_is_shown_where_the_models_of_now_make_it_and_it_is_not_personal() {
        let known = Models::new(graph(&[
            CUSTOMERS,
            ("people", "columns: {who: {pii: true}}\n", "select name as who, name, country, 1 as n from customers"),
            ("all_of_them", "", "select *, 2 as twice from people"),
        ]))
        .graph();
        let hidden = |table: &str, column: &str| is_personal(&known, table, column);
        for (table, column) in [("people", "who"), ("people", "name"), ("all_of_them", "who"), ("customers", "email")] {
            assert!(hidden(table, column), "{table}.{column}");
        }
        for (table, column) in [("people", "country"), ("people", "n"), ("all_of_them", "n"), ("all_of_them", "twice")]
        {
            assert!(!hidden(table, column), "{table}.{column}");
        }
        // Of another model, and of one that is gone.
        assert!(hidden("people", "person") && hidden("all_of_them", "person") && hidden("gone", "n"));
        assert!(hidden("rejects", "raw") && !hidden("rejects", "rule") && !hidden("loads", "rows"));
    }

    #[test]
    fn what_was_personal_stays_so_until_all_is_made_anew() {
        let of = |columns, sql| graph(&[CUSTOMERS, ("places", columns, sql)]);
        let models = Models::new(of("columns: {place: {pii: true}}\n", "select name as place from customers"));
        models.replace(&of("", "select country as place from customers"));
        assert!(is_personal(&models.graph(), "places", "place"));
        models.settle();
        assert!(!is_personal(&models.graph(), "places", "place"));
    }
}
