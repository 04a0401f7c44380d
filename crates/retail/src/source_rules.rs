//! What must hold in a `source.toml` beyond its syntax: names meet, limits parse, parents have keys.

use std::collections::HashMap;

use chrono::format::{Item, StrftimeItems};
use chrono::{DateTime, NaiveDate, NaiveDateTime};

use crate::day::Zone;
use crate::mistake::Mistake;
use crate::rates::is_currency;
use crate::reject_limit::RejectLimit;
use crate::source::{Column, ColumnType, Duplicates, LandedTable, Source};
use crate::source_file::Document;
use crate::staging;

pub(crate) fn check(source: &Source, document: &Document<'_>) -> Vec<Mistake> {
    let mut rules = Rules { source, document, mistakes: Vec::new() };
    rules.shop();
    for (index, table) in source.tables.iter().enumerate() {
        let path = format!("table.{index}");
        rules.table(index, table, &path);
        rules.columns(table, &path);
        rules.key(table, &path);
        rules.money(table, &path);
        rules.parents(table, &path);
        rules.rejects(table, &path);
    }
    rules.parent_cycles();
    rules.mistakes
}

struct Rules<'a> {
    source: &'a Source,
    document: &'a Document<'a>,
    mistakes: Vec<Mistake>,
}

impl Rules<'_> {
    fn tell(&mut self, path: impl AsRef<str>, message: impl Into<String>, advice: impl Into<String>) {
        self.mistakes.push(self.document.mistake(path.as_ref(), message).advise(advice));
    }

    /// As [`Rules::tell`], with the nearest of the `valid` names as advice.
    fn tell_name<'n>(
        &mut self,
        path: impl AsRef<str>,
        message: String,
        name: &str,
        valid: impl IntoIterator<Item = &'n str>,
    ) {
        self.mistakes.push(self.document.mistake(path.as_ref(), message).suggest(name, valid));
    }

    fn shop(&mut self) {
        let source = self.source;
        if source.name.trim().is_empty() {
            self.tell("name", "the source has no name", "give it one that stays: loads are known by it");
        }
        if !is_currency(&source.currency) {
            let message = format!("`{}` is not a currency code", source.currency);
            self.tell("currency", message, "write ISO 4217's three capital letters, such as GBP");
        }
        if Zone::new(&source.timezone).is_none() {
            let message = format!("`{}` is not a time zone", source.timezone);
            match crate::mistake::nearest(&source.timezone, chrono_tz::TZ_VARIANTS.iter().map(|zone| zone.name())) {
                Some(zone) => self.tell("timezone", message, format!("did you mean `{zone}`?")),
                None => self.tell("timezone", message, "write an IANA name, such as Europe/London"),
            }
        }
        if source.tables.is_empty() {
            self.tell("table", "the source has no tables", "add a [[table]] with its files and columns");
        }
    }

    fn table(&mut self, index: usize, table: &LandedTable, path: &str) {
        let name = &table.name;
        if !is_identifier(name) {
            let message = format!("`{name}` is not a table name");
            self.tell(format!("{path}.name"), message, "use lower-case letters, digits and underscores");
        } else if staging::OWN.contains(&name.as_str()) {
            let message = format!("`{name}` is the name of a table of wharf's own");
            let advice = format!("name the landed table otherwise, such as shop_{name}");
            self.tell(format!("{path}.name"), message, advice);
        } else if staging::table(name).is_some() {
            let message = format!("`{name}` is the name of a staging table");
            let advice = format!("name the landed table otherwise, such as shop_{name}");
            self.tell(format!("{path}.name"), message, advice);
        } else if self.source.tables[..index].iter().any(|other| other.name == *name) {
            let message = format!("there are two tables `{name}`");
            self.tell(format!("{path}.name"), message, "rename one, or give one table all the files");
        }
        if table.files.iter().all(|glob| glob.trim().is_empty()) {
            self.tell(
                format!("{path}.files"),
                format!("`{name}` takes no files"),
                "write a pattern, such as \"*.csv\"",
            );
        }
        if table.thousands == Some(table.decimal) {
            let message = format!("`{}` is both the decimal and the thousands mark", table.decimal);
            self.tell(format!("{path}.thousands"), message, "they must differ, or nothing tells 1,234 from 1.234");
        }
        if table.delimiter == Some(table.quote) {
            let message = format!("`{}` is both the delimiter and the quote", table.quote);
            self.tell(format!("{path}.delimiter"), message, "they must differ");
        }
        if let Some(limit) = &table.max_rejects
            && limit.parse::<RejectLimit>().is_err()
        {
            let message = format!("`{limit}` is not a limit of rejected rows");
            self.tell(format!("{path}.max_rejects"), message, "write a number of rows, \"100\", or a share, \"2%\"");
        }
    }

    fn columns(&mut self, table: &LandedTable, path: &str) {
        if table.columns.is_empty() {
            let message = format!("`{}` has no columns", table.name);
            self.tell(path, message, "add a [[table.column]] for each column that staging needs");
        }
        // Headers are compared without case, spaces and underscores, so names must differ beyond these.
        let mut headers: HashMap<String, &str> = HashMap::new();
        for (index, column) in table.columns.iter().enumerate() {
            let path = format!("{path}.column.{index}");
            if column.name.is_empty() || column.name.starts_with('_') || column.name.contains(['"', '\n']) {
                let message = format!("`{}` is not a column name", column.name);
                self.tell(format!("{path}.name"), message, "names beginning with _ are wharf's own; leave out quotes");
            }
            for (place, header) in std::iter::once(("name".to_owned(), &column.name))
                .chain(column.from.iter().enumerate().map(|(at, from)| (format!("from.{at}"), from)))
            {
                if let Some(other) = headers.insert(bare_header(header), &column.name)
                    && (other != column.name || place == "name")
                {
                    let message = format!("two columns of `{}` go by `{header}`", table.name);
                    self.tell(format!("{path}.{place}"), message, "rename one, or remove it");
                }
            }
            self.column(column, &path);
        }
    }

    fn column(&mut self, column: &Column, path: &str) {
        let is_time = matches!(column.kind, ColumnType::Date | ColumnType::Timestamp);
        if !column.formats.is_empty() && !is_time {
            let message = format!("`{}` has formats and is no date or timestamp", column.name);
            self.tell(format!("{path}.formats"), message, "add type = \"date\" or type = \"timestamp\"");
        }
        for (index, format) in column.formats.iter().enumerate() {
            if format.is_empty() || StrftimeItems::new(format).any(|item| item == Item::Error) {
                let message = format!("`{format}` is not a time format");
                self.tell(format!("{path}.formats.{index}"), message, "write strftime's marks, such as %d/%m/%Y %H:%M");
            }
        }
        for (key, bound) in [("min", &column.min), ("max", &column.max)] {
            if let Some(bound) = bound
                && !is_bound(bound, column.kind)
            {
                let message = format!("`{bound}` does not bound `{}`", column.name);
                self.tell(format!("{path}.{key}"), message, bound_advice(column.kind));
            }
        }
        if column.required && column.optional {
            let message = format!("`{}` is both required and optional", column.name);
            self.tell(path, message, "a column that a file may lack cannot be required");
        }
    }

    fn key(&mut self, table: &LandedTable, path: &str) {
        for (index, key) in table.key.iter().enumerate() {
            if !has_column(table, key) {
                let message = format!("`{}` has no column `{key}` to be its key", table.name);
                self.tell_name(format!("{path}.key.{index}"), message, key, names(table));
            }
        }
        if table.unique && table.key.is_empty() {
            let message = format!("`{}` is unique and has no key", table.name);
            self.tell(format!("{path}.unique"), message, "add key = [\"…\"], or remove unique");
        }
        if table.duplicates == Duplicates::Merge && !table.unique {
            let message = format!("`{}` merges duplicates and is not unique", table.name);
            self.tell(format!("{path}.duplicates"), message, "add unique = true and a key");
        }
    }

    fn money(&mut self, table: &LandedTable, path: &str) {
        let is_time = |kind| matches!(kind, ColumnType::Date | ColumnType::Timestamp);
        type Role<'a> = (&'a str, &'a Option<String>, &'a str, fn(ColumnType) -> bool);
        let roles: [Role<'_>; 2] = [
            ("currency", &table.currency, "is not a text", |kind| kind == ColumnType::Text),
            ("dated_by", &table.dated_by, "is no date or timestamp", is_time),
        ];
        for (key, named, wrong, fits) in roles {
            let Some(name) = named else { continue };
            let path = format!("{path}.{key}");
            match table.columns.iter().find(|column| column.name == *name) {
                None => {
                    let message = format!("`{}` has no column `{name}`", table.name);
                    self.tell_name(path, message, name, names(table));
                }
                Some(column) if !fits(column.kind) => {
                    let advice = format!("give the column the right type, or name another as {key}");
                    self.tell(path, format!("`{name}` {wrong}"), advice);
                }
                Some(_) => {}
            }
        }
        if table.currency.is_some() && table.dated_by.is_none() {
            let message = format!("`{}` names the column of a currency and none of a day", table.name);
            let advice = "add dated_by = \"…\", the column whose day the exchange rate is of; where the table has no \
                          such column, name the currency in the table that has it";
            self.tell(format!("{path}.currency"), message, advice);
        }
    }

    fn parents(&mut self, table: &LandedTable, path: &str) {
        for (index, parent) in table.parents.iter().enumerate() {
            let path = format!("{path}.parent.{index}");
            for (at, column) in parent.columns.iter().enumerate() {
                if !has_column(table, column) {
                    let message = format!("`{}` has no column `{column}` to name its parent with", table.name);
                    self.tell_name(format!("{path}.columns.{at}"), message, column, names(table));
                }
            }
            let Some(known) = self.source.tables.iter().find(|other| other.name == parent.table) else {
                let message = format!("there is no table `{}` to be a parent", parent.table);
                let valid: Vec<&str> = self.source.tables.iter().map(|other| other.name.as_str()).collect();
                self.tell_name(format!("{path}.table"), message, &parent.table, valid);
                continue;
            };
            if known.key.is_empty() {
                let message = format!("`{}` has no key and cannot be a parent", known.name);
                self.tell(format!("{path}.table"), message, "give it key = [\"…\"]");
            } else if known.key.len() != parent.columns.len() {
                let message = format!("`{}` has a key of {} columns", known.name, known.key.len());
                self.tell(format!("{path}.columns"), message, format!("name as many: {}", known.key.join(", ")));
            } else if let (Some(ours), Some(theirs)) = (kinds(table, &parent.columns), kinds(known, &known.key))
                && ours != theirs
            {
                let message = format!("the columns are not of the types of the key of `{}`", known.name);
                self.tell(format!("{path}.columns"), message, "give both the same types");
            }
        }
    }

    fn parent_cycles(&mut self) {
        for (index, table) in self.source.tables.iter().enumerate() {
            if self.reaches(&table.name, &table.name, &mut Vec::new()) {
                let message = format!("`{}` is its own parent, by way of its parents", table.name);
                self.tell(format!("table.{index}.parent"), message, "no row of it could ever be the first to arrive");
            }
        }
    }

    fn reaches(&self, from: &str, goal: &str, seen: &mut Vec<String>) -> bool {
        let Some(table) = self.source.tables.iter().find(|table| table.name == from) else { return false };
        table.parents.iter().any(|parent| {
            if parent.table == goal {
                return true;
            }
            if seen.contains(&parent.table) {
                return false;
            }
            seen.push(parent.table.clone());
            self.reaches(&parent.table, goal, seen)
        })
    }

    fn rejects(&mut self, table: &LandedTable, path: &str) {
        for (index, reject) in table.rejects.iter().enumerate() {
            let path = format!("{path}.reject.{index}");
            if !is_identifier(&reject.rule) {
                let message = format!("`{}` is not a rule name", reject.rule);
                self.tell(format!("{path}.rule"), message, "use lower-case letters, digits and underscores");
            } else if table.rejects[..index].iter().any(|other| other.rule == reject.rule) {
                let message = format!("`{}` has two rules `{}`", table.name, reject.rule);
                self.tell(format!("{path}.rule"), message, "rename one: rejects are grouped by rule");
            }
            if reject.when.trim().is_empty() {
                let message = format!("rule `{}` has no condition", reject.rule);
                self.tell(format!("{path}.when"), message, "write an SQL expression over the table's columns");
            }
        }
    }
}

