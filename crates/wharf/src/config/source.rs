//! `[[source]]` of wharf.toml: databases whose tables or queries have the rows of landed tables.

use retail::mistake::Mistake;
use serde::Deserialize;
use toml::Spanned;

use super::expand::expand;

/// A database and what is read of it.
#[derive(Debug, Clone, PartialEq)]
pub struct DatabaseSource {
    pub name: String,
    /// With its secrets: never shown.
    pub url: String,
    pub connections: usize,
    pub wait_seconds: u64,
    pub tables: Vec<SourceTable>,
    /// Line and column of the url in wharf.toml.
    pub url_at: (usize, usize),
}

#[derive(Debug, Clone, PartialEq)]
pub struct SourceTable {
    /// The table of source.toml.
    pub table: String,
    pub from: Option<String>,
    pub query: Option<String>,
    pub cursor: Option<String>,
    pub late: Option<String>,
    pub columns: Option<Vec<String>>,
    pub deletes: bool,
    /// Line and column of the table's name in wharf.toml.
    pub table_at: (usize, usize),
}

/// The file's other sections are read elsewhere.
#[derive(Deserialize)]
struct File {
    #[serde(default)]
    source: Vec<Spanned<RawSource>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawSource {
    name: Spanned<String>,
    url: Spanned<String>,
    #[serde(default = "connections")]
    connections: usize,
    #[serde(default = "wait_seconds")]
    wait_seconds: u64,
    #[serde(default, rename = "table")]
    tables: Vec<Spanned<RawTable>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawTable {
    table: Spanned<String>,
    from: Option<Spanned<String>>,
    query: Option<Spanned<String>>,
    cursor: Option<String>,
    late: Option<String>,
    columns: Option<Vec<String>>,
    #[serde(default)]
    deletes: bool,
}

fn connections() -> usize {
    4
}

fn wait_seconds() -> u64 {
    60
}

/// All of them; mistakes go into `mistakes`.
pub fn read(
    file: &str,
    text: &str,
    variable: &dyn Fn(&str) -> Option<String>,
    mistakes: &mut Vec<Mistake>,
) -> Vec<DatabaseSource> {
    // A file that is no TOML is told by the reader of its other sections.
    if toml::de::DeTable::parse(text).is_err() {
        return Vec::new();
    }
    let parsed: File = match toml::from_str(text) {
        Ok(parsed) => parsed,
        Err(error) => {
            let mistake = Mistake::of_toml(file, text, &error);
            let advice =
                mistake.advice.clone().unwrap_or("docs/postgresql.md lists what a [[source]] may have".to_owned());
            mistakes.push(mistake.advise(advice));
            return Vec::new();
        }
    };
    let mut reader = Reader { file, text, variable, mistakes };
    let mut sources: Vec<DatabaseSource> = Vec::new();
    for raw in parsed.source {
        let source = raw.into_inner();
        let name_at = source.name.span();
        let name = source.name.into_inner();
        let plain =
            |name: &str| !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b));
        if !plain(&name) {
            reader.tell(name_at.clone(), "a source's name is letters, digits, - and _", "its loads are called by it");
        }
        if sources.iter().any(|other| other.name == name) {
            let message = format!("there are two sources `{name}`");
            reader.tell(name_at, message, "rename one: loads are called by their source");
        }
        let url_at = source.url.span();
        let url = reader.expanded(source.url);
        if !url.is_empty() && !url.starts_with("postgres://") && !url.starts_with("postgresql://") && !url.contains('=')
        {
            reader.tell(
                url_at.clone(),
                "the url is not one of PostgreSQL",
                "write it like postgres://user:${PASSWORD}@host/database",
            );
        }
        let tables = source.tables.into_iter().filter_map(|table| reader.table(table)).collect();
        let (connections, wait_seconds) = (source.connections, source.wait_seconds);
        sources.push(DatabaseSource { name, url, connections, wait_seconds, tables, url_at: reader.place(url_at) });
    }
    sources
}

struct Reader<'a> {
    file: &'a str,
    text: &'a str,
    variable: &'a dyn Fn(&str) -> Option<String>,
    mistakes: &'a mut Vec<Mistake>,
}

