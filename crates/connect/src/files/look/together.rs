//! Files of equal columns, as the months of an export are, are one table: what their values tell is told by all of them.

use std::path::PathBuf;

use port::{Error, Result};
use retail::source::Format;

use super::super::header::normal;
use super::super::input::Input;
use super::place::sighted;
use super::{ColumnLook, Guess, Look, ROWS, Shape, Sighted, numbers};

/// Files with the same columns.
#[derive(Debug)]
pub struct Together {
    /// Indices of those looked at.
    pub files: Vec<usize>,
    pub look: Look,
    /// Of each file the last day or time of each column of such: day and microseconds.
    pub latest: Vec<Vec<Option<(i32, i64)>>>,
}

/// Rows of a table looked at: those of the first files.
const ROWS_OF_ALL: usize = 5 * ROWS;

/// Looks at files, those with equal columns as if they were one. In the order in which the first of each was given.
pub fn look_together(paths: &[PathBuf]) -> Result<Vec<Together>> {
    let mut groups: Vec<Group> = Vec::new();
    for (at, path) in paths.iter().enumerate() {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let file = sighted(&name, &Input::File(path.clone()))?;
        let names = names(&file);
        match groups.iter_mut().find(|group| !names.is_empty() && group.names == names) {
            Some(group) => group.join(at, name, file)?,
            None => groups.push(Group::of(at, name, names, file)),
        }
    }
    groups.into_iter().map(Group::look).collect()
}

/// In an order of their own: source.toml finds columns by their names.
fn names(file: &Sighted) -> Vec<String> {
    let mut names: Vec<String> = file.shape.header.iter().map(|header| normal(header)).collect();
    names.sort();
    names
}

struct Group {
    files: Vec<usize>,
    /// Rows of each that are in `all`.
    rows: Vec<usize>,
    first: String,
    names: Vec<String>,
    all: Sighted,
    /// Whether a value names a row is told by each file alone: the next one may have the same orders again.
    columns: Vec<Alone>,
    is_mixed: bool,
}

struct Alone {
    distinct: usize,
    is_unique: bool,
    looks_like_key: bool,
}

impl From<&ColumnLook> for Alone {
    fn from(look: &ColumnLook) -> Alone {
        Alone { distinct: look.distinct, is_unique: look.is_unique, looks_like_key: look.looks_like_key }
    }
}

/// What the columns of a file are by themselves, and whether it has points and commas for decimal marks.
fn alone(file: &Sighted) -> (Vec<Alone>, bool) {
    let style = numbers::style(&file.seen.columns);
    let columns = file.shape.header.iter().zip(&file.seen.columns);
    let columns = columns.map(|(header, values)| Alone::from(&super::guess::column(header, values, &style)));
    (columns.collect(), style.is_mixed())
}

impl Group {
    fn of(at: usize, first: String, names: Vec<String>, all: Sighted) -> Group {
        let (columns, is_mixed) = alone(&all);
        Group { files: vec![at], rows: vec![all.seen.rows], first, names, all, columns, is_mixed }
    }

    fn join(&mut self, at: usize, name: String, mut file: Sighted) -> Result<()> {
        let of_first = |header: &String| file.shape.header.iter().position(|other| normal(other) == normal(header));
        let order: Vec<usize> = self.all.shape.header.iter().filter_map(of_first).collect();
        file.seen.columns = order.iter().map(|at| std::mem::take(&mut file.seen.columns[*at])).collect();
        file.shape.header.clone_from(&self.all.shape.header);
        let (columns, is_mixed) = alone(&file);
        for (column, other) in self.columns.iter_mut().zip(columns) {
            column.distinct += other.distinct;
            column.is_unique &= other.is_unique;
            column.looks_like_key &= other.looks_like_key;
        }
        self.is_mixed |= is_mixed;
        self.all.encoding = encoding(&self.all, &file)
            .ok_or_else(|| unlike(&self.first, &name, "are in two encodings: save both as UTF-8"))?;
        let (shape, seen) = (&mut self.all.shape, &mut self.all.seen);
        if shape.place.skip_lines != file.shape.place.skip_lines {
            return Err(unlike(&self.first, &name, "have their headers in different lines"));
        }
        if shape.sheet != file.shape.sheet && !(is_first(shape) && is_first(&file.shape)) {
            return Err(unlike(&self.first, &name, "have their tables in sheets of different names"));
        }
        if shape.delimiter != file.shape.delimiter {
            shape.delimiter = None;
        }
        if shape.format != file.shape.format {
            shape.format = Format::Auto;
        }
        if shape.sheet != file.shape.sheet {
            shape.sheet = None;
        }
        let take = file.seen.rows.min(ROWS_OF_ALL.saturating_sub(seen.rows));
        for (column, more) in seen.columns.iter_mut().zip(file.seen.columns) {
            column.extend(more.into_iter().take(take));
        }
        seen.whole &= file.seen.whole && take == file.seen.rows;
        seen.rows += take;
        seen.unreadable += file.seen.unreadable;
        seen.unread = seen.unread.take().or(file.seen.unread);
        seen.notes.extend(file.seen.notes);
        self.files.push(at);
        self.rows.push(take);
        Ok(())
    }

