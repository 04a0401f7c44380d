//! dashboards/NAME.yaml: a page of a shop's own, made of tiles that name a metric or a saved question.

use crate::fields::Fields;
use crate::problem::Problem;
use crate::yaml::{self, Node, Value};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dashboard {
    pub title: String,
    pub tiles: Vec<Tile>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tile {
    pub title: Option<String>,
    pub asks: Asks,
    pub chart: Chart,
    pub line: usize,
}

/// Where a tile's rows come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Asks {
    /// A metric of metrics.yaml, by what; without one it is a single number.
    Metric { name: String, by: Option<String> },
    /// A file queries/NAME.sql.
    Query(String),
    /// A SELECT.
    Sql(String),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Chart {
    Line,
    Bar,
    Number,
    Table,
}

const CHARTS: [(&str, Chart); 4] =
    [("line", Chart::Line), ("bar", Chart::Bar), ("number", Chart::Number), ("table", Chart::Table)];

/// What a metric may be asked by.
pub const BY: [&str; 6] = ["day", "week", "month", "country", "category", "channel"];

impl Chart {
    pub fn name(self) -> &'static str {
        CHARTS.iter().find(|(_, chart)| *chart == self).map_or("table", |(name, _)| name)
    }
}

impl Dashboard {
    /// All mistakes are told together.
    pub fn parse(file: &str, text: &str) -> Result<Dashboard, Vec<Problem>> {
        let node = yaml::parse(file, text).map_err(|problem| vec![problem])?;
        let mut problems = Vec::new();
        let Some(mut fields) = Fields::of(file, &node, "a dashboard", &["title", "tiles"], &mut problems) else {
            return Err(problems);
        };
        let title = fields.text("title").unwrap_or_else(|| stem(file).to_owned());
        let tiles = match fields.get("tiles").map(|tiles| (tiles, &tiles.value)) {
            Some((_, Value::List(tiles))) => tiles.as_slice(),
            Some((tiles, _)) => {
                fields.tell(tiles.at, "tiles are a list: begin each with `- `");
                &[]
            }
            None => {
                fields.tell(node.at, "a dashboard needs tiles");
                &[]
            }
        };
        let tiles = tiles.iter().filter_map(|node| tile(file, node, &mut problems)).collect();
        if problems.is_empty() { Ok(Dashboard { title, tiles }) } else { Err(problems) }
    }
}

fn tile(file: &str, node: &Node, problems: &mut Vec<Problem>) -> Option<Tile> {
    let keys = ["title", "metric", "by", "query", "sql", "chart"];
    let mut fields = Fields::of(file, node, "a tile", &keys, problems)?;
    let (title, chart) = (fields.text("title"), fields.choice("chart", &CHARTS));
    let by = fields.word("by");
    if let Some((by, at)) = &by
        && !BY.contains(&by.as_str())
    {
        let problem = Problem::new(file, *at, format!("a metric cannot be asked by `{by}`"));
        fields.problems().push(problem.suggest(by, BY));
    }
    let asked = [fields.text("metric"), fields.text("query"), fields.text("sql")];
    let asks = match asked {
        [Some(name), None, None] => Asks::Metric { name, by: by.map(|(by, _)| by) },
        [None, Some(name), None] => Asks::Query(name),
        [None, None, Some(sql)] => Asks::Sql(sql),
        _ => {
            fields.tell(node.at, "a tile names one of metric, query and sql");
            return None;
        }
    };
    let usual = match &asks {
        Asks::Metric { by: None, .. } => Chart::Number,
        Asks::Metric { by: Some(by), .. } if ["day", "week", "month"].contains(&by.as_str()) => Chart::Line,
        Asks::Metric { .. } => Chart::Bar,
        Asks::Query(_) | Asks::Sql(_) => Chart::Table,
    };
    Some(Tile { title, asks, chart: chart.unwrap_or(usual), line: node.at.line })
}

fn stem(file: &str) -> &str {
    let name = file.rsplit('/').next().unwrap_or(file);
    name.split('.').next().unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_of_ones_own() {
        let text = "title: Morning\ntiles:\n  - {metric: net_sales, by: day}\n  - {title: All, metric: orders}\n  - {query: top, chart: bar}\n  - sql: select 1 as one\n";
        let page = Dashboard::parse("dashboards/morning.yaml", text).unwrap();
        assert_eq!(page.title, "Morning");
        let charts: Vec<Chart> = page.tiles.iter().map(|tile| tile.chart).collect();
        assert_eq!(charts, [Chart::Line, Chart::Number, Chart::Bar, Chart::Table]);
        assert_eq!(page.tiles[0].asks, Asks::Metric { name: "net_sales".into(), by: Some("day".into()) });
    }

    #[test]
    fn mistakes_are_told_with_their_place() {
        let text =
            "tiles:\n  - {metric: net_sales, by: dey}\n  - {chart: pie, sql: select 1}\n  - {metric: a, sql: b}\n";
        let told: Vec<String> = Dashboard::parse("d.yaml", text).unwrap_err().iter().map(ToString::to_string).collect();
        let told = told.join("\n");
        for part in
            ["d.yaml:2:", "did you mean `day`?", "d.yaml:3:", "pie", "d.yaml:4:", "one of metric, query and sql"]
        {
            assert!(told.contains(part), "{part} in\n{told}");
        }
        assert!(Dashboard::parse("d.yaml", "title: x\n").is_err());
    }
}
