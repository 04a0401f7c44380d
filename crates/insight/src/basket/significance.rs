//! Whether a rule may be chance: tests of one rule, corrected for how many were tried.

use std::f64::consts::TAU;

use super::{Contingency, Error};

/// A test of independence of antecedent and consequent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Test {
    /// Fisher's exact test, one-sided: the chance of this many common baskets or more if the two were independent.
    /// Right for small counts too. Fisher 1922; Hämäläinen, *Kingfisher*, 2012, for rules.
    Fisher,
    /// Pearson's chi-square with one degree of freedom, without Yates' continuity correction, two-sided: also two that
    /// avoid each other are significant. An approximation, for expected counts of five and more. Pearson 1900; Brin,
    /// Motwani, Silverstein, *Beyond market baskets*, SIGMOD 1997, for rules.
    ChiSquare,
}

/// What is done about trying many rules: of a thousand tested at 5%, fifty pass by chance alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Correction {
    None,
    /// Keeps the chance that any rule passes wrongly below alpha. Holm, *A simple sequentially rejective multiple test
    /// procedure*, 1979.
    Holm,
    /// Keeps the expected share of wrong ones among the rules that pass below alpha. Benjamini, Hochberg, *Controlling
    /// the false discovery rate*, 1995.
    BenjaminiHochberg,
}

/// Rules whose corrected p-value is above `alpha` are left out.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Significance {
    pub test: Test,
    pub correction: Correction,
    /// 0 to 1.
    pub alpha: f64,
}

impl Significance {
    pub(super) fn check(&self) -> Result<(), Error> {
        if (0.0..=1.0).contains(&self.alpha) {
            return Ok(());
        }
        Err(Error::option("alpha", format!("is {}; it goes from 0 to 1", self.alpha)))
    }
}

impl Default for Significance {
    /// Fisher's test with Holm's correction at 5%.
    fn default() -> Significance {
        Significance { test: Test::Fisher, correction: Correction::Holm, alpha: 0.05 }
    }
}

impl Contingency {
    /// The p-value of the test. 1 where the counts do not fit each other.
    pub fn p_value(&self, test: Test) -> f64 {
        let Contingency { baskets, antecedent, consequent, both } = *self;
        let least = (antecedent + consequent).saturating_sub(baskets);
        if antecedent.max(consequent) > baskets || both > antecedent.min(consequent) || both < least {
            return 1.0;
        }
        match test {
            Test::Fisher => fisher(baskets, antecedent, consequent, both),
            Test::ChiSquare => libm::erfc((self.chi_square() / 2.0).sqrt()),
        }
    }

    /// Pearson's statistic: baskets × leverage² / (P(A) (1 - P(A)) P(C) (1 - P(C))); 0 where something is in all
    /// baskets or in none.
    pub fn chi_square(&self) -> f64 {
        let [baskets, antecedent, consequent, both] =
            [self.baskets, self.antecedent, self.consequent, self.both].map(|count| count as f64);
        let beyond = both * baskets - antecedent * consequent;
        let spread = antecedent * (baskets - antecedent) * consequent * (baskets - consequent);
        if spread <= 0.0 { 0.0 } else { beyond / spread * beyond * baskets }
    }
}

/// Corrected p-values, in the order given. `tests` is how many were made in all; where it is more than there are
/// p-values (those of tests that were not kept), the correction errs on the safe side.
pub fn adjust(p_values: &[f64], correction: Correction, tests: f64) -> Vec<f64> {
    let tests = tests.max(p_values.len() as f64);
    let mut order: Vec<usize> = (0..p_values.len()).collect();
    order.sort_by(|a, b| p_values[*a].total_cmp(&p_values[*b]));
    let mut adjusted = p_values.to_vec();
    match correction {
        Correction::None => {}
        Correction::Holm => {
            let mut highest = 0f64;
            for (rank, index) in order.into_iter().enumerate() {
                highest = highest.max((p_values[index] * (tests - rank as f64)).min(1.0));
                adjusted[index] = highest;
            }
        }
        Correction::BenjaminiHochberg => {
            let mut lowest = 1f64;
            for (rank, index) in order.into_iter().enumerate().rev() {
                lowest = lowest.min(p_values[index] * tests / (rank + 1) as f64);
                adjusted[index] = lowest;
            }
        }
    }
    adjusted
}

