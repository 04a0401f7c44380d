//! Exchange rates by day: what one unit of a currency is worth in the shop's. Read from a file of `day,currency,rate`.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use crate::day::{Day, day_of};
use crate::mistake::Mistake;

/// Rates of other currencies to one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rates {
    /// By currency code, ascending by day.
    days: BTreeMap<String, Vec<(Day, Rate)>>,
    /// A day without a rate takes the newest of so many days before it.
    max_age: Day,
}

/// Decimals that a rate is kept with.
const DECIMALS: u32 = 12;

/// A rate, exact: so many 10⁻¹² of the shop's currency for one unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate(i128);

impl Rate {
    pub const ONE: Rate = Rate(10_i128.pow(DECIMALS));

    /// An amount, whatever its decimals, in the shop's currency: rounded half away from zero to the same decimals, so
    /// that a return takes back just what the sale brought. `None` where it does not fit.
    pub fn convert(self, amount: i128) -> Option<i128> {
        let product = amount.checked_mul(self.0)?;
        let half = Rate::ONE.0 / 2;
        Some((product + if product < 0 { -half } else { half }) / Rate::ONE.0)
    }
}

impl std::fmt::Display for Rate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let text = format!("{}.{:012}", self.0 / Rate::ONE.0, self.0 % Rate::ONE.0);
        f.write_str(text.trim_end_matches('0').trim_end_matches('.'))
    }
}

impl Rates {
    /// `file` is the name that mistakes are reported under; a rate holds for `max_age` days unless a newer one is there.
    pub fn parse(file: &str, text: &str, max_age: u32) -> Result<Rates, Vec<Mistake>> {
        let max_age = Day::try_from(max_age).unwrap_or(Day::MAX);
        let mut days: BTreeMap<String, BTreeMap<Day, Rate>> = BTreeMap::new();
        let mut mistakes = Vec::new();
        let mut lines = text.strip_prefix('\u{feff}').unwrap_or(text).lines().zip(1..);
        let header = lines.find(|(line, _)| !line.trim().is_empty());
        let headings = header.map(|(line, _)| cells(line).map(|(_, cell)| cell.to_lowercase()).collect::<Vec<_>>());
        if headings.as_deref() != Some(&["day", "currency", "rate"].map(str::to_owned)) {
            let line = header.map_or(1, |(_, number)| number);
            let mistake = Mistake { line, column: 1, ..Mistake::of_file(file, "the header is not day,currency,rate") };
            return Err(vec![mistake.advise(FORM)]);
        }
        for (line, number) in lines.filter(|(line, _)| !line.trim().is_empty()) {
            match entry(line) {
                Ok((day, currency, rate)) => {
                    let known = days.entry(currency.to_owned()).or_default().insert(day, rate);
                    if known.is_some_and(|known| known != rate) {
                        let message = format!("{currency} has two rates on that day");
                        let mistake = Mistake { line: number, column: 1, ..Mistake::of_file(file, message) };
                        mistakes.push(mistake.advise("leave one of them"));
                    }
                }
                Err((column, message)) => {
                    let mistake = Mistake { line: number, column, ..Mistake::of_file(file, message) };
                    mistakes.push(mistake.advise(FORM));
                }
            }
            if mistakes.len() == MISTAKES {
                break;
            }
        }
        let days = days.into_iter().map(|(currency, days)| (currency, days.into_iter().collect())).collect();
        if mistakes.is_empty() { Ok(Rates { days, max_age }) } else { Err(mistakes) }
    }

    /// The day's rate, or the newest before it that still holds.
    pub fn on(&self, currency: &str, day: Day) -> Option<Rate> {
        let days = self.days.get(currency)?;
        let before = days.partition_point(|(known, _)| *known <= day).checked_sub(1)?;
        let (of, rate) = days.get(before)?;
        (day.saturating_sub(*of) <= self.max_age).then_some(*rate)
    }

    pub fn max_age(&self) -> Day {
        self.max_age
    }
}

/// A file that is wrong throughout need not be told line by line.
const MISTAKES: usize = 20;
const FORM: &str =
    "write lines like 2024-05-03,USD,0.9312: what one US dollar was worth that day in the shop's currency";

/// Cells with the column at which each begins, from 1.
fn cells(line: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut at = 1;
    line.split(',').map(move |cell| {
        let begin = at;
        at += cell.chars().count() + 1;
        (begin, cell.trim().trim_matches('"').trim())
    })
}

