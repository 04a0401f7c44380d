//! The draft of source.toml.

use std::fmt::Write as _;

use connect::files::{Certainty, ColumnLook};
use retail::source::{ColumnType, Format};

use super::roles::*;
use super::written::Written;
use super::{Seen, currency, naming};
use crate::commands::init::toml_text;

pub fn source(shop: &str, seen: &[Seen], parts: &Parts<'_>, currency: Option<&currency::Guess>) -> String {
    let (mark, code) = match currency {
        Some(guess) => (format!("guessed: {}", one_line(&guess.why)), guess.code.as_str()),
        None => ("TODO: the currency of the files' amounts, an ISO 4217 code like EUR".to_owned(), currency::UNKNOWN),
    };
    let mut text = format!(
        "# A first draft, made by `wharf init --from` from a look at files. Lines marked \"guessed\" were read off the files:
# check them. Lines marked TODO are what files cannot tell. docs/presets.md says what every key does.
name = {}
# {mark}
currency = \"{code}\"
# TODO: the shop's time zone, an IANA name like Europe/Berlin: its days are the days of the tables
timezone = \"UTC\"
",
        toml_text(shop)
    );
    for (at, one) in seen.iter().enumerate() {
        // The first table whose pattern matches takes a file.
        let others = seen[at + 1..].iter().flat_map(|other| &other.files);
        table(&mut text, one, &naming::globs(&one.files, others), parts);
    }
    text
}

fn table(text: &mut String, seen: &Seen, globs: &[String], parts: &Parts<'_>) {
    let look = &seen.look;
    let rows = if look.whole { format!("all {} rows", look.rows) } else { format!("the first {} rows", look.rows) };
    let _ = writeln!(text, "\n# Guessed from {rows} of {}.", one_line(&seen.file()));
    if look.unreadable > 0 {
        let _ = writeln!(
            text,
            "# TODO: {} of these rows could not be read; `wharf rejects` will show them",
            look.unreadable
        );
    }
    for note in &look.notes {
        let _ = writeln!(text, "# Note: {}", one_line(note));
    }
    let _ = writeln!(text, "[[table]]\nname = {}", toml_text(&seen.table));
    let is_pattern = globs.iter().any(|glob| glob.contains('*'));
    let globs: Vec<String> = globs.iter().map(|glob| toml_text(glob)).collect();
    let mark = match (seen.files.len(), is_pattern) {
        (_, false) => "another table's files have names like these",
        (1, true) => "the file's name, whatever number or date it ends in",
        (_, true) => "files with these columns are one table; of an order in several the newest has the last word",
    };
    let _ = writeln!(text, "files = [{}]  # guessed: {mark}", globs.join(", "));
    if let Some(delimiter) = look.delimiter.filter(|delimiter| *delimiter != ',') {
        let _ = writeln!(text, "delimiter = {}  # guessed", toml_text(&delimiter.to_string()));
    }
    if let Some(encoding) = &look.encoding {
        let _ = writeln!(text, "encoding = {}  # guessed: {}", toml_text(&encoding.value), one_line(&encoding.why));
    }
    if look.format == Format::Xlsx
        && let Some(sheet) = &look.sheet
    {
        let others: Vec<&str> = look.sheets.iter().filter(|other| *other != sheet).map(String::as_str).collect();
        let mark = match others.as_slice() {
            [] => "the first".to_owned(),
            others => one_line(&format!("the first with a table; others are {}", others.join(", "))),
        };
        let _ = writeln!(text, "sheet = {}  # guessed: {mark}", toml_text(sheet));
    }
    if look.skip_lines > 0 {
        let title = one_line(look.title.as_deref().unwrap_or_default());
        let _ = writeln!(text, "skip_lines = {}  # guessed: above the header stands `{title}`", look.skip_lines);
    }
    if look.decimal.value != '.' || look.decimal.certainty == Certainty::Ambiguous {
        let mark = if look.decimal.certainty == Certainty::Ambiguous { "TODO" } else { "guessed" };
        let _ = writeln!(
            text,
            "decimal = {}  # {mark}: {}",
            toml_text(&look.decimal.value.to_string()),
            one_line(&look.decimal.why)
        );
    }
    if let Some(thousands) = look.thousands {
        let _ = writeln!(text, "thousands = {}  # guessed", toml_text(&thousands.to_string()));
    }
    if !look.nulls.is_empty() {
        let words: Vec<String> = look.nulls.iter().map(|word| toml_text(word)).collect();
        let _ = writeln!(text, "null = [{}]  # guessed: words that seem to mean nothing", words.join(", "));
    }
    key(text, seen, parts);
    row_currency(text, seen);
    parent(text, seen, parts);
    for column in &look.columns {
        self::column(text, seen, parts, column);
    }
    for column in &look.columns {
        unreadable(text, seen, column);
    }
    too_large(text, seen, parts);
}