/// The upper tail of the hypergeometric distribution from `both` on, summed on the side where terms fall.
fn fisher(baskets: u64, antecedent: u64, consequent: u64, both: u64) -> f64 {
    let least = (antecedent + consequent).saturating_sub(baskets);
    let most = antecedent.min(consequent);
    if both <= least {
        return 1.0;
    }
    let [n, a, c] = [baskets, antecedent, consequent].map(|count| count as f64);
    let start = both as f64;
    if start * n >= a * c {
        let mut term = hypergeometric(both, baskets, antecedent, consequent);
        let mut sum = term;
        let mut k = start;
        while k < most as f64 && term > sum * 1e-17 {
            term *= (a - k) * (c - k) / ((k + 1.0) * (n - a - c + k + 1.0));
            k += 1.0;
            sum += term;
        }
        sum.min(1.0)
    } else {
        let mut k = start - 1.0;
        let mut term = hypergeometric(both - 1, baskets, antecedent, consequent);
        let mut sum = term;
        while k > least as f64 && term > sum * 1e-17 {
            term *= k * (n - a - c + k) / ((a - k + 1.0) * (c - k + 1.0));
            k -= 1.0;
            sum += term;
        }
        (1.0 - sum).max(0.0)
    }
}

/// The chance of exactly `both` by binomial densities in saddle-point form, which keeps its digits for counts in the
/// millions. Loader, *Fast and accurate computation of binomial probabilities*, 2000.
fn hypergeometric(both: u64, baskets: u64, antecedent: u64, consequent: u64) -> f64 {
    let [x, n, a, c] = [both, baskets, antecedent, consequent].map(|count| count as f64);
    let p = a / n;
    (ln_binomial(x, c, p) + ln_binomial(a - x, n - c, p) - ln_binomial(a, n, p)).exp()
}

/// The logarithm of the binomial density of `x` hits in `n` at a chance of `p`, which is neither 0 nor 1.
fn ln_binomial(x: f64, n: f64, p: f64) -> f64 {
    if x == 0.0 {
        return n * libm::log1p(-p);
    }
    if x == n {
        return n * p.ln();
    }
    let factorials = stirling_error(n) - stirling_error(x) - stirling_error(n - x);
    let deviances = deviance(x, n * p) + deviance(n - x, n * (1.0 - p));
    factorials - deviances + 0.5 * (n / (TAU * x * (n - x))).ln()
}

/// ln n! less Stirling's approximation of it.
fn stirling_error(n: f64) -> f64 {
    if n < 16.0 {
        let factorial: f64 = (2..=n as u32).map(f64::from).product();
        return factorial.ln() - ((n + 0.5) * n.ln() - n + 0.5 * TAU.ln());
    }
    let square = n * n;
    (1.0 / 12.0 - (1.0 / 360.0 - (1.0 / 1260.0 - (1.0 / 1680.0) / square) / square) / square) / n
}

/// x ln(x / mean) + mean - x, also where x is close to the mean.
fn deviance(x: f64, mean: f64) -> f64 {
    if (x - mean).abs() >= 0.1 * (x + mean) {
        return x * (x / mean).ln() + mean - x;
    }
    let v = (x - mean) / (x + mean);
    let mut sum = (x - mean) * v;
    let mut term = 2.0 * x * v;
    for odd in (3..1000).step_by(2) {
        term *= v * v;
        let next = sum + term / f64::from(odd);
        if next == sum {
            break;
        }
        sum = next;
    }
    sum
}
