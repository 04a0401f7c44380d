//! The header's `checks:`. In `[not_null(day, customer_id), spend >= 0]` YAML would split the list inside the
//! parentheses and trip over SQL's quotes, so a list in brackets is read here, by SQL's rules, before YAML sees it.

use crate::check::{Check, Severity};
use crate::fields::{Fields, pick};
use crate::problem::{Place, Problem};
use crate::yaml::{self, Node, Value};

/// The items of a bracketed list, each with its place.
pub(super) struct Flow(Vec<(String, Place)>);

/// Takes a bracketed `checks:` list out of the header, leaving an empty one behind and every other place as it was.
pub(super) fn lift(yaml: &str) -> (String, Option<Flow>) {
    let taken = list_start(yaml).and_then(|start| split(yaml, start).map(|(items, end)| (start, items, end)));
    let Some((start, items, end)) = taken else { return (yaml.to_owned(), None) };
    let mut left = String::with_capacity(yaml.len());
    left.push_str(&yaml[..start]);
    left.push_str("[]");
    left.extend(yaml[start..end].chars().skip(2).map(|c| if c == '\n' { '\n' } else { ' ' }));
    left.push_str(&yaml[end..]);
    (left, Some(Flow(items)))
}

/// All checks, from the list that was lifted or from the YAML list.
pub(super) fn parse(
    file: &str,
    model: &str,
    node: &Option<Node>,
    flow: Option<Flow>,
    problems: &mut Vec<Problem>,
) -> Vec<Check> {
    let mut nodes: Vec<Node> = Vec::new();
    match (flow, node) {
        (Some(Flow(items)), _) => {
            for (text, at) in items {
                match item(file, text, at) {
                    Ok(node) => nodes.push(node),
                    Err(problem) => problems.push(problem),
                }
            }
        }
        (None, Some(Node { value: Value::List(items), .. })) => nodes.extend(items.iter().cloned()),
        (None, Some(one)) => nodes.push(one.clone()),
        (None, None) => {}
    }
    nodes.iter().filter_map(|node| check(file, model, node, problems)).collect()
}

/// An item in braces or wholly in quotes is YAML, any other is the check's own text.
fn item(file: &str, text: String, at: Place) -> Result<Node, Problem> {
    if text.starts_with('{') || wholly_in('"', &text) || wholly_in('\'', &text) {
        return yaml::parse(file, &format!("{}{text}", at.padding()));
    }
    Ok(Node { at, value: Value::Scalar { text, quoted: false } })
}

/// The quote that opens the text closes at its very end, not before.
fn wholly_in(quote: char, text: &str) -> bool {
    text.strip_prefix(quote).and_then(|rest| rest.find(quote)).is_some_and(|at| at + 2 == text.len())
}

const SEVERITIES: [(&str, Severity); 2] = [("error", Severity::Error), ("warn", Severity::Warn)];

/// A text, `{check: …, severity: warn}`, or `warn: …`, which YAML reads as a map.
fn check(file: &str, model: &str, node: &Node, problems: &mut Vec<Problem>) -> Option<Check> {
    let mut severity = None;
    let mut name = None;
    let (text, at) = match &node.value {
        Value::Map(entries) if entries.len() == 1 && entries[0].key != "check" => {
            let entry = &entries[0];
            severity = pick(file, "a check", &entry.key, entry.at, &SEVERITIES, problems);
            severity?;
            (entry.value.text().unwrap_or_default().to_owned(), entry.value.text_at())
        }
        Value::Map(_) => {
            let mut fields = Fields::of(file, node, "a check", &["check", "severity", "name"], problems)?;
            severity = fields.choice("severity", &SEVERITIES);
            name = fields.text("name");
            match fields.word("check") {
                Some(word) => word,
                None => {
                    fields.tell(node.at, "a check needs its text: {check: not_null(day), severity: warn}");
                    return None;
                }
            }
        }
        _ => (node.text().unwrap_or_default().to_owned(), node.text_at()),
    };
    match Check::parse(file, model, &text, at.line, at.column) {
        Ok(mut check) => {
            check.severity = severity.unwrap_or(check.severity);
            check.name = name.unwrap_or(check.name);
            Some(check)
        }
        Err(problem) => {
            problems.push(problem);
            None
        }
    }
}

/// The offset of the `[` of a line `checks: [`.
fn list_start(yaml: &str) -> Option<usize> {
    let mut line_start = 0;
    for line in yaml.split_inclusive('\n') {
        let value =
            line.trim_start().strip_prefix("checks").map(str::trim_start).and_then(|rest| rest.strip_prefix(':'));
        if let Some(value) = value.map(str::trim_start).filter(|value| value.starts_with('[')) {
            return Some(line_start + line.len() - value.len());
        }
        line_start += line.len();
    }
    None
}

/// Splits at the commas outside brackets and quotes. None when the list does not end: YAML tells that better.
fn split(yaml: &str, start: usize) -> Option<(Vec<(String, Place)>, usize)> {
    let mut items = Vec::new();
    let mut text = String::new();
    let mut text_start = None;
    let mut closers: Vec<char> = Vec::new();
    let mut quote = None;
    let mut comment = false;
    let mut before = ' ';
    for (offset, c) in yaml[start..].char_indices().map(|(offset, c)| (start + offset, c)) {
        let after_space = before.is_whitespace();
        before = c;
        comment = (comment || (c == '#' && after_space && quote.is_none())) && c != '\n';
        if comment {
            continue;
        }
        match (quote, c) {
            (Some(open), _) if c == open => quote = None,
            (None, '\'' | '"') => quote = Some(c),
            (None, '(') => closers.push(')'),
            (None, '[') => closers.push(']'),
            (None, '{') => closers.push('}'),
            (None, ')' | ']' | '}') => drop(closers.pop().filter(|closer| *closer == c)?),
            _ => {}
        }
        let ends = closers.is_empty() && quote.is_none();
        if ends || (c == ',' && closers.len() == 1 && quote.is_none()) {
            if let Some(at) = text_start.take() {
                items.push((text.trim().to_owned(), Place::of(yaml, at)));
            }
            text.clear();
            if ends {
                return Some((items, offset + c.len_utf8()));
            }
        } else if offset > start {
            if text_start.is_none() && !c.is_whitespace() {
                text_start = Some(offset);
            }
            // A check over several lines is one line of SQL.
            text.push(if c == '\n' { ' ' } else { c });
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_in_brackets_is_split_by_sqls_rules() {
        let yaml = "kind: full\nchecks: [not_null(day, id),\n  accepted_values(kind, 'a,]', 'b'), # why\n  x >= 0]\ntags: [a]\n";
        let (left, flow) = lift(yaml);
        let items = flow.unwrap().0;
        assert_eq!(items[0], ("not_null(day, id)".to_owned(), Place::new(2, 10)));
        assert_eq!(items[1], ("accepted_values(kind, 'a,]', 'b')".to_owned(), Place::new(3, 3)));
        assert_eq!(items[2], ("x >= 0".to_owned(), Place::new(4, 3)));
        assert_eq!(left.lines().count(), yaml.lines().count());
        assert!(left.ends_with("tags: [a]\n") && left.contains("checks: []"));
    }

    #[test]
    fn a_list_without_end_is_left_to_yaml() {
        for text in ["checks: [a", "checks: [a)]", "checks: ['a]"] {
            let (left, flow) = lift(text);
            assert!(left == text && flow.is_none(), "{text}");
        }
    }
}
