//! Chance that is the same everywhere: every number comes from (seed, what it is for, whose it is), in no order of calls.
//!
//! The generator is SplitMix64 (Steele, Lea and Flood 2014); transcendental functions are those of the `libm` crate, or
//! our own where they are asked for by the million, which give the same bits on every machine, as a platform's do not (a square root
//! is exact everywhere). That is also why the
//! distributions are written here: `rand_distr` calls the platform's.

/// What a stream of numbers is for. The numbers are part of what a seed means: never change one.
#[derive(Debug, Clone, Copy)]
pub enum Of {
    Rate = 1,
    Profile = 2,
    Arrival = 3,
    Purchase = 4,
    Life = 5,
    Basket = 6,
    Person = 7,
    Cart = 8,
    Fault = 9,
    Product = 10,
    Rank = 11,
    Group = 12,
    Promotion = 13,
    Supply = 14,
    Luck = 15,
    Usual = 16,
    Launch = 17,
}

mod exp;
mod ziggurat;

use exp::exp;

#[derive(Debug, Clone)]
pub struct Draw(u64);

const GOLDEN: u64 = 0x9E37_79B9_7F4A_7C15;

/// SplitMix64's finaliser: a bijection in which every bit of the input stirs every bit of the output.
pub const fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

impl Draw {
    pub fn new(seed: u64, of: Of, whose: u64) -> Draw {
        let stream = mix(seed ^ (of as u64).wrapping_mul(GOLDEN));
        Draw(mix(stream.wrapping_add(whose.wrapping_mul(0xD134_2543_DE82_EF95))))
    }

    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(GOLDEN);
        mix(self.0)
    }

    /// In [0, 1).
    pub fn unit(&mut self) -> f64 {
        (self.bits() >> 11) as f64 * (1.0 / (1u64 << 53) as f64)
    }

    /// In [low, high).
    pub fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.unit()
    }

    pub fn chance(&mut self, probability: f64) -> bool {
        self.unit() < probability
    }

    /// In 0..n; n is far below 2^32, so the bias of the multiplication cannot be seen.
    pub fn below(&mut self, n: usize) -> usize {
        (((self.bits() >> 32) * n as u64) >> 32) as usize
    }

    /// An index of an alias table, of which `side` tells each slot's.
    #[inline]
    pub fn side<T>(&mut self, slots: &[T], side: impl Fn(&T) -> Side) -> usize {
        let at = u128::from(self.bits()) * slots.len() as u128;
        let (index, rest) = ((at >> 64) as usize, (at as u64 >> 32) as u32);
        let Side { keep, other } = side(&slots[index]);
        // Chosen by number, since a branch on chance is guessed wrong half of the time.
        if rest < keep { index } else { other as usize }
    }

    /// As if so many numbers had been taken.
    pub fn skip(&mut self, numbers: u64) {
        self.0 = self.0.wrapping_add(GOLDEN.wrapping_mul(numbers));
    }

    pub fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }

    /// Exponential with mean 1.
    pub fn exponential(&mut self) -> f64 {
        ziggurat::exponential(self)
    }

    /// Standard normal.
    pub fn normal(&mut self) -> f64 {
        ziggurat::normal(self)
    }

    /// exp(N(0, sigma²)), divided by its mean.
    pub fn log_normal(&mut self, sigma: f64) -> f64 {
        exp(sigma * self.normal() - sigma * sigma / 2.0)
    }

    /// Gamma with scale 1, by Marsaglia and Tsang (2000); a shape below 1 is boosted by a power of a uniform number,
    /// whose logarithm is an exponential one.
    pub fn gamma(&mut self, shape: f64) -> f64 {
        if shape < 1.0 {
            let boost = exp(-self.exponential() / shape);
            return self.gamma(shape + 1.0) * boost;
        }
        let d = shape - 1.0 / 3.0;
        let c = 1.0 / (9.0 * d).sqrt();
        loop {
            let x = self.normal();
            let v = 1.0 + c * x;
            if v <= 0.0 {
                continue;
            }
            let v = v * v * v;
            let u = 1.0 - self.unit();
            // Their squeeze: what it takes would be taken below too, after two logarithms.
            if u < 1.0 - 0.0331 * (x * x) * (x * x) {
                return d * v;
            }
            if libm::log(u) < 0.5 * x * x + d - d * v + d * libm::log(v) {
                return d * v;
            }
        }
    }

    pub fn beta(&mut self, a: f64, b: f64) -> f64 {
        let (x, y) = (self.gamma(a), self.gamma(b));
        x / (x + y)
    }

    /// Failures before the first success, with the given mean.
    pub fn geometric(&mut self, mean: f64) -> u32 {
        self.failures(mean / (1.0 + mean))
    }

    /// Failures before the first success, given the probability of one.
    pub fn failures(&mut self, failure: f64) -> u32 {
        if failure <= 0.0 {
            return 0;
        }
        let u = 1.0 - self.unit();
        if failure > 0.9 {
            return if u > failure { 0 } else { (libm::log(u) / libm::log(failure)).min(1e6) as u32 };
        }
        // Few failures are quicker counted than two logarithms taken.
        let (mut failures, mut power) = (0, failure);
        while u <= power {
            failures += 1;
            power *= failure;
        }
        failures
    }

    /// How many of running shares are over at a number drawn: an index by weight, for a few of them. All are looked at, since a
    /// branch on chance is guessed wrong half of the time.
    #[inline]
    pub fn shared<const N: usize>(&mut self, upto: &[f64; N]) -> usize {
        let unit = self.unit();
        upto.iter().map(|upto| usize::from(unit >= *upto)).sum()
    }

    /// An index by weight.
    pub fn weighted(&mut self, weights: &[f64]) -> usize {
        let mut left = self.unit() * weights.iter().sum::<f64>();
        for (at, weight) in weights.iter().enumerate() {
            left -= weight;
            if left < 0.0 {
                return at;
            }
        }
        weights.len() - 1
    }
}