/// Day, currency and rate of a line, or the column of what is wrong with it.
fn entry(line: &str) -> Result<(Day, &str, Rate), (usize, String)> {
    let all: Vec<(usize, &str)> = cells(line).collect();
    let [(day_at, day), (currency_at, currency), (rate_at, rate)] = all.as_slice() else {
        return Err((1, format!("{} cells where there are three: day, currency, rate", all.len())));
    };
    let date = day.parse::<NaiveDate>().map_err(|_| (*day_at, format!("`{day}` is not a day")))?;
    if !is_currency(currency) {
        return Err((*currency_at, format!("`{currency}` is not a currency code")));
    }
    let rate = parse_rate(rate).ok_or_else(|| (*rate_at, format!("`{rate}` is not a rate")))?;
    Ok((day_of(date), currency, rate))
}

/// An ISO 4217 code by its form.
pub fn is_currency(text: &str) -> bool {
    text.len() == 3 && text.bytes().all(|byte| byte.is_ascii_uppercase())
}

/// More than zero, at most nine digits before the point and twelve after it.
fn parse_rate(text: &str) -> Option<Rate> {
    let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || whole.len() > 9 || decimals.len() > DECIMALS as usize || !digits(whole) || !digits(decimals)
    {
        return None;
    }
    let units: i128 = format!("{whole}{decimals:0<width$}", width = DECIMALS as usize).parse().ok()?;
    (units > 0).then_some(Rate(units))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Day {
        day_of(text.parse().unwrap())
    }

    fn rates(text: &str) -> Rates {
        Rates::parse("rates.csv", text, 31).unwrap_or_else(|mistakes| panic!("{mistakes:?}"))
    }

    #[test]
    fn a_day_without_a_rate_takes_the_newest_before_it() {
        let rates = rates("day,currency,rate\n2024-05-06,USD,0.93\n2024-05-03,USD,0.92\n2024-05-03,JPY,0.006\n");
        let on = |day_text: &str| rates.on("USD", day(day_text)).map(|rate| rate.to_string());
        assert_eq!(on("2024-05-02"), None);
        assert_eq!(on("2024-05-05").as_deref(), Some("0.92"));
        assert_eq!(on("2024-05-06").as_deref(), Some("0.93"));
        assert_eq!(on("2024-06-06").as_deref(), Some("0.93"));
        assert_eq!(on("2024-06-07"), None, "a rate holds for 31 days");
        assert_eq!(rates.on("CHF", day("2024-05-06")), None);
    }

    #[test]
    fn amounts_are_rounded_half_away_from_zero() {
        let rate = parse_rate("0.5").unwrap();
        assert_eq!(rate.convert(15), Some(8));
        assert_eq!(rate.convert(-15), Some(-8));
        assert_eq!(rate.convert(14), Some(7));
        assert_eq!(parse_rate("1.1734").unwrap().convert(420_000), Some(492_828));
        assert_eq!(Rate::ONE.convert(999_999_999_999_999_999), Some(999_999_999_999_999_999));
        assert_eq!(parse_rate("999999999").unwrap().convert(i128::MAX), None);
        assert_eq!((rate.to_string(), Rate::ONE.to_string()), ("0.5".to_owned(), "1".to_owned()));
    }

    #[test]
    fn spreadsheets_quote_and_blank_lines_are_none() {
        let rates = rates("\u{feff}\"day\",\"currency\",\"rate\"\r\n\r\n\"2024-05-03\" , USD , 1\r\n");
        assert_eq!(rates.on("USD", day("2024-05-03")), Some(Rate::ONE));
    }

    #[test]
    fn mistakes_are_told_where_they_are() {
        let text = "day,currency,rate\n03/05/2024,USD,1\n2024-05-03,usd,1\n2024-05-03,USD,0\n2024-05-03,USD,1,2\n\
                    2024-05-04,USD,1\n2024-05-04,USD,2\n2024-05-04,EUR,1e3\n";
        let told: Vec<String> = Rates::parse("rates.csv", text, 31)
            .unwrap_err()
            .iter()
            .map(|mistake| format!("{}:{} {}", mistake.line, mistake.column, mistake.message))
            .collect();
        assert_eq!(
            told,
            [
                "2:1 `03/05/2024` is not a day",
                "3:12 `usd` is not a currency code",
                "4:16 `0` is not a rate",
                "5:1 4 cells where there are three: day, currency, rate",
                "7:1 USD has two rates on that day",
                "8:16 `1e3` is not a rate",
            ]
        );
        let header = Rates::parse("rates.csv", "date;currency;rate\n", 31).unwrap_err();
        assert_eq!(header[0].to_string().lines().next(), Some("rates.csv:1:1: the header is not day,currency,rate"));
        assert_eq!(Rates::parse("rates.csv", "", 31).unwrap_err().len(), 1);
    }
}
