//! A first preset from a look at files: source.toml and the staging SQL. What was guessed is marked "guessed", what files
//! cannot tell is marked "TODO"; nothing is asked, and nothing is guessed in silence.

mod currency;
mod doubts;
mod given;
mod landed;
mod naming;
mod roles;
mod staging;
mod told;
mod unused;
mod written;

use std::path::PathBuf;

use connect::files::{Look, look_together, natural};
use port::Error;

use crate::failure::Result;
use crate::project::PRESET_FOLDER;

pub use given::{Given, free};

/// Files of one table that were looked at.
pub struct Seen {
    /// Name of the landed table.
    pub table: String,
    /// The files' own names.
    pub files: Vec<String>,
    pub paths: Vec<PathBuf>,
    pub look: Look,
    /// In the order of the days that they tell of, which is not that of their names.
    pub is_ordered: bool,
}

impl Seen {
    /// The newest file has the last word on an order, and of `jan.csv` and `feb.csv` that is the one with the later days.
    fn order(&mut self, latest: &[Vec<Option<(i32, i64)>>]) {
        let time = roles::find(self, roles::TIME).map(|column| column.header.clone());
        let at = self.look.columns.iter().position(|column| Some(&column.header) == time.as_ref());
        let last = |file: usize| latest.get(file).and_then(|columns| *columns.get(at?)?);
        let by_name = |one: &usize, other: &usize| natural(&self.files[*one], &self.files[*other]);
        let mut named: Vec<usize> = (0..self.files.len()).collect();
        named.sort_by(by_name);
        let mut order = named.clone();
        order.sort_by_key(|file| last(*file));
        let (files, paths) = (self.files.clone(), self.paths.clone());
        self.is_ordered = order != named;
        self.files = order.iter().map(|file| files[*file].clone()).collect();
        self.paths = order.iter().map(|file| paths[*file].clone()).collect();
    }

    /// The files in a few words.
    pub fn file(&self) -> String {
        match self.files.as_slice() {
            [only] => only.clone(),
            [first, second] => format!("{first} and {second}"),
            [first, others @ ..] => format!("{first} and {} more", others.len()),
            [] => String::new(),
        }
    }
}

pub struct Draft {
    /// The preset's files, path below the project and text.
    pub files: Vec<(String, String)>,
    /// What was guessed and what files do not tell, in a few lines.
    pub told: Vec<String>,
    /// Why there is nothing to show until a person mends it.
    pub missing: Option<Error>,
    /// Files that are to be read in another order than that of their names, with their places in it.
    pub ordered: Vec<(String, usize)>,
}

/// Files with their places among those of equal columns, where these are not in the order of their names.
pub fn ordered(given: &[Given]) -> Result<Vec<(String, usize)>> {
    Ok(places(&seen(given)?))
}

fn places(seen: &[Seen]) -> Vec<(String, usize)> {
    let of = |files: &Seen| files.files.clone().into_iter().zip(1..).collect::<Vec<_>>();
    seen.iter().filter(|files| files.is_ordered).flat_map(of).collect()
}

fn seen(given: &[Given]) -> Result<Vec<Seen>> {
    let paths: Vec<PathBuf> = given.iter().map(|file| file.path.clone()).collect();
    let mut seen: Vec<Seen> = Vec::new();
    for together in look_together(&paths)? {
        let of: Vec<&Given> = together.files.iter().filter_map(|at| given.get(*at)).collect();
        let files: Vec<String> = of.iter().map(|file| file.name.clone()).collect();
        let first = files.first().cloned().unwrap_or_default();
        if together.look.columns.is_empty() {
            return Err(Error::input(format!("{first} is empty"))
                .advise("export it anew, with a line of headers")
                .into());
        }
        let mut table = naming::table(&naming::common(&files).unwrap_or(first));
        if seen.iter().any(|other| other.table == table) {
            table = format!("{table}_{}", seen.len() + 1);
        }
        let paths = of.iter().map(|file| file.path.clone()).collect();
        let mut files = Seen { table, files, paths, look: together.look, is_ordered: false };
        roles::read_most_dates(&mut files);
        files.order(&together.latest);
        seen.push(files);
    }
    Ok(seen)
}