/// A slot of an alias table: the share of it that is its own, in parts of 2^32, and whose the rest is.
#[derive(Debug, Clone, Copy, Default)]
pub struct Side {
    keep: u32,
    other: u32,
}

/// An alias table that draws by weight.
pub fn alias(weights: &[f64]) -> Vec<Side> {
    let all: f64 = weights.iter().sum();
    let scale = if all > 0.0 { weights.len() as f64 / all } else { 0.0 };
    let mut shares: Vec<f64> = weights.iter().map(|weight| weight * scale).collect();
    let mut others: Vec<u32> = (0..weights.len() as u32).collect();
    let (mut small, mut large): (Vec<usize>, Vec<usize>) = (0..shares.len()).partition(|at| shares[*at] < 1.0);
    while let (Some(low), Some(high)) = (small.pop(), large.last().copied()) {
        others[low] = high as u32;
        shares[high] -= 1.0 - shares[low];
        if shares[high] < 1.0 {
            large.pop();
            small.push(high);
        }
    }
    // What rounding left over is whole: its other is itself.
    let side = |(share, other): (f64, u32)| Side { keep: (share * 4_294_967_296.0) as u32, other };
    shares.into_iter().zip(others).map(side).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_generator_is_splitmix64() {
        // From the reference implementation, seed 1234567.
        let mut draw = Draw(1_234_567);
        assert_eq!([draw.bits(), draw.bits()], [6_457_827_717_110_365_317, 3_203_168_211_198_807_973]);
    }

    #[test]
    fn streams_are_what_they_always_were() {
        let mut draw = Draw::new(42, Of::Rate, 7);
        let numbers = [draw.unit(), draw.normal(), draw.gamma(0.5), draw.beta(0.8, 2.5), draw.exponential()];
        let bits: Vec<u64> = numbers.iter().map(|number| number.to_bits()).collect();
        assert_eq!(bits, KNOWN, "{numbers:?}");
    }

    const KNOWN: [u64; 5] =
        [4604930015173251423, 4606687439032475379, 4606890646775692034, 4582812690501269780, 4616630362752677195];

    #[test]
    fn an_alias_table_draws_by_weight() {
        let weights = [5.0, 1.0, 0.0, 0.5, 3.5];
        let (table, mut draw, mut drawn) = (alias(&weights), Draw::new(1, Of::Basket, 1), [0; 5]);
        (0..100_000).for_each(|_| drawn[draw.side(&table, |side| *side)] += 1);
        for (count, weight) in drawn.iter().zip(weights) {
            assert!((f64::from(*count) / 10_000.0 - weight).abs() < 0.06, "{drawn:?}");
        }
        assert_eq!(drawn[2], 0);
        let mut skipped = draw.clone();
        skipped.skip(3);
        let _: Vec<u64> = (0..3).map(|_| draw.bits()).collect();
        assert_eq!(draw.bits(), skipped.bits());
    }

    #[test]
    fn distributions_have_their_moments() {
        let mut draw = Draw::new(1, Of::Rate, 1);
        let mean = |of: &mut dyn FnMut() -> f64| (0..200_000).map(|_| of()).sum::<f64>() / 200_000.0;
        assert!((mean(&mut || draw.gamma(0.3)) - 0.3).abs() < 0.01);
        assert!((mean(&mut || draw.gamma(4.5)) - 4.5).abs() < 0.03);
        assert!((mean(&mut || draw.beta(0.8, 2.4)) - 0.25).abs() < 0.005);
        assert!((mean(&mut || draw.exponential()) - 1.0).abs() < 0.01);
        assert!((mean(&mut || f64::from(draw.geometric(1.7))) - 1.7).abs() < 0.03);
        assert!((mean(&mut || draw.normal().powi(2)) - 1.0).abs() < 0.02);
        assert!((mean(&mut || draw.log_normal(0.6)) - 1.0).abs() < 0.02);
    }
}