/// A header as names are compared: without case, spaces and underscores.
pub(crate) fn bare_header(header: &str) -> String {
    header.chars().filter(|mark| !mark.is_whitespace() && *mark != '_').flat_map(char::to_lowercase).collect()
}

fn has_column(table: &LandedTable, name: &str) -> bool {
    table.columns.iter().any(|column| column.name == name)
}

fn names(table: &LandedTable) -> Vec<&str> {
    table.columns.iter().map(|column| column.name.as_str()).collect()
}

/// `None` where a column is unknown: that is told by itself.
fn kinds(table: &LandedTable, columns: &[String]) -> Option<Vec<ColumnType>> {
    columns.iter().map(|name| table.columns.iter().find(|column| column.name == *name).map(|it| it.kind)).collect()
}

fn is_identifier(name: &str) -> bool {
    let mut bytes = name.bytes();
    bytes.next().is_some_and(|first| first.is_ascii_lowercase())
        && bytes.all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
}

fn is_bound(text: &str, kind: ColumnType) -> bool {
    match kind {
        ColumnType::Text => true,
        ColumnType::Integer => text.parse::<i64>().is_ok(),
        ColumnType::Decimal => is_decimal(text),
        ColumnType::Boolean => false,
        ColumnType::Date | ColumnType::Timestamp => is_now(text) || is_time(text),
    }
}