pub fn draft(shop: &str, given: &[Given]) -> Result<Draft> {
    let seen = seen(given)?;
    let parts = roles::Parts::of(&seen);
    let currency = currency::guess(&seen)?;
    let mut files =
        vec![(format!("{PRESET_FOLDER}/source.toml"), landed::source(shop, &seen, &parts, currency.as_ref()))];
    for (name, text) in staging::all(&parts) {
        files.push((format!("{PRESET_FOLDER}/staging/{name}.sql"), text));
    }
    let told = told::lines(&seen, &parts, currency.as_ref());
    Ok(Draft { files, told, missing: told::missing(&seen, &parts), ordered: places(&seen) })
}

#[cfg(test)]
mod tests {
    use retail::preset::{Preset, SqlFile};

    use super::*;

    fn given(paths: &[PathBuf]) -> Vec<Given> {
        Given::all(paths, |_| String::new()).unwrap()
    }

    /// Drafts from files and parses the result as a project would.
    fn draft_of(files: &[(&str, &str)]) -> (Preset, String) {
        let folder = tempfile::tempdir().unwrap();
        let paths: Vec<PathBuf> = files
            .iter()
            .map(|(name, text)| {
                let path = folder.path().join(name);
                std::fs::write(&path, text).unwrap();
                path
            })
            .collect();
        let drafted = draft("my shop", &given(&paths)).unwrap().files;
        let text = drafted.iter().map(|(_, text)| text.as_str()).collect::<String>();
        let sql = drafted[1..].iter().map(|(name, text)| SqlFile::new(name.as_str(), text.as_str())).collect();
        let preset = Preset::new("preset", "preset/source.toml", &drafted[0].1, sql).unwrap_or_else(|mistakes| {
            panic!("{}\n{text}", mistakes.iter().map(ToString::to_string).collect::<String>())
        });
        let models: Vec<models::Model> = preset
            .staging
            .iter()
            .map(|file| {
                models::Model::parse(&file.name, &file.file, models::Layer::Staging, &file.text).unwrap_or_else(
                    |problems| panic!("{}\n{text}", problems.iter().map(ToString::to_string).collect::<String>()),
                )
            })
            .collect();
        let landed: Vec<&str> = preset.source.tables.iter().map(|table| table.name.as_str()).collect();
        models::Graph::build(models, &landed).unwrap_or_else(|problems| panic!("{problems:?}\n{text}"));
        (preset, text)
    }

    #[test]
    fn one_file_of_lines() {
        let (preset, text) = draft_of(&[(
            "Orders 2024.csv",
            "Invoice No;SKU;Qty;Price;Order Date;Customer ID\nA1;x;2;1,50;03/04/2024;c1\nA1;y;1;2,00;03/04/2024;c1\n",
        )]);
        assert_eq!(preset.source.tables[0].name, "orders_file");
        assert_eq!(preset.source.tables[0].key, ["invoice_no"]);
        assert!(text.contains("guessed"), "{text}");
        assert!(text.contains("TODO"), "{text}");
    }