    fn look(self) -> Result<Together> {
        let style = numbers::style(&self.all.seen.columns);
        if style.is_mixed() && !self.is_mixed {
            let what =
                "have the same columns, but one writes numbers with a decimal point, another with a decimal comma";
            return Err(unlike(&self.first, "others", what));
        }
        let mut look = self.all.look(style);
        let mut latest = Vec::new();
        let mut from = 0;
        for rows in self.rows {
            let columns = look.columns.iter().zip(&self.all.seen.columns);
            let of = |(column, values): (&ColumnLook, &Vec<String>)| column.latest(&values[from..from + rows]);
            latest.push(columns.map(of).collect());
            from += rows;
        }
        for (column, alone) in look.columns.iter_mut().zip(self.columns) {
            column.distinct = alone.distinct;
            column.is_unique = alone.is_unique;
            column.looks_like_key = alone.looks_like_key;
        }
        Ok(Together { files: self.files, look, latest })
    }
}

/// Which is read where source.toml names no sheet.
fn is_first(shape: &Shape) -> bool {
    shape.place.sheet.is_none()
}

/// The one that reads both; ASCII is the same in those that keep its letters.
fn encoding(one: &Sighted, other: &Sighted) -> Option<Option<Guess<String>>> {
    let is_ascii = |file: &Sighted| file.seen.columns.iter().flatten().all(|value| value.is_ascii());
    match (&one.encoding, &other.encoding) {
        (None, None) => Some(None),
        (Some(known), Some(found)) => (known.value == found.value).then(|| Some(known.clone())),
        (Some(known), None) => (known.value == LATIN && is_ascii(other)).then(|| Some(known.clone())),
        (None, Some(found)) => (found.value == LATIN && is_ascii(one)).then(|| Some(found.clone())),
    }
}

const LATIN: &str = "windows-1252";

fn unlike(one: &str, other: &str, what: &str) -> Error {
    Error::input(format!("{one} and {other} {what}")).advise("export them alike, or look at them one by one")
}

#[cfg(test)]
mod tests {
    use retail::source::ColumnType;

    use super::super::Certainty;
    use super::*;

    fn together(files: &[(&str, &str)]) -> Result<Vec<Together>> {
        let folder = tempfile::tempdir().unwrap();
        let write = |(name, text): &(&str, &str)| {
            let path = folder.path().join(name);
            std::fs::write(&path, text).unwrap();
            path
        };
        look_together(&files.iter().map(write).collect::<Vec<_>>())
    }

    #[test]
    fn months_of_an_export_are_one_table() {
        let found = together(&[
            ("jan.csv", "order id,date,price\n1,03/04/2024,10\n2,05/04/2024,12\n"),
            ("products.csv", "sku,name\na,Tea\n"),
            ("feb.csv", "Date,Order ID,Price\n13/05/2024,2,1.50\n14/05/2024,3,2.25\n"),
        ])
        .unwrap();
        assert_eq!(found.iter().map(|it| it.files.clone()).collect::<Vec<_>>(), [vec![0, 2], vec![1]]);
        let look = &found[0].look;
        assert_eq!((look.rows, look.whole), (4, true));
        let kinds: Vec<ColumnType> = look.columns.iter().map(|column| column.kind.value).collect();
        assert_eq!(kinds, [ColumnType::Text, ColumnType::Date, ColumnType::Decimal]);
        // What January leaves open February tells, and an order that both have is still one of each.
        assert_eq!(look.columns[1].kind.certainty, Certainty::Certain);
        assert!(look.columns[0].is_unique && look.columns[0].looks_like_key);
        let day = |file: usize| found[0].latest[file][1].unwrap().0;
        assert_eq!((found[0].latest[0][0], day(1) - day(0)), (None, 39));
    }

    #[test]
    fn files_that_no_setting_reads_together_are_refused() {
        let error = together(&[("a.csv", "id;sum\n1;2.50\n"), ("b.csv", "id;sum\n2;2,50\n")]).unwrap_err();
        assert!(error.to_string().contains("a.csv and others have the same columns"), "{error}");
        assert_eq!(together(&[("a.csv", "id;sum\n1;2,50\n"), ("b.csv", "id,sum\n2,\"2,50\"\n")]).unwrap().len(), 1);
    }
}