fn bound_advice(kind: ColumnType) -> &'static str {
    match kind {
        ColumnType::Boolean => "a boolean has no bounds; use values",
        ColumnType::Date | ColumnType::Timestamp => "write an ISO date or time, now, or now+1d",
        _ => "write a number, in quotes",
    }
}

fn is_decimal(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, decimals) = digits.split_once('.').unwrap_or((digits, "0"));
    let all_digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    all_digits(whole) && all_digits(decimals) && whole.len() <= 14 && decimals.len() <= 4
}

/// `now`, `now+1d`, `now-30d`.
fn is_now(text: &str) -> bool {
    text.strip_prefix("now").is_some_and(|shift| {
        let days = shift.strip_prefix(['+', '-']).and_then(|shift| shift.strip_suffix('d'));
        shift.is_empty() || days.is_some_and(|days| days.bytes().all(|byte| byte.is_ascii_digit()) && !days.is_empty())
    })
}

fn is_time(text: &str) -> bool {
    text.parse::<NaiveDate>().is_ok()
        || text.parse::<NaiveDateTime>().is_ok()
        || NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S").is_ok()
        || DateTime::parse_from_rfc3339(text).is_ok()
}

#[cfg(test)]
mod tests {
    use crate::source_file::parse_source;

    const SHOP: &str = r#"name = "shop"
currency = "EUR"
timezone = "Europe/Berlin"

[[table]]
name = "shop_orders"
files = ["*orders*"]
key = ["order_id"]
[[table.column]]
name = "order_id"
[[table.column]]
name = "ordered_at"
type = "timestamp"
formats = ["%d/%m/%Y"]
min = "2000-01-01"
max = "now+1d"

[[table]]
name = "items"
files = ["*items*"]
max_rejects = "2%"
currency = "money"
dated_by = "sold"
[[table.parent]]
table = "shop_orders"
columns = ["order_id"]
[[table.column]]
name = "order_id"
[[table.column]]
name = "price"
type = "decimal"
min = "0"
[[table.column]]
name = "money"
[[table.column]]
name = "sold"
type = "date"
[[table.reject]]
rule = "free"
when = "price = 0"
"#;

