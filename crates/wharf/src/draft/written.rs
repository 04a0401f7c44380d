//! Numbers that files write with something around them, which no type of source.toml takes: `$2.50`, `2,50 €`, `3 pcs`.

use connect::files::{ColumnLook, Look};
use retail::source::ColumnType;

/// How such a column is written.
#[derive(Debug, PartialEq)]
pub struct Written {
    decimal: char,
    /// The marks in its numbers may be of decimals or of thousands.
    is_unclear: bool,
    /// What stands around the digits, the longest first.
    around: Vec<String>,
}

impl Written {
    /// `None` where the column is of a type by itself, or no number.
    pub fn of(column: &ColumnLook, look: &Look) -> Option<Written> {
        if column.kind.value != ColumnType::Text || column.samples.is_empty() {
            return None;
        }
        let mut around: Vec<String> = Vec::new();
        let mut numbers: Vec<&str> = Vec::new();
        for sample in &column.samples {
            if let Some((words, number)) = taken_apart(sample) {
                numbers.push(number);
                around.extend(words);
            }
        }
        // Others may be among them: their rows are set aside.
        if numbers.is_empty() || numbers.len() * 2 < column.samples.len() {
            return None;
        }
        let codes: Vec<&str> = around.iter().filter_map(|word| super::currency::of_word(word)).collect();
        // Amounts of two currencies do not add up.
        if codes.windows(2).any(|pair| pair[0] != pair[1]) {
            return None;
        }
        around.sort_by(|one, other| other.len().cmp(&one.len()).then(one.cmp(other)));
        around.dedup();
        let told = numbers.iter().find_map(|number| decimal(number));
        let is_unclear = told.is_none() && numbers.iter().any(|number| number.contains(['.', ',']));
        Some(Written { decimal: told.unwrap_or(look.decimal.value), is_unclear, around })
    }

    /// The number in SQL, exact. An amount in parentheses is less than nothing, as bookkeepers write it.
    pub fn sql(&self, name: &str) -> String {
        let plain = replace(&replace(&self.number(name), "(", "-"), ")", "");
        let plain = replace(&plain, &self.group().to_string(), "");
        let plain = if self.decimal == ',' { replace(&plain, ",", ".") } else { plain };
        format!("cast({plain} as decimal(18, 4))")
    }

    /// Whether a row's cell is no such number, for a `[[table.reject]]`. More decimals than amounts keep, and more digits than
    /// they have room for, are no such number either: a cast would round the first and fail on the second.
    pub fn unreadable(&self, name: &str) -> String {
        let (group, decimal) = (self.group(), self.decimal);
        let whole = format!("([0-9]{{1,14}}|[0-9]{{1,3}}([{group}][0-9]{{2,3}}){{0,2}}[{group}][0-9]{{3}})");
        let number = format!("{whole}([{decimal}][0-9]{{0,4}}0*)?");
        format!("not regexp_like({}, '^(-?{number}|[(]{number}[)])$')", self.number(name))
    }

    /// Pieces that are not whole.
    pub fn has_fractions(&self, column: &ColumnLook) -> bool {
        let decimals = |sample: &String| sample.rsplit_once(self.decimal).map(|(_, decimals)| decimals.to_owned());
        let is_some = |decimals: String| decimals.contains(|mark: char| matches!(mark, '1'..='9'));
        column.samples.iter().filter_map(decimals).any(is_some)
    }

    /// The currency whose sign or code stands with the numbers.
    pub fn currency(&self) -> Option<(&str, &'static str)> {
        self.around.iter().find_map(|word| super::currency::of_word(word).map(|code| (word.as_str(), code)))
    }

    pub fn decimal(&self) -> char {
        self.decimal
    }

    pub fn is_unclear(&self) -> bool {
        self.is_unclear
    }

    fn group(&self) -> char {
        if self.decimal == ',' { '.' } else { ',' }
    }

    fn number(&self, name: &str) -> String {
        self.around.iter().fold(name.to_owned(), |sql, word| replace(&sql, word, ""))
    }
}

fn replace(sql: &str, what: &str, by: &str) -> String {
    format!("replace({sql}, '{}', '{by}')", what.replace('\'', "''"))
}

/// Whether a text is such a number, or one without anything around it.
pub fn is_number(sample: &str) -> bool {
    taken_apart(sample).is_some()
}

