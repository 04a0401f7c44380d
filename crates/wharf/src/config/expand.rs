//! `${NAME}` and `${NAME:-default}` in values, from the environment. `$${` stands for `${` itself.

/// What is wrong with a text, and what to do.
#[derive(Debug, PartialEq, Eq)]
pub struct Fault {
    pub message: String,
    pub advice: String,
    /// The text is well, and a variable that it names is not there.
    pub is_unset: bool,
}

pub fn expand(text: &str, variable: impl Fn(&str) -> Option<String>) -> Result<String, Fault> {
    let mut expanded = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("${") {
        if rest[..at].ends_with('$') {
            expanded.push_str(&rest[..at - 1]);
            expanded.push_str("${");
            rest = &rest[at + 2..];
            continue;
        }
        expanded.push_str(&rest[..at]);
        let Some(end) = rest[at..].find('}') else {
            return Err(Fault {
                message: format!("`{}` is not closed", &rest[at..]),
                advice: "write ${NAME}, or $${ for the marks themselves".to_owned(),
                is_unset: false,
            });
        };
        expanded.push_str(&value(&rest[at + 2..at + end], &variable)?);
        rest = &rest[at + end + 1..];
    }
    expanded.push_str(rest);
    Ok(expanded)
}

fn value(inside: &str, variable: impl Fn(&str) -> Option<String>) -> Result<String, Fault> {
    let (name, default) = match inside.split_once(":-") {
        Some((name, default)) => (name, Some(default)),
        None => (inside, None),
    };
    let valid = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') && !name.is_empty();
    if !valid {
        return Err(Fault {
            message: format!("`${{{inside}}}` does not name an environment variable"),
            advice: "write ${NAME} or ${NAME:-default}".to_owned(),
            is_unset: false,
        });
    }
    match (variable(name).filter(|text| !text.is_empty()), default) {
        (Some(text), _) => Ok(text),
        (None, Some(default)) => Ok(default.to_owned()),
        (None, None) => Err(Fault {
            message: format!("the environment variable `{name}` is not set"),
            advice: format!("set it, or write ${{{name}:-default}}"),
            is_unset: true,
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn try_it(text: &str) -> Result<String, Fault> {
        expand(text, |name| (name == "HOME").then(|| "/home/me".to_owned()))
    }

    #[test]
    fn variables_and_defaults() {
        assert_eq!(try_it("${HOME}/lake").unwrap(), "/home/me/lake");
        assert_eq!(try_it("${NO:-there}/${HOME}").unwrap(), "there//home/me");
        assert_eq!(try_it("$${HOME} $5 {}").unwrap(), "${HOME} $5 {}");
        assert_eq!(try_it("${NO:-}").unwrap(), "");
    }

    #[test]
    fn mistakes_are_told() {
        assert!(try_it("${NO}").unwrap_err().message.contains("`NO` is not set"));
        assert!(try_it("a${HOME").unwrap_err().message.contains("not closed"));
        assert!(try_it("${A B}").unwrap_err().message.contains("does not name"));
    }
}
