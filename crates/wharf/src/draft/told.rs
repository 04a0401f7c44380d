//! What a person is told of a draft: what was taken for what, what files do not tell, and what must be there.

use connect::files::ColumnLook;
use port::Error;

use super::roles::*;
use super::staging::has_fractions;
use super::written::is_number;
use super::{Seen, currency, doubts, unused};

const SHOWN: [(&str, Role); 9] = [
    ("order", ORDER),
    ("date", TIME),
    ("customer", CUSTOMER),
    ("product", PRODUCT),
    ("quantity", QUANTITY),
    ("unit price", PRICE),
    ("amount", AMOUNT),
    ("discount", DISCOUNT),
    ("status", STATUS),
];

/// A few short lines.
pub fn lines(seen: &[Seen], parts: &Parts<'_>, currency: Option<&currency::Guess>) -> Vec<String> {
    let mut told = Vec::new();
    let (Some(lines), Some(orders)) = (parts.lines, parts.orders) else { return told };
    // Each from the file that the staging SQL takes it from.
    let here = |role: Role| match role {
        AMOUNT => amount(lines),
        PRICE if amount(lines).is_some() => None,
        DISCOUNT => discount(lines),
        TIME | CUSTOMER | STATUS => find(orders, role),
        _ => find(lines, role),
    };
    let column = |(what, role): &(&str, Role)| here(*role).map(|column| format!("{what} from {}", column.header));
    let guessed: Vec<String> = SHOWN.iter().filter_map(column).collect();
    told.push(format!("guessed: {}", guessed.join(", ")));
    told.push(match currency {
        Some(guess) => format!("amounts are in {}: {}; days are those of UTC", guess.code, guess.why),
        None => format!("no file tells a currency: {} stands for it; days are those of UTC", currency::UNKNOWN),
    });
    let has_product = here(PRODUCT).or(find(lines, TITLE)).is_some();
    let has_amount = here(PRICE).or(amount(lines)).is_some();
    let lacks = [
        (here(ORDER).is_some(), ORDER, "order (each row is one)"),
        (here(CUSTOMER).is_some(), CUSTOMER, "customer (all are guests)"),
        (has_product, PRODUCT, "product (all are `unknown`)"),
        (here(QUANTITY).is_some(), QUANTITY, "quantity (each row is one piece)"),
        (has_amount, PRICE, if unread_amount(lines).is_some() { "price" } else { "price (all amounts are 0)" }),
    ];
    let lacking = || lacks.iter().filter(|(is_there, ..)| !is_there);
    if lacking().count() > 0 {
        let names: Vec<&str> = lacking().map(|(.., lack)| *lack).collect();
        told.push(format!("no column was found of: {}", names.join(", ")));
    }
    told.extend(lacking().filter_map(|(_, role, _)| Some(unread(named(lines, *role)?, *role))));
    if let Some(left_out) = named(lines, DISCOUNT).filter(|_| here(DISCOUNT).is_none()) {
        told.push(format!("{} is left out: it is no amount, or in the amounts already", left_out.header));
    }
    if has_fractions(lines) {
        told.push("quantities have fractions: each row is one piece, at what all of it costs".to_owned());
    }
    for file in seen.iter().filter(|file| file.files.len() > 1) {
        let last = file.files.last().map_or("", String::as_str);
        let orders = match find(file, ORDER) {
            Some(_) if file.is_ordered => {
                format!("; an order in several is as {last} has it, whose days are the latest")
            }
            Some(_) => format!("; an order in several is as {last} has it, the last by name"),
            None => String::new(),
        };
        told.push(format!("{} have the same columns and are one table{orders}", file.file()));
    }
    told.extend(seen.iter().filter_map(title));
    told.extend(seen.iter().filter_map(sheets));
    told.extend(doubts::lines(seen, parts));
    told.extend(unused::lines(seen, parts));
    told
}