/// A number and what stands around and within it.
fn taken_apart(sample: &str) -> Option<(Vec<String>, &str)> {
    let is_digit = |mark: char| mark.is_ascii_digit();
    let (first, last) = (sample.find(is_digit)?, sample.rfind(is_digit)?);
    let (before, number, after) = (&sample[..first], &sample[first..=last], &sample[last + 1..]);
    // `$.50` has a decimal point, `Rs.50` an abbreviation; `5-` is less than nothing, or a range.
    let is_sign = |mark: char| !mark.is_alphabetic() && !mark.is_whitespace();
    let is_cut = before.strip_suffix(['.', ',']).is_some_and(|word| word.is_empty() || word.ends_with(is_sign));
    let is_in_number = |mark: char| is_digit(mark) || is_group(mark) || matches!(mark, '.' | ',');
    if is_cut || after.starts_with(['.', ',']) || after.contains(['-', '%']) || !number.chars().all(is_in_number) {
        return None;
    }
    // `(5.00)` is less than nothing: a currency beside the parentheses goes, they themselves tell the sign.
    let is_enclosed = before.contains('(') && after.contains(')');
    let (before, after) = match is_enclosed {
        true => (before.replacen('(', " ", 1), after.replacen(')', " ", 1)),
        false => (before.to_owned(), after.to_owned()),
    };
    let is_currency = |word: &str| super::currency::of_word(word).is_some();
    // `Qty (3)` is no amount, and `-(3)` anything.
    if is_enclosed && (before.contains('-') || !words_of(&before, &after).all(is_currency)) {
        return None;
    }
    // `SAVE10` is a voucher, `10 pieces` are ten.
    let is_long = |words: &str, most: usize| words.split_whitespace().any(|word| word.chars().count() > most);
    if is_long(&before, 3) || is_long(&after, 6) {
        return None;
    }
    // A sign that SQL would take away with the rest.
    if words_of(&before, &after).any(|word| word.contains(['−', '–']) || word.eq_ignore_ascii_case("cr")) {
        return None;
    }
    let words = || words_of(&before, &after);
    if words().any(|word| word.contains('(') != word.contains(')')) {
        return None;
    }
    // A mark alone could not be taken away without those that numbers have.
    if words().any(|word| word.chars().all(|mark| matches!(mark, '.' | ',' | '+' | '(' | ')'))) {
        return None;
    }
    // Blanks go by themselves, as the next row may have more of them, or fewer.
    let blanks = sample.chars().filter(|mark| is_group(*mark)).map(String::from);
    Some((words().map(str::to_owned).chain(blanks).collect(), number))
}

fn words_of<'a>(before: &'a str, after: &'a str) -> impl Iterator<Item = &'a str> {
    before.split('-').chain([after]).flat_map(str::split_whitespace)
}

/// What may stand within a number and tells nothing.
fn is_group(mark: char) -> bool {
    mark.is_whitespace() || matches!(mark, '\'' | '’')
}

/// The decimal mark, where a number tells: it stands once, last, and not before just three digits.
fn decimal(number: &str) -> Option<char> {
    let at = number.rfind(['.', ','])?;
    let mark = char::from(number.as_bytes()[at]);
    let is_alone = !number.contains(if mark == ',' { '.' } else { ',' });
    let is_once = number.matches(mark).count() == 1;
    (is_once && !(is_alone && number.len() - at == 4)).then_some(mark)
}

#[cfg(test)]
mod tests {
    use connect::files::look_bytes;

    use super::*;

    fn of(values: &[&str]) -> Option<(char, Vec<String>)> {
        let text =
            format!("price\n{}\n", values.iter().map(|value| format!("\"{value}\"")).collect::<Vec<_>>().join("\n"));
        let look = look_bytes("a.csv", text.into_bytes()).unwrap();
        Written::of(&look.columns[0], &look).map(|written| (written.decimal, written.around))
    }

    #[test]
    fn amounts_with_a_sign() {
        assert_eq!(of(&["$2.50", "-$1,234.00"]), Some(('.', vec!["$".to_owned()])));
        assert_eq!(of(&["2,50 €", "1.234,00 €"]), Some((',', vec!["€".to_owned(), " ".to_owned()])));
        assert_eq!(of(&["EUR 2", "EUR 1.234"]), Some(('.', vec!["EUR".to_owned(), " ".to_owned()])));
        assert_eq!(of(&["3 pcs", "1 pcs"]), Some(('.', vec!["pcs".to_owned(), " ".to_owned()])));
    }

    #[test]
    fn parentheses_are_a_sign() {
        assert_eq!(of(&["1.50", "(5.00)"]), Some(('.', vec![])));
        assert_eq!(of(&["$1.50", "($5.00)", "$(6.00)"]), Some(('.', vec!["$".to_owned()])));
        assert_eq!(of(&["EUR 1.50", "(EUR 5.00)"]), Some(('.', vec!["EUR".to_owned(), " ".to_owned()])));
        assert_eq!(of(&["1,50 €", "(5,00 €)"]), Some((',', vec!["€".to_owned(), " ".to_owned()])));
        assert_eq!(of(&["(-5.00)", "(5.00", "Qty (3)"]), None);
    }

    #[test]
    fn what_is_no_number() {
        assert_eq!(of(&["Tea", "Mug"]), None);
        assert_eq!(of(&["SAVE10", "SAVE20"]), None);
        assert_eq!(of(&["10%", "20 %"]), None);
        assert_eq!(of(&["Tea", "Mug", "7"]), None);
        assert_eq!(of(&["2.50", "ask us"]), Some(('.', vec![])), "the other row is set aside");
        assert_eq!(of(&["$2.50", "€3.10"]), None, "two currencies");
        assert_eq!(of(&["10-20", "30-40"]), None);
        assert_eq!(of(&["5.00 CR", "−5.00"]), None, "a sign that SQL would take away");
        assert_eq!(of(&["2.50", "3.10"]), None, "a number by itself");
    }
}
