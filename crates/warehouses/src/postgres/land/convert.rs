//! Amounts of other currencies become the reporting one, by rates that the shop gives; their originals stand beside them.

use lake::landing::{is_money, other_currency, rate};
use port::{Land, Result, Staging};
use retail::day::Day;

use crate::postgres::draft::{Table, next};
use crate::postgres::work::Work;

pub async fn into_reporting(work: &mut Work, request: &Land, staging: &Staging, table: &Table) -> Result<()> {
    let exchange = &request.exchange;
    let contract = retail::staging::table(&staging.name).filter(|contract| contract.column("currency").is_some());
    let Some(contract) = contract else { return Ok(()) };
    let doing = format!("convert currencies of {}", staging.name);
    let next = work.session.place.table(&next(&staging.name));
    let ours = exchange.currency.as_str();
    let foreign = format!(
        "select currency, day - date '1970-01-01' from {next} where currency <> $1 \
         group by currency, day order by min(_load), min(_row)"
    );
    let rows = work.session.rows(&doing, &foreign, &[&ours]).await?;
    if rows.is_empty() {
        return Ok(());
    }
    let (mut currencies, mut days, mut rates) = (Vec::new(), Vec::new(), Vec::new());
    for row in &rows {
        let (currency, day): (&str, Option<Day>) = (row.get(0), row.get(1));
        if exchange.rates.is_none() && !currency.eq_ignore_ascii_case(ours) {
            return Err(other_currency(&staging.name, currency, ours));
        }
        let Some(day) = day.filter(|_| exchange.rates.is_some()) else { continue };
        let rate = rate(exchange, currency, day)?;
        currencies.push(currency);
        days.push(day);
        rates.push(rate.to_string());
    }
    let money = table.columns.iter().filter(|column| {
        is_money(contract, &column.name) && !contract.column(&column.name).is_some_and(|known| known.of_conversion)
    });
    let mut sets: Vec<String> =
        money.map(|column| format!("{0} = round(n.{0} * u.rate::numeric, 4)", column.quoted())).collect();
    sets.push("currency = $4".to_owned());
    let convert = format!(
        "update {next} as n set {} from unnest($1::text[], $2::int[], $3::text[]) as u(currency, day, rate) \
         where n.currency = u.currency and n.day = date '1970-01-01' + u.day",
        sets.join(", ")
    );
    work.session.write(&doing, &convert, &[&currencies, &days, &rates, &ours]).await?;
    // What is left is ours in other letters, or has no day and so no amount in ours.
    let rest: Vec<String> = table
        .columns
        .iter()
        .filter(|column| is_money(contract, &column.name) && !column.name.starts_with("original_"))
        .map(|column| format!("{0} = case when upper(currency) = $1 then {0} end", column.quoted()))
        .chain(["currency = $1".to_owned()])
        .collect();
    work.session
        .write(&doing, &format!("update {next} set {} where currency <> $1", rest.join(", ")), &[&ours])
        .await?;
    Ok(())
}
