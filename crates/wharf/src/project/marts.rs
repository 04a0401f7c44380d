//! The models that come with wharf.

use models::Model;

/// How names of our files begin.
pub const OURS: &str = "wharf:";

/// One of our models: its name, its file as messages name it, its text. In a project a file of the same name under models/
/// takes its place.
pub struct Mart {
    pub name: &'static str,
    pub file: &'static str,
    pub text: &'static str,
}

macro_rules! marts {
    ($folder:literal, $($name:literal),+ $(,)?) => {
        [$(Mart {
            name: $name,
            file: concat!("wharf:", $folder, $name, ".sql"),
            text: include_str!(concat!("../../../../", $folder, $name, ".sql")),
        }),+]
    };
}

const MARTS: [Mart; 7] = marts![
    "models/",
    "order_lines_wide",
    "daily_customer_stats",
    "daily_sales",
    "customer_summary",
    "cohorts",
    "product_daily_demand",
    "basket_rules",
];

/// Where cancelled orders are taken back on the day of their cancellation, these stand beside the others, or in the place
/// of one of the same name.
const REVERSE: [Mart; 4] =
    marts!["models/reverse/", "cancelled_lines", "order_lines_wide", "customer_summary", "cohorts"];

/// Checks that do not hold there: a day may take back more than it sold.
const NOT_NEGATIVE: [(&str, &str); 5] = [
    ("daily_customer_stats", "orders >= 1"),
    ("daily_customer_stats", "spend >= 0"),
    ("daily_sales", "orders >= 0"),
    ("daily_sales", "gross_sales >= 0"),
    ("product_daily_demand", "units >= 0"),
];

pub const METRICS: &str = include_str!("../../../../models/metrics.yaml");

/// Our models; `reverse` is shop.cancelled = "reverse".
pub fn ours(reverse: bool) -> impl Iterator<Item = &'static Mart> {
    let special = move |mart: &&Mart| reverse && REVERSE.iter().any(|other| other.name == mart.name);
    MARTS.iter().filter(move |mart| !special(mart)).chain(REVERSE.iter().filter(move |_| reverse))
}

/// Takes the checks out of one of our models that cannot hold where cancelled orders are taken back.
pub fn allow_negative(model: &mut Model) {
    let name = model.name.clone();
    model.header.checks.retain(|check| !NOT_NEGATIVE.contains(&(name.as_str(), check.name.as_str())));
}

#[cfg(test)]
mod tests {
    use super::*;
    use models::Layer;

    #[test]
    fn every_model_in_the_folders_is_embedded() {
        for (folder, marts) in [("models", &MARTS[..]), ("models/reverse", &REVERSE[..])] {
            let path = format!("{}/../../{folder}", env!("CARGO_MANIFEST_DIR"));
            let mut names: Vec<String> = std::fs::read_dir(path)
                .unwrap()
                .filter_map(|entry| entry.unwrap().file_name().to_str()?.strip_suffix(".sql").map(str::to_owned))
                .collect();
            names.sort();
            let mut embedded: Vec<&str> = marts.iter().map(|mart| mart.name).collect();
            embedded.sort_unstable();
            assert_eq!(names, embedded);
        }
    }

    #[test]
    fn both_ways_give_the_same_columns() {
        let columns = |reverse: bool, name: &str| {
            let mart = ours(reverse).find(|mart| mart.name == name).unwrap();
            let model = Model::parse(mart.name, mart.file, Layer::Marts, mart.text).unwrap();
            let told: Vec<String> = model.header.columns.iter().map(|column| column.name.clone()).collect();
            (model.columns.unwrap(), told, model.header.kind)
        };
        for mart in &MARTS {
            assert_eq!(columns(true, mart.name), columns(false, mart.name), "{}", mart.name);
        }
        assert_eq!(ours(true).count(), MARTS.len() + 1);
        assert_eq!(ours(false).count(), MARTS.len());
    }

    #[test]
    fn the_checks_that_are_left_out_are_there() {
        for (name, check) in NOT_NEGATIVE {
            let mart = ours(true).find(|mart| mart.name == name).unwrap();
            let mut model = Model::parse(mart.name, mart.file, Layer::Marts, mart.text).unwrap();
            assert!(model.header.checks.iter().any(|known| known.name == check), "{name}: {check}");
            allow_negative(&mut model);
            assert!(!model.header.checks.iter().any(|known| known.name == check), "{name}: {check}");
        }
    }
}
