//! The project's reporting currency, and the rates by which other currencies come into it.

use retail::exchange::Exchange;
use retail::mistake::Mistake;
use retail::rates::Rates;
use retail::source::Source;

use super::files;
use crate::config::Config;
use crate::failure::{Failure, Result};

/// What every amount in the tables is in.
pub fn reporting_currency<'a>(config: &'a Config, source: &'a Source) -> &'a str {
    config.text("shop", "currency").unwrap_or(&source.currency)
}

pub fn exchange(config: &Config, source: &Source) -> Result<Exchange> {
    let currency = reporting_currency(config, source);
    let rates = rates(config)?;
    let some_rows_may_be_ours = source.tables.iter().any(|table| table.currency.is_some());
    if rates.is_none() && source.currency != currency && !some_rows_may_be_ours {
        return Err(Failure::mistakes(&[all_foreign(config, source, currency)]));
    }
    Ok(Exchange::new(currency, rates))
}

fn rates(config: &Config) -> Result<Option<Rates>> {
    let Some(file) = config.value("rates", "file") else { return Ok(None) };
    let path = config.path("rates", "file");
    if !path.is_file() {
        let mistake = file.origin.mistake(format!("there is no file {}", path.display()));
        return Err(Failure::mistakes(&[mistake.advise("put the rates there, as lines of day,currency,rate")]));
    }
    let max_age = u32::try_from(config.count("rates", "max_age_days")).unwrap_or(u32::MAX);
    let rates = Rates::parse(&file.text, &files::read(&path)?, max_age);
    rates.map(Some).map_err(|mistakes| Failure::mistakes(&mistakes))
}

/// A shop that would set every row aside.
fn all_foreign(config: &Config, source: &Source, currency: &str) -> Mistake {
    let message = format!("the shop reports in {currency}, and the amounts of its files are in {}", source.currency);
    let mistake = match config.value("shop", "currency") {
        Some(value) => value.origin.mistake(message),
        None => Mistake::of_file(crate::config::FILE, message),
    };
    mistake.advise(format!(
        "to convert them, give exchange rates: file = \"rates.csv\" below [rates]\n  \
         if the files are in {currency}, write file_currency = \"{currency}\" below [shop]"
    ))
}
