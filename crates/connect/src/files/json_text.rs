//! Raw rows as JSON text.

/// Appends `text` as a JSON string.
pub fn push_string(out: &mut String, text: &str) {
    // Serialising a string cannot fail.
    out.push_str(&serde_json::to_string(text).unwrap_or_default());
}

/// `{"a":"1","b":null}` of names and texts; an empty text is null.
pub fn object<'a>(pairs: impl Iterator<Item = (&'a str, &'a [u8], bool)>) -> String {
    let mut out = String::from("{");
    for (name, value, number) in pairs {
        if out.len() > 1 {
            out.push(',');
        }
        push_string(&mut out, name);
        out.push(':');
        let text = String::from_utf8_lossy(value);
        if value.is_empty() {
            out.push_str("null");
        } else if number {
            out.push_str(&text);
        } else {
            push_string(&mut out, &text);
        }
    }
    out.push('}');
    out
}

/// The raw form of a row that has no cells: its text under the name of the rule that it broke.
pub fn unreadable(rule: &str, line: &[u8]) -> String {
    object([(format!("_{rule}").as_str(), line, false)].into_iter())
}

/// A name for each column of a header: columns without one go by their place.
pub fn display_names(header: &[String]) -> Vec<String> {
    let name = |(at, name): (usize, &String)| if name.is_empty() { format!("column {}", at + 1) } else { name.clone() };
    header.iter().enumerate().map(name).collect()
}
