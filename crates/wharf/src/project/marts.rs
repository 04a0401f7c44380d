//! The models that come with wharf.

/// Their folder as messages name it; in a project a file of the same name under models/ takes a model's place.
pub const FOLDER: &str = "wharf:models/";

macro_rules! marts {
    ($($name:literal),+ $(,)?) => {
        [$(($name, include_str!(concat!("../../../../models/", $name, ".sql")))),+]
    };
}

pub const MARTS: [(&str, &str); 6] = marts![
    "order_lines_wide",
    "daily_customer_stats",
    "daily_sales",
    "customer_summary",
    "cohorts",
    "product_daily_demand",
];

pub const METRICS: &str = include_str!("../../../../models/metrics.yaml");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_model_in_the_folder_is_embedded() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../models");
        let mut names: Vec<String> = std::fs::read_dir(folder)
            .unwrap()
            .filter_map(|entry| entry.unwrap().file_name().to_str()?.strip_suffix(".sql").map(str::to_owned))
            .collect();
        names.sort();
        let mut embedded: Vec<&str> = MARTS.iter().map(|(name, _)| *name).collect();
        embedded.sort_unstable();
        assert_eq!(names, embedded);
    }
}
