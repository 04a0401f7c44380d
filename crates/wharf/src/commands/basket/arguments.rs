//! Flags of mining: how often, how long, how many, which rules.

use flow::analysis::baskets::Sizes;
use insight::basket::{Correction, Metric};

use crate::config::bytes;
use crate::failure::{Failure, Result};

#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Mining")]
pub struct MiningArgs {
    /// Sets in a lesser share of baskets are left out, like 0.01 or 1% [default: so that at most 10,000 sets stay; of these the
    /// rules that are no chance and have a certainty of 0.1, unless --min-confidence, --min-lift or --alpha say otherwise]
    #[arg(long, value_name = "SHARE", value_parser = share, conflicts_with = "min_count")]
    pub min_support: Option<f64>,
    /// Sets in fewer baskets are left out
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub min_count: Option<u64>,
    /// Baskets of fewer different items are left out [default: 2; of a file, 0]
    #[arg(long, value_name = "N")]
    pub min_items: Option<u64>,
    /// Baskets of more different items are left out, and told [default: 2000; of a file, no limit]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub max_items: Option<u64>,
    /// Items in a set, or in a rule on both sides together [default: rules 2, itemsets no limit]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub max_length: Option<u64>,
    /// Itemsets instead of rules: all frequent ones, closed or maximal ones
    #[arg(long, value_enum, value_name = "KIND")]
    pub itemsets: Option<Family>,
    /// Rules of a file, instead of itemsets
    #[arg(long, conflicts_with_all = ["itemsets", "count_only"])]
    pub rules: bool,
    /// Print the number of itemsets and the seconds spent mining
    #[arg(long)]
    pub count_only: bool,
    /// Threads to mine with [default: lake.threads; of a file, one a processor]
    #[arg(long, value_name = "N", value_parser = threads)]
    pub threads: Option<usize>,
    /// What mining may take, like 512MB; more ends with an error [default: lake.memory; of a file, 2GB]
    #[arg(long, value_name = "SIZE", value_parser = memory)]
    pub memory: Option<usize>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Family {
    All,
    /// No larger set is in as many baskets
    Closed,
    /// No larger set is frequent
    Maximal,
}

#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Rules")]
pub struct RuleArgs {
    /// Rules with this product before the arrow, by id
    #[arg(long, value_name = "PRODUCT")]
    pub of: Option<String>,
    /// Rules of a lesser confidence are left out
    #[arg(long, value_name = "SHARE", value_parser = share)]
    pub min_confidence: Option<f64>,
    /// Rules of a lesser lift are left out
    #[arg(long, value_name = "N", value_parser = number)]
    pub min_lift: Option<f64>,
    /// The best so many of all rules seen in 5 baskets or more (--min-count), by the metric of --sort: no support is chosen
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..),
        conflicts_with_all = ["limit", "itemsets", "count_only"])]
    pub top: Option<u64>,
    /// What comes first [default: certainty; itemsets: count]
    #[arg(long, value_enum, value_name = "METRIC")]
    pub sort: Option<Sort>,
    /// How many rules or itemsets [default: 20 to a person, all to a program]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub limit: Option<u64>,
    /// The chance that independent items are together so often (Fisher's exact test), corrected for all rules that there could be
    #[arg(long)]
    pub p_values: bool,
    /// Leave out rules with a greater p-value
    #[arg(long, value_name = "SHARE", value_parser = share)]
    pub alpha: Option<f64>,
    /// How p-values are corrected [default: holm]
    #[arg(long, value_enum)]
    pub correction: Option<By>,
    /// What the items of a rule or set made in the baskets that hold all of them
    #[arg(long)]
    pub revenue: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Sort {
    Count,
    Revenue,
    PValue,
    Support,
    Confidence,
    Lift,
    Leverage,
    Conviction,
    Zhang,
    Jaccard,
    Certainty,
    Kulczynski,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum By {
    None,
    Holm,
    BenjaminiHochberg,
}

impl Sort {
    /// Where it is one.
    pub fn metric(self) -> Option<Metric> {
        Some(match self {
            Sort::Count | Sort::Revenue | Sort::PValue => return None,
            Sort::Support => Metric::Support,
            Sort::Confidence => Metric::Confidence,
            Sort::Lift => Metric::Lift,
            Sort::Leverage => Metric::Leverage,
            Sort::Conviction => Metric::Conviction,
            Sort::Zhang => Metric::Zhang,
            Sort::Jaccard => Metric::Jaccard,
            Sort::Certainty => Metric::Certainty,
            Sort::Kulczynski => Metric::Kulczynski,
        })
    }

    /// The metric by which there are best rules; a count is a support.
    pub fn best(self) -> Option<Metric> {
        if self == Sort::Count { Some(Metric::Support) } else { self.metric() }
    }
}

impl MiningArgs {
    pub fn sizes(&self, default: Sizes) -> Sizes {
        Sizes { least: self.min_items.unwrap_or(default.least), most: self.max_items.unwrap_or(default.most) }
    }

    /// A file's itemsets are what is asked for unless it says rules, a shop's rules unless itemsets.
    pub fn wants_sets(&self, rules: &RuleArgs, is_file: bool) -> bool {
        let are_rules = self.rules || rules.top.is_some();
        self.itemsets.is_some() || self.count_only || (is_file && !are_rules)
    }

    /// Flags that contradict each other.
    /// `is_file`: itemsets are the answer unless rules are asked for.
    pub fn check(&self, rules: &RuleArgs, is_file: bool) -> Result<()> {
        if let (Some(least), Some(most)) = (self.min_items, self.max_items)
            && least > most
        {
            return Err(Failure::usage("--max-items is less than --min-items", "no basket would be left"));
        }
        let of_rules = [
            (rules.of.is_some(), "--of"),
            (rules.min_confidence.is_some(), "--min-confidence"),
            (rules.min_lift.is_some(), "--min-lift"),
            (rules.has_p_values(), "--p-values"),
        ];
        // The best rules are rules.
        let of_rules = if rules.top.is_some() { &[][..] } else { &of_rules[..] };
        let set = of_rules.iter().find(|(set, _)| *set).map(|(_, flag)| *flag);
        if let (true, Some(flag)) = (self.itemsets.is_some() || self.count_only, set) {
            return Err(Failure::usage(format!("{flag} is for rules"), "leave away --itemsets and --count-only"));
        }
        if let (true, false, Some(flag)) = (is_file, self.rules, set) {
            return Err(Failure::usage(
                format!("{flag} is for rules"),
                "add --rules: of a file itemsets are the answer else",
            ));
        }
        if let (Some(top), Some(sort)) = (rules.top, rules.sort.filter(|sort| sort.best().is_none())) {
            let flag = if sort == Sort::Revenue { "--revenue --sort revenue" } else { "--sort p-value" };
            return Err(Failure::usage(
                "--top is by a metric of the rule",
                format!("leave it away: {flag} --limit {top}"),
            ));
        }
        if rules.correction.is_some() && !rules.has_p_values() {
            return Err(Failure::usage("--correction is of p-values", "add --p-values"));
        }
        if self.count_only && rules.revenue {
            return Err(Failure::usage("--revenue is of sets that are shown", "leave away --count-only"));
        }
        if rules.sort == Some(Sort::Revenue) && !rules.revenue {
            return Err(Failure::usage("--sort revenue needs --revenue", "add it"));
        }
        let wants_rules = !self.wants_sets(rules, is_file);
        if self.max_length == Some(1) && wants_rules {
            return Err(Failure::usage("a rule has two items or more", "raise --max-length, or ask for --itemsets"));
        }
        Ok(())
    }
}

impl RuleArgs {
    /// Whether rules that there are may be left out.
    pub fn filters(&self) -> bool {
        self.of.is_some() || self.min_confidence.is_some() || self.min_lift.is_some() || self.alpha.is_some()
    }

    /// Which rules are worth a look is said by the user, so they are not judged for him.
    pub fn has_limits(&self) -> bool {
        self.has_p_values() || self.min_confidence.is_some() || self.min_lift.is_some()
    }

    pub fn has_p_values(&self) -> bool {
        self.p_values || self.alpha.is_some() || self.sort == Some(Sort::PValue)
    }

    pub fn correction(&self) -> Correction {
        match self.correction {
            Some(By::None) => Correction::None,
            None | Some(By::Holm) => Correction::Holm,
            Some(By::BenjaminiHochberg) => Correction::BenjaminiHochberg,
        }
    }
}

/// A share above 0 and up to 1, or percent.
fn share(text: &str) -> std::result::Result<f64, String> {
    let number = match text.strip_suffix('%') {
        Some(percent) => percent.trim().parse::<f64>().map(|percent| percent / 100.0),
        None => text.parse(),
    };
    let fits = number.ok().filter(|share| *share > 0.0 && *share <= 1.0);
    fits.ok_or_else(|| "write a share above 0 and up to 1, like 0.01, or percent, like 1%".to_owned())
}

fn number(text: &str) -> std::result::Result<f64, String> {
    let number = text.parse().ok().filter(|number: &f64| *number >= 0.0 && number.is_finite());
    number.ok_or_else(|| "write a number from 0 on, like 1.5".to_owned())
}

fn threads(text: &str) -> std::result::Result<usize, String> {
    const MOST: usize = 1024;
    let threads = text.parse().ok().filter(|threads| (1..=MOST).contains(threads));
    threads.ok_or_else(|| format!("write a whole number from 1 to {MOST}"))
}

fn memory(text: &str) -> std::result::Result<usize, String> {
    bytes(text).ok_or_else(|| "write bytes with a unit, like 512MB or 2GB".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares() {
        assert_eq!((share("0.01"), share("1%"), share("1")), (Ok(0.01), Ok(0.01), Ok(1.0)));
        for text in ["0", "-0.1", "1.01", "NaN", "inf", "", "%", "200%"] {
            assert!(share(text).is_err(), "{text}");
        }
        assert!(number("NaN").is_err() && number("-1").is_err() && number("0") == Ok(0.0));
        assert!(threads("0").is_err() && threads("2") == Ok(2));
    }
}
