//! What is told where nothing was found: what was tried, and what may help.

use flow::analysis::MIN_CERTAINTY;
use flow::analysis::baskets::Filled;
use insight::basket::{self, Mining, Support};

use super::mine::{ALPHA, Asked};
use crate::output::thousands;

/// Why there are no rules, or no sets, in three lines.
pub fn nothing(filled: &Filled, asked: &Asked, is_file: bool) -> String {
    let pairs_of = |count: u64| if count == 1 { "1 pair".to_owned() } else { format!("{} pairs", thousands(count)) };
    let least = asked.least;
    let looked_at = baskets(filled.len() as u64);
    let chance = asked.tested.filter(|tested| tested.chance + tested.weak.unwrap_or(0) > 0);
    let together = together(filled, asked);
    let found = match chance {
        Some(_) => "Nothing is together more often than chance has it.".to_owned(),
        None => format!("Nothing is together in {} or more.", baskets(least)),
    };
    let tried = match (chance, together) {
        (Some(tested), _) => {
            let weak = match tested.weak.unwrap_or(0) {
                0 => String::new(),
                weak => format!("; {} hardly more often (certainties below {MIN_CERTAINTY})", thousands(weak)),
            };
            format!(
                "{looked_at}; {} of items that each are in {} or more, {} of them together so often too: as so many pairs \
                 are by chance (p-values above {ALPHA}, corrected){weak}",
                pairs_of(tested.tried),
                baskets(least),
                thousands(tested.chance)
            )
        }
        (None, Some((0, _))) => format!("{looked_at}, none of which holds two items"),
        (None, Some((pairs, most))) => {
            format!("{looked_at}; {} of items, the most common in {}", pairs_of(pairs), baskets(most))
        }
        (None, None) => looked_at,
    };
    let lower = match (chance, together) {
        (Some(_), _) => format!("--min-count {least} shows them all the same. "),
        (None, Some((1.., most))) => format!("--min-count {most} shows the most common, which may be chance. "),
        (None, _) => String::new(),
    };
    let wider = match is_file {
        true => "More baskets tell more.",
        false => {
            "--level category takes wider items, where products have a category, --by customer larger baskets. More orders tell more."
        }
    };
    format!("{found}\nTried: {tried}.\n{lower}{wider}")
}

pub fn baskets(count: u64) -> String {
    if count == 1 { "1 basket".to_owned() } else { format!("{} baskets", thousands(count)) }
}

/// How many pairs there are in any basket, and in how many baskets the most common is; `None` where that takes too much.
fn together(filled: &Filled, asked: &Asked) -> Option<(u64, u64)> {
    let mining = Mining { min_support: Support::Count(1), ..asked.mining.clone() };
    let pairs = basket::pairs(filled.baskets().ok()?, &mining).ok()?;
    Some((pairs.found.len() as u64, pairs.found.first().map_or(0, |pair| u64::from(pair.both))))
}