fn key(text: &mut String, seen: &Seen, parts: &Parts<'_>) {
    if parts.is_lines(seen) {
        let Some(order) = find(seen, ORDER) else {
            let _ = writeln!(text, "# Each row is an order by itself; a file replaces the file of the same name.");
            return;
        };
        let _ = writeln!(text, "# guessed: a newer file that has an order has all of its lines, and replaces them");
        let _ = writeln!(text, "key = [{}]", toml_text(&order.name));
        return;
    }
    let keys = keys(seen, parts);
    match keys.as_slice() {
        [key] => {
            let _ = writeln!(text, "# guessed: no two rows share a value; a newer row takes the place of an older one");
            let _ = writeln!(text, "key = [{}]\nunique = true", toml_text(&key.name));
        }
        _ => {
            let names: Vec<String> = keys.iter().map(|key| toml_text(&key.name)).collect();
            let choice = if names.is_empty() { "\"…\"".to_owned() } else { names.join(" or ") };
            let _ = writeln!(text, "# TODO: key = [{choice}]: the columns by which newer rows replace older ones.");
            let _ = writeln!(text, "# Without a key a file replaces the file of the same name.");
        }
    }
}

/// Columns that no two rows share a value of; of orders the one that is called so.
fn keys<'a>(seen: &'a Seen, parts: &Parts<'_>) -> Vec<&'a ColumnLook> {
    let is_orders = parts.orders.is_some_and(|orders| orders.table == seen.table);
    match find(seen, ORDER).filter(|order| is_orders && order.looks_like_key) {
        Some(order) => vec![order],
        None => seen.look.columns.iter().filter(|column| column.looks_like_key).collect(),
    }
}

/// Lines in a file of their own wait for their order: the query that joins both would drop them in silence.
fn parent(text: &mut String, seen: &Seen, parts: &Parts<'_>) {
    let Some(orders) = parts.orders.filter(|_| parts.is_lines(seen) && !parts.is_flat()) else { return };
    let keys = keys(orders, parts);
    let (Some(order), [key]) = (find(seen, ORDER), keys.as_slice()) else { return };
    if find(orders, ORDER).is_some_and(|named| named.header == key.header) {
        let (orders, order) = (toml_text(&orders.table), toml_text(&order.name));
        let _ =
            writeln!(text, "\n# guessed: a line whose order is not there yet is pending, and tried again in each run");
        let _ = writeln!(text, "[[table.parent]]\ntable = {orders}\ncolumns = [{order}]");
    }
}

/// A table whose rows say which currency they are in.
fn row_currency(text: &mut String, seen: &Seen) {
    let (Some(currency), Some(time)) = (currency::column(seen), find(seen, TIME)) else { return };
    let _ = writeln!(text, "currency = {}  # guessed: a row's currency", toml_text(&currency.name));
    let _ = writeln!(text, "dated_by = {}  # guessed: the day of its exchange rate", toml_text(&time.name));
}

fn column(text: &mut String, seen: &Seen, parts: &Parts<'_>, column: &ColumnLook) {
    let samples: Vec<String> = column.samples.iter().take(3).map(|sample| one_line(sample)).collect();
    let _ = writeln!(text, "\n[[table.column]]  # like {}", one_line(&samples.join(" | ")));
    let _ = writeln!(text, "name = {}", toml_text(&column.name));
    if squeezed(&column.header) != squeezed(&column.name) {
        let _ = writeln!(text, "from = [{}]", toml_text(&column.header));
    }
    let is = |role: Role| find(seen, role).is_some_and(|found| found.header == column.header);
    // A day stands for its midnight in the shop's zone, as an order's time has to be an instant.
    let is_day_of_order = column.kind.value == ColumnType::Date && is(TIME);
    // Prices that happen to be whole have pence in the next file.
    let is_money = column.kind.value == ColumnType::Integer && MONEY.iter().any(|role| is(*role));
    // So have numbers of orders letters.
    let is_name = column.kind.value != ColumnType::Text && IDENTIFIERS.iter().any(|role| is(*role));
    let kind = match column.kind.value {
        _ if is_name => ColumnType::Text,
        _ if is_day_of_order => ColumnType::Timestamp,
        _ if is_money => ColumnType::Decimal,
        kind => kind,
    };
    if kind != ColumnType::Text || (column.kind.certainty == Certainty::Ambiguous && !is_name) {
        let mark = if column.kind.certainty == Certainty::Ambiguous { "TODO" } else { "guessed" };
        let why = if is_money { "an amount" } else { column.kind.why.as_str() };
        let why = if why.is_empty() { String::new() } else { format!(": {}", one_line(why)) };
        let _ = writeln!(text, "type = {}  # {mark}{why}", toml_text(type_name(kind)));
    }
    if is_day_of_order && column.formats.is_empty() {
        let _ = writeln!(text, "formats = [\"%Y-%m-%d\"]  # guessed");
    }
    if !is_name {
        formats(text, column);
    }
    let is_needed = match parts.is_lines(seen) {
        true => {
            let is_amount = amount(seen).is_some_and(|amount| amount.header == column.header);
            is(ORDER) || (is(TIME) && !is_told_once(seen)) || is(QUANTITY) || is(PRICE) || is_amount
        }
        false => is(ORDER) || (is(TIME) && parts.orders.is_some_and(|orders| orders.table == seen.table)),
    };
    if is_needed {
        let _ = writeln!(text, "required = true  # guessed");
    }
    if is(CUSTOMER) || is(EMAIL) || (is(NAME) && find(seen, CUSTOMER).is_some()) {
        let _ = writeln!(text, "pii = true  # guessed: it tells of a person");
    }
}

