//! Normal and exponential numbers from one random number each, mostly: the ziggurat (Marsaglia and Tsang 2000, as Doornik 2005
//! has it). The area under a density is cut into layers of one size; nearly all of a layer lies under the curve, and only its edge
//! needs a logarithm or an exponential.

use std::sync::LazyLock;

use super::Draw;

const LAYERS: usize = 256;

pub struct Ziggurat {
    /// How far each layer reaches, from the widest on: that of the lowest is as if its tail were part of it.
    edges: [f64; LAYERS + 1],
    /// The density at each edge.
    heights: [f64; LAYERS + 1],
}

static NORMAL: LazyLock<Ziggurat> = LazyLock::new(|| {
    let inverse = |height: f64| (-2.0 * libm::log(height)).sqrt();
    Ziggurat::new(3.654_152_885_361_009, 0.004_928_673_233_992_336, normal_density, inverse)
});
static EXPONENTIAL: LazyLock<Ziggurat> = LazyLock::new(|| {
    let inverse = |height: f64| -libm::log(height);
    Ziggurat::new(7.697_117_470_131_05, 0.003_949_659_822_581_557, |x| libm::exp(-x), inverse)
});

fn normal_density(x: f64) -> f64 {
    libm::exp(-x * x / 2.0)
}

impl Ziggurat {
    /// `tail`: where the lowest layer ends and the tail begins; `area`: of each layer. Both follow from the number of layers.
    fn new(tail: f64, area: f64, density: fn(f64) -> f64, inverse: fn(f64) -> f64) -> Ziggurat {
        let mut edges = [0.0; LAYERS + 1];
        (edges[0], edges[1]) = (area / density(tail), tail);
        for at in 2..LAYERS {
            edges[at] = inverse(area / edges[at - 1] + density(edges[at - 1]));
        }
        Ziggurat { edges, heights: edges.map(density) }
    }

    /// A number below a layer's edge, and whether it is under the curve for sure; else the layer is told.
    #[inline]
    fn try_layer(&self, bits: u64) -> (f64, Result<(), usize>) {
        let layer = bits as usize % LAYERS;
        let x = (bits >> 11) as f64 * (1.0 / (1u64 << 53) as f64) * self.edges[layer];
        (x, if x < self.edges[layer + 1] { Ok(()) } else { Err(layer) })
    }

    /// Whether a point at `x` of a layer's edge, at a height drawn, is under the curve.
    fn is_under(&self, layer: usize, draw: &mut Draw, density: f64) -> bool {
        let (low, high) = (self.heights[layer], self.heights[layer + 1]);
        low + (high - low) * draw.unit() < density
    }
}

pub fn exponential(draw: &mut Draw) -> f64 {
    let ziggurat = &*EXPONENTIAL;
    // Beyond the tail's beginning the rest is as from the beginning.
    let mut before = 0.0;
    loop {
        match ziggurat.try_layer(draw.bits()) {
            (x, Ok(())) => return before + x,
            (_, Err(0)) => before += ziggurat.edges[1],
            (x, Err(layer)) if ziggurat.is_under(layer, draw, libm::exp(-x)) => return before + x,
            _ => {}
        }
    }
}

pub fn normal(draw: &mut Draw) -> f64 {
    let ziggurat = &*NORMAL;
    loop {
        let bits = draw.bits();
        // A bit that neither the layer nor the number is made of.
        let sign = if bits >> 8 & 1 == 0 { 1.0 } else { -1.0 };
        match ziggurat.try_layer(bits) {
            (x, Ok(())) => return sign * x,
            (_, Err(0)) => return sign * tail(draw, ziggurat.edges[1]),
            (x, Err(layer)) if ziggurat.is_under(layer, draw, normal_density(x)) => return sign * x,
            _ => {}
        }
    }
}

/// Beyond `from` (Marsaglia 1964).
fn tail(draw: &mut Draw, from: f64) -> f64 {
    loop {
        let x = -libm::log(1.0 - draw.unit()) / from;
        if -2.0 * libm::log(1.0 - draw.unit()) > x * x {
            return from + x;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::draw::Of;

    /// The share of numbers below each limit is that of the distribution, far out as well.
    #[test]
    fn shares_are_those_of_the_distribution() {
        let count = 4_000_000;
        let check = |number: &mut dyn FnMut() -> f64, share_below: &dyn Fn(f64) -> f64, limits: &[f64]| {
            let mut below = vec![0u32; limits.len()];
            for _ in 0..count {
                let number = number();
                limits.iter().zip(&mut below).for_each(|(limit, below)| *below += u32::from(number < *limit));
            }
            for (limit, below) in limits.iter().zip(below) {
                let (share, expected) = (f64::from(below) / f64::from(count), share_below(*limit));
                let deviation = (expected * (1.0 - expected) / f64::from(count)).sqrt();
                assert!((share - expected).abs() < 4.5 * deviation + 1e-9, "below {limit}: {share}, not {expected}");
            }
        };
        let mut draw = Draw::new(9, Of::Luck, 9);
        let limits = [0.001, 0.05, 0.3, 1.0, 2.0, 4.0, 7.0, 7.7, 8.0, 10.0];
        check(&mut || exponential(&mut draw), &|limit| -libm::expm1(-limit), &limits);
        let limits = [-4.0, -3.7, -3.0, -2.0, -1.0, -0.2, 0.0, 0.001, 0.4, 1.5, 2.5, 3.6, 3.66, 4.2];
        let below = |limit: f64| libm::erfc(-limit / std::f64::consts::SQRT_2) / 2.0;
        check(&mut || normal(&mut draw), &below, &limits);
    }
}