impl Reader<'_> {
    fn table(&mut self, raw: Spanned<RawTable>) -> Option<SourceTable> {
        let span = raw.span();
        let RawTable { table, from, query, cursor, late, columns, deletes } = raw.into_inner();
        let table_at = self.place(table.span());
        let table = table.into_inner();
        if from.is_some() == query.is_some() {
            let message = format!("`{table}` needs either `from` or `query`");
            self.tell(span, message, "write from = \"schema.table\", or query = \"select …\"");
            return None;
        }
        let (from, query) = (from.map(|text| self.expanded(text)), query.map(|text| self.expanded(text)));
        Some(SourceTable { table, from, query, cursor, late, columns, deletes, table_at })
    }

    fn expanded(&mut self, text: Spanned<String>) -> String {
        let span = text.span();
        match expand(text.get_ref(), self.variable) {
            Ok(text) => text,
            Err(fault) => {
                self.tell(span, fault.message, fault.advice);
                String::new()
            }
        }
    }

    fn tell(&mut self, span: std::ops::Range<usize>, message: impl Into<String>, advice: impl Into<String>) {
        let mistake = self.at(span, message).advise(advice);
        self.mistakes.push(mistake);
    }

    fn place(&self, span: std::ops::Range<usize>) -> (usize, usize) {
        let Mistake { line, column, .. } = self.at(span, "");
        (line, column)
    }

    fn at(&self, span: std::ops::Range<usize>, message: impl Into<String>) -> Mistake {
        Mistake::at(self.file, self.text, span, message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> (Vec<DatabaseSource>, Vec<String>) {
        let mut mistakes = Vec::new();
        let variable = |name: &str| (name == "SECRET").then(|| "hush".to_owned());
        let sources = read("wharf.toml", text, &variable, &mut mistakes);
        (sources, mistakes.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn a_source_and_its_tables() {
        let (sources, mistakes) = parse(
            "[shop]\npreset = \"olist\"\n\n[[source]]\nname = \"db\"\nurl = \"postgres://me:${SECRET}@host/shop\"\n\
             [[source.table]]\ntable = \"olist_orders\"\nfrom = \"public.orders\"\ncursor = \"updated_at\"\n",
        );
        assert_eq!(mistakes, [""; 0]);
        assert_eq!((sources[0].url.as_str(), sources[0].url_at), ("postgres://me:hush@host/shop", (6, 7)));
        assert_eq!(sources[0].tables[0].cursor.as_deref(), Some("updated_at"));
        assert_eq!((sources[0].tables[0].table_at, sources[0].connections), ((8, 9), 4));
    }

    #[test]
    fn mistakes_have_a_place_and_tell_no_secret() {
        for (text, told) in [
            ("[[source]]\nname = \"db\"\n", "missing field `url`"),
            ("[[source]]\nname = \"db\"\nurl = \"mysql://a:${SECRET}@h/b\"\n", "wharf.toml:3:7: the url is not one of"),
            ("[[source]]\nname = \"d b\"\nurl = \"postgres://h\"\n", "wharf.toml:2:8: a source's name"),
            (
                "[[source]]\nname = \"db\"\nurl = \"${NO}\"\n",
                "wharf.toml:3:7: the environment variable `NO` is not set",
            ),
            (
                "[[source]]\nname = \"db\"\nurl = \"postgres://h\"\n[[source.table]]\ntable = \"t\"\n",
                "wharf.toml:4:1: `t` needs",
            ),
            ("[[source]]\nname = \"db\"\nurl = \"postgres://h\"\ncusor = 1\n", "wharf.toml:4:1: unknown key `cusor`"),
            (
                "[[source]]\nname = \"db\"\nurl = \"postgres://h\"\n[[source.table]]\ntable = \"t\"\nfrom = \"t\"\ncursr = \"x\"\n",
                "wharf.toml:7:1: unknown key `cursr`\n  did you mean `cursor`?",
            ),
        ] {
            let (_, mistakes) = parse(text);
            assert_eq!(mistakes.len(), 1, "{text}: {mistakes:?}");
            assert!(mistakes[0].contains(told), "{mistakes:?}");
            assert!(!mistakes[0].contains("hush"), "{mistakes:?}");
        }
    }
}