/// Staging SQL takes a number out of such a text, and would fail on one that has none.
fn unreadable(text: &mut String, seen: &Seen, column: &ColumnLook) {
    let is_number = NUMBERS.iter().any(|role| find(seen, *role).is_some_and(|found| found.header == column.header));
    let Some(written) = Written::of(column, &seen.look).filter(|_| is_number) else { return };
    let when = toml_text(&written.unreadable(&models::quote_name(&column.name)));
    let reason = toml_text(&format!("{} is not a number of at most four decimals", column.header));
    let rule: String = column.name.chars().filter(|mark| mark.is_ascii_alphanumeric() || *mark == '_').collect();
    let _ = writeln!(
        text,
        "\n[[table.reject]]  # guessed\nrule = \"not_a_number_{rule}\"\nwhen = {when}\nreason = {reason}"
    );
}

/// A bar code in a quantity's cell would make an amount that no table holds, and end the run without a place to look at. Of
/// numbers that SQL takes out of texts there are no more digits than tables hold, by the rule above.
fn too_large(text: &mut String, seen: &Seen, parts: &Parts<'_>) {
    if !parts.is_lines(seen) {
        return;
    }
    let typed = |column: &ColumnLook| (column.kind.value != ColumnType::Text).then(|| models::quote_name(&column.name));
    let number = find(seen, QUANTITY).and_then(typed);
    let when = match (amount(seen).and_then(typed), find(seen, PRICE).and_then(typed)) {
        (Some(amount), _) => format!("abs({amount}) >= {TOO_LARGE}"),
        (None, Some(price)) => match number {
            Some(number) => format!("abs({number} * {price}) >= {TOO_LARGE}"),
            None => format!("abs({price}) >= {TOO_LARGE}"),
        },
        (None, None) => return,
    };
    let reason = "ten billion on one line is a slip, such as a bar code in place of a number";
    let _ = writeln!(
        text,
        "\n[[table.reject]]\nrule = \"amount_too_large\"\nwhen = {}\nreason = \"{reason}\"",
        toml_text(&when)
    );
}

/// As in the presets that come with wharf.
const TOO_LARGE: &str = "10000000000";

fn formats(text: &mut String, column: &ColumnLook) {
    if column.formats.is_empty() {
        return;
    }
    let quoted = |formats: &[String]| formats.iter().map(|format| toml_text(format)).collect::<Vec<_>>().join(", ");
    let mark = if column.alternatives.is_empty() {
        "guessed".to_owned()
    } else {
        format!("TODO: the values fit {} as well; keep the right one", quoted(&column.alternatives))
    };
    let _ = writeln!(text, "formats = [{}]  # {mark}", quoted(&column.formats));
}

fn type_name(kind: ColumnType) -> &'static str {
    match kind {
        ColumnType::Text => "text",
        ColumnType::Integer => "integer",
        ColumnType::Decimal => "decimal",
        ColumnType::Boolean => "boolean",
        ColumnType::Date => "date",
        ColumnType::Timestamp => "timestamp",
    }
}

/// As source.toml compares headers.
fn squeezed(header: &str) -> String {
    header.chars().filter(|mark| !mark.is_whitespace() && *mark != '_').flat_map(char::to_lowercase).collect()
}

/// Text for a comment.
fn one_line(text: &str) -> String {
    let plain: String = text.chars().map(|mark| if mark.is_control() { ' ' } else { mark }).collect();
    plain.chars().take(120).collect::<String>().trim_end().to_owned()
}