    #[test]
    fn files_that_tell_nothing_of_orders_are_all_todo() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("notes.csv");
        std::fs::write(&path, "a,b\n1,2\n").unwrap();
        let drafted = draft("notes", &given(&[path])).unwrap().files;
        for table in ["orders", "order_lines"] {
            let file = format!("{PRESET_FOLDER}/staging/{table}.sql");
            let (_, text) = drafted.iter().find(|(name, _)| *name == file).unwrap();
            let problems = models::Model::parse(table, &file, models::Layer::Staging, text).unwrap_err();
            assert!(problems[0].to_string().contains("a draft's placeholder stands here"), "{}", problems[0]);
            assert!(problems[0].line > 1);
        }
    }

    #[test]
    fn files_of_orders_lines_customers_and_products() {
        let (preset, text) = draft_of(&[
            (
                "orders.csv",
                "order_id,customer_id,order_date,status,cancelled_at,currency\n1,7,2024-05-01 10:00:00,paid,,EUR\n\
                 2,8,2024-05-02 11:00:00,canceled,2024-05-03 09:00:00,USD\n",
            ),
            ("items.csv", "order_id,product_id,quantity,unit_price\n1,p,1,2.00\n1,q,2,3\n2,p,1,2.00\n"),
            ("customers.csv", "customer_id,email,country\n7,a@b.example,DE\n8,c@d.example,FR\n"),
            ("products.csv", "product_id,product_name,category\np,Pot,kitchen\nq,Pan,kitchen\n"),
        ]);
        assert_eq!(preset.source.tables.len(), 4);
        assert!(text.contains("join orders_file as o"), "{text}");
        assert!(text.contains("o.cancelled_at is not null or coalesce(case when lower(o.status) like"), "{text}");
        let orders = preset.source.tables.iter().find(|table| table.name == "orders_file").unwrap();
        assert_eq!((orders.currency.as_deref(), orders.dated_by.as_deref()), (Some("currency"), Some("order_date")));
        let items = preset.source.tables.iter().find(|table| table.name == "items").unwrap();
        assert_eq!((items.parents.len(), items.parents[0].table.as_str()), (1, "orders_file"));
        let price = items.columns.iter().find(|column| column.name == "unit_price").unwrap();
        assert_eq!(price.kind, retail::source::ColumnType::Decimal, "whole prices are amounts too");
        // Lines take the currency of their order.
        assert!(text.contains("  o.currency as currency,  -- null is"), "{text}");
    }

    #[test]
    fn files_that_no_table_is_made_of_are_told() {
        let folder = tempfile::tempdir().unwrap();
        let orders =
            "order_id,date,customer_id,product_id,quantity,price\n1,2024-05-01,7,p,1,2.50\n2,2024-05-02,8,q,2,1.50\n";
        let told = |name: &str, text: &str| {
            let paths = [("orders.csv", orders), (name, text)].map(|(name, text)| {
                let path = folder.path().join(name);
                std::fs::write(&path, text).unwrap();
                path
            });
            let told = draft("shop", &given(&paths)).unwrap().told;
            told.into_iter().filter(|line| line.contains("is left out")).collect::<Vec<_>>().join("\n")
        };
        for (name, text, parts) in [
            (
                "old.csv",
                "order_id,date,product_id,qty\n3,2023-05-01,p,1\n",
                ["old.csv is left out: order lines are read from orders.csv", "it lacks customer_id, quantity, price"],
            ),
            ("visits.csv", "customer_id,page\n7,a\n7,b\n", ["customer_id has values in several rows", "customers.sql"]),
            (
                "stock.csv",
                "shelf,pieces\nA,3\n",
                ["none of its columns (shelf, pieces) is called", "the table stock in"],
            ),
        ] {
            let told = told(name, text);
            parts.iter().for_each(|part| assert!(told.contains(part), "{part} in\n{told}"));
        }
        assert_eq!(told("customers.csv", "customer_id,city\n7,Bonn\n8,Köln\n"), "");
    }

    #[test]
    fn what_has_no_place_in_a_row_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("till.csv");
        let told = |text: &str| {
            std::fs::write(&path, text).unwrap();
            let draft = draft("till", &given(std::slice::from_ref(&path)));
            draft.map(|draft| (draft.told.join("\n"), draft.missing.map(|missing| missing.to_string())))
        };
        let (lines, missing) = told("date,amount\n03/04/2024,2 kr\n05/04/2024,call us\n").unwrap();
        assert_eq!(missing, None);
        for part in [
            "guessed: date from date, amount from amount",
            "XXX stands for it; days are those of UTC",
            "order (each row is one), customer (all are guests), product (all are `unknown`), quantity",
            "03/04/2024 is read by %d/%m/%Y",
        ] {
            assert!(lines.contains(part), "{part} in\n{lines}");
        }
        let (_, missing) = told("date,amount\nyesterday,2\n").unwrap();
        assert!(missing.unwrap().contains("a column of dates (date has some that cannot be read, like `yesterday`)"));
        let (_, missing) = told("date,amount\n").unwrap();
        assert!(missing.unwrap().contains("till.csv has a header and no rows"));
        assert!(told("").is_err());
    }
}
