//! What tables and the patterns of their files are called, by the names of the files that were looked at.

use crate::project::marts;

/// What files of one table begin with; the one file's whole name.
pub fn common(files: &[String]) -> Option<String> {
    let (first, others) = files.split_first()?;
    if others.is_empty() {
        return Some(first.clone());
    }
    let (stem, ending) = parted(first);
    let mut length = stem.chars().count();
    for other in others {
        let (other, end) = parted(other);
        if !end.eq_ignore_ascii_case(ending) {
            return None;
        }
        let alike = |(one, other): &(char, char)| one.to_lowercase().eq(other.to_lowercase());
        length = length.min(stem.chars().zip(other.chars()).take_while(alike).count());
    }
    let mut begin: String = stem.chars().take(length).collect();
    // `sales_jun` and `sales_jul` begin with `sales`, not with `sales_ju`.
    let goes_on = |file: &String| parted(file).0.chars().nth(length).is_some_and(char::is_alphabetic);
    if begin.ends_with(char::is_alphabetic) && files.iter().any(goes_on) {
        begin.truncate(begin.trim_end_matches(char::is_alphanumeric).len());
    }
    begin.truncate(begin.trim_end_matches(is_own).len());
    (begin.chars().count() >= 3).then(|| format!("{begin}{ending}"))
}

/// A date or number at the end is this file's, not the table's.
fn is_own(mark: char) -> bool {
    mark.is_ascii_digit() || matches!(mark, '-' | '_' | ' ')
}

/// A name and its ending; the compression is looked through.
fn parted(file: &str) -> (&str, &str) {
    let mut base = file;
    for compression in [".gz", ".zst", ".zip"] {
        base = base.strip_suffix(compression).unwrap_or(base);
    }
    base.find('.').map_or((base, ""), |at| base.split_at(at))
}

/// A name that is none of a staging table, a mart or a table of wharf's own.
pub fn table(file: &str) -> String {
    let base = file.to_lowercase();
    let stem = base.split('.').next().unwrap_or_default();
    let mut name: String = stem.chars().map(|mark| if mark.is_ascii_alphanumeric() { mark } else { '_' }).collect();
    name.truncate(name.trim_end_matches(|mark: char| mark.is_ascii_digit() || mark == '_').len());
    if !name.starts_with(|mark: char| mark.is_ascii_lowercase()) {
        name = format!("file_{name}").trim_end_matches('_').to_owned();
    }
    let is_mart = marts::ours(true).any(|mart| mart.name == name);
    if is_mart || retail::staging::table(&name).is_some() || retail::staging::OWN.contains(&name.as_str()) {
        name = format!("{name}_file");
    }
    name
}

/// Patterns of the table's files and of those to come; of these files alone, where a pattern would take another table's too.
pub fn globs<'a>(files: &[String], others: impl Iterator<Item = &'a String> + Clone) -> Vec<String> {
    let wide: Vec<String> = match common(files) {
        Some(name) => vec![name],
        None => files.to_vec(),
    };
    let takes = |name: &String, other: &String| {
        let ((stem, ending), (other, end)) = (parted(name), parted(other));
        let begin = stem.trim_end_matches(is_own).to_lowercase();
        other.to_lowercase().starts_with(&begin) && end.eq_ignore_ascii_case(ending)
    };
    let is_too_wide = wide.iter().any(|name| others.clone().any(|other| takes(name, other)));
    let mut globs: Vec<String> = match is_too_wide {
        true => files.iter().map(|file| plain(file)).collect(),
        false => wide.iter().map(|name| glob(name)).collect(),
    };
    globs.dedup();
    globs
}

/// `orders_2024-05.csv.gz` to `orders*.csv`.
fn glob(file: &str) -> String {
    let (stem, ending) = parted(file);
    format!("{}*{ending}", plain(stem.trim_end_matches(is_own)))
}

fn plain(text: &str) -> String {
    let mark = |mark: char| if matches!(mark, '*' | '?' | '[' | ']' | '{' | '}' | '\\') { '?' } else { mark };
    text.chars().map(mark).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(files: &[&str]) -> Vec<String> {
        files.iter().map(|file| (*file).to_owned()).collect()
    }

    #[test]
    fn landed_tables_keep_clear_of_names_that_are_taken() {
        assert_eq!(table("Runs 2024.csv"), "runs_file");
        assert_eq!(table("daily_customer_stats.csv.gz"), "daily_customer_stats_file");
        assert_eq!((table("orders.csv"), table("sales_2024-01.csv")), ("orders_file".to_owned(), "sales".to_owned()));
        assert_eq!(table("2024.csv"), "file");
    }

    #[test]
    fn patterns() {
        assert_eq!(glob("orders_2024-05.csv.gz"), "orders*.csv");
        assert_eq!(glob("Online Retail.xlsx"), "Online Retail*.xlsx");
        assert_eq!(glob("a[1].csv"), "a?1?*.csv");
    }

    #[test]
    fn files_of_one_table_have_a_pattern_that_takes_them_and_no_others() {
        let of = |files: &[&str], others: &[&str]| globs(&names(files), names(others).iter());
        assert_eq!(of(&["sales_jan.csv", "Sales_jun.csv"], &[]), ["sales*.csv"]);
        assert_eq!(of(&["sales_jun.csv", "sales_jul.csv"], &[]), ["sales*.csv"]);
        assert_eq!(of(&["orders.csv", "orders_2.csv.gz"], &[]), ["orders*.csv"]);
        assert_eq!(of(&["export-2024-01.csv", "export-2024-02.csv"], &[]), ["export*.csv"]);
        assert_eq!(of(&["jan.csv", "feb.csv"], &[]), ["jan*.csv", "feb*.csv"]);
        assert_eq!(of(&["may.csv", "may.xlsx"], &[]), ["may*.csv", "may*.xlsx"]);
        assert_eq!(of(&["orders.csv"], &["orders_items.csv"]), ["orders.csv"]);
        assert_eq!(of(&["orders_items.csv"], &["orders.csv"]), ["orders_items*.csv"]);
        assert_eq!(of(&["export.csv"], &["export_2.csv"]), ["export.csv"]);
    }
}