    /// Replaces `was` by `is` in SHOP and gives line, message and advice of the only mistake there is then.
    fn mistake(was: &str, is: &str) -> (usize, String, String) {
        assert!(SHOP.contains(was), "{was}");
        let mut mistakes = parse_source("source.toml", &SHOP.replacen(was, is, 1)).unwrap_err();
        assert_eq!(mistakes.len(), 1, "{mistakes:?}");
        let mistake = mistakes.remove(0);
        (mistake.line, mistake.message, mistake.advice.unwrap_or_default())
    }

    #[test]
    fn a_source_without_mistakes() {
        parse_source("source.toml", SHOP).unwrap();
    }

    #[test]
    fn each_mistake_is_told_where_it_is() {
        for (was, is, line, message) in [
            ("\"EUR\"", "\"euro\"", 2, "`euro` is not a currency code"),
            ("Europe/Berlin", "Europe/Berln", 3, "`Europe/Berln` is not a time zone"),
            ("name = \"items\"", "name = \"shop_orders\"", 19, "there are two tables `shop_orders`"),
            ("name = \"items\"", "name = \"products\"", 19, "`products` is the name of a staging table"),
            ("[\"*items*\"]", "[\"\"]", 20, "`items` takes no files"),
            ("\"2%\"", "\"two\"", 21, "`two` is not a limit of rejected rows"),
            ("\"money\"", "\"mony\"", 22, "`items` has no column `mony`"),
            ("\"money\"", "\"price\"", 22, "`price` is not a text"),
            ("dated_by = \"sold\"\n", "", 22, "`items` names the column of a currency and none of a day"),
            ("\"sold\"", "\"price\"", 23, "`price` is no date or timestamp"),
            ("key = [\"order_id\"]", "key = [\"orderid\"]", 8, "`shop_orders` has no column `orderid` to be its key"),
            ("key = [\"order_id\"]\n", "", 24, "`shop_orders` has no key and cannot be a parent"),
            ("table = \"shop_orders\"", "table = \"orders\"", 25, "there is no table `orders` to be a parent"),
            ("name = \"ordered_at\"", "name = \"OrderID\"", 12, "two columns of `shop_orders` go by `OrderID`"),
            ("type = \"timestamp\"", "type = \"text\"", 14, "`ordered_at` has formats and is no date or timestamp"),
            ("%d/%m/%Y", "%d/%J/%Y", 14, "`%d/%J/%Y` is not a time format"),
            ("now+1d", "tomorrow", 16, "`tomorrow` does not bound `ordered_at`"),
            ("min = \"0\"", "min = \"0.00001\"", 32, "`0.00001` does not bound `price`"),
            ("rule = \"free\"", "rule = \"Free rows\"", 39, "`Free rows` is not a rule name"),
            ("when = \"price = 0\"", "when = \" \"", 40, "rule `free` has no condition"),
        ] {
            let (at, told, advice) = mistake(was, is);
            assert_eq!(told, message);
            assert_eq!(at, line, "{message}");
            assert!(!advice.is_empty(), "{message}");
        }
    }

    #[test]
    fn parents_in_a_circle() {
        let circle = "key = [\"order_id\"]\n[[table.parent]]\ntable = \"items\"\ncolumns = [\"order_id\"]";
        let text = SHOP.replacen("key = [\"order_id\"]", circle, 1).replacen(
            "max_rejects = \"2%\"",
            "key = [\"order_id\"]",
            1,
        );
        let mistakes = parse_source("source.toml", &text).unwrap_err();
        assert_eq!(mistakes.len(), 2, "{mistakes:?}");
        assert!(mistakes[0].message.contains("its own parent"));
    }
}