/// Why the files give no order lines, and what would.
pub fn missing(seen: &[Seen], parts: &Parts<'_>) -> Option<Error> {
    let names: Vec<String> = seen.iter().map(Seen::file).collect();
    let advice = "the first line must name the columns; a date and an amount are needed, as in \
                  order_id,date,customer,product,quantity,price";
    if let Some(file) = seen.iter().find(|file| file.look.rows == 0) {
        let what = match &file.look.unread {
            Some(why) => format!("no row that can be read ({why})"),
            None => "no rows".to_owned(),
        };
        let header = file.look.columns.first().map_or("", |column| column.header.as_str());
        let advice = match file.look.unreadable > 0 {
            // None of the next lines is a header either, so what is left is to say where it would be named.
            true => format!(
                "the line of `{header}` is taken for the header: take away what stands above the real one, or draft with \
                 `wharf init --from` and write skip_lines in preset/source.toml"
            ),
            false => advice.to_owned(),
        };
        return Some(Error::input(format!("{} has a header and {what}", file.file())).advise(advice));
    }
    let time = parts.orders.and_then(|orders| find(orders, TIME));
    let unread_amount = parts.lines.and_then(unread_amount);
    if parts.lines.is_some() && parts.orders.is_some() && time.is_some() && unread_amount.is_none() {
        return None;
    }
    let mut wanted = Vec::new();
    let mut advice = advice.to_owned();
    let is_there = |role| seen.iter().any(|file| find(file, role).is_some());
    // Orders without a day are none, whatever other days the files have.
    if !is_there(TIME) || (parts.orders.is_some() && time.is_none()) {
        let odd = parts.orders.into_iter().chain(seen).find_map(|file| named(file, TIME));
        wanted
            .push(odd.map_or("a column of dates".to_owned(), |it| format!("a column of dates ({})", unread(it, TIME))));
        if odd.is_some() {
            advice =
                "write days as 2024-05-31, times as 2024-05-31 18:30:00; a spreadsheet's day numbers become dates \
                      by the format of its cells"
                    .to_owned();
        }
    }
    if let Some(column) = unread_amount {
        let role = [AMOUNT, PRICE].into_iter().find(|role| parts.lines.and_then(|it| named(it, *role)).is_some());
        wanted.push(match role {
            Some(role) => format!("a column of prices or amounts ({})", unread(column, role)),
            None => format!("a column of prices or amounts: call it price or amount, if it is {}", column.header),
        });
    } else if ![AMOUNT, PRICE, QUANTITY].into_iter().any(is_there) {
        let roles = [AMOUNT, PRICE, QUANTITY];
        let odd = roles.into_iter().find_map(|role| Some((seen.iter().find_map(|file| named(file, role))?, role)));
        let odd = odd.map_or(String::new(), |(column, role)| format!(" ({})", unread(column, role)));
        wanted.push(format!("a column of prices, amounts or quantities{odd}"));
    }
    if wanted.is_empty() {
        wanted.push("a column that tells which order a row belongs to, beside its date".to_owned());
    }
    let columns: Vec<&str> =
        seen.iter().flat_map(|file| file.look.columns.iter().map(|column| column.header.as_str())).collect();
    let message = format!(
        "there are no order lines in {}: missing is {}; the columns are {}",
        names.join(", "),
        wanted.join(" and "),
        columns.join(", ")
    );
    for told in seen.iter().filter_map(sheets) {
        advice = format!("{advice}; {told}");
    }
    Some(Error::input(message).advise(advice))
}

/// What stands above the header and is skipped.
fn title(file: &Seen) -> Option<String> {
    let title = file.look.title.as_ref()?;
    let lines = file.look.skip_lines;
    Some(format!("{}: skip_lines = {lines}: above the header stands `{title}`", file.file()))
}

/// Which of a workbook's sheets is read.
fn sheets(file: &Seen) -> Option<String> {
    let sheet = file.look.sheet.as_ref()?;
    let others: Vec<&str> = file.look.sheets.iter().filter(|other| *other != sheet).map(String::as_str).collect();
    let others = if others.is_empty() { return None } else { others.join(", ") };
    Some(format!(
        "{}: the sheet {sheet} is read, not {others}: to read another, put it first or save it as a file of its own",
        file.file()
    ))
}

/// Why a column called so is not taken for it, with a value that cannot be read, where one was seen.
fn unread(column: &ColumnLook, role: Role) -> String {
    let odd = match &column.times {
        Some(times) if role == TIME => times.odd.as_ref(),
        _ if role.is_number() => column.samples.iter().find(|sample| !is_number(sample)),
        _ => column.samples.first(),
    };
    match odd {
        Some(odd) => format!("{} has some that cannot be read, like `{odd}`", column.header),
        None if column.samples.is_empty() => format!("{} has none", column.header),
        None => format!("too few of {} could be read", column.header),
    }
}
