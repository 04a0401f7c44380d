//! What was drawn can be found again in what was made, at a million orders.

use std::collections::BTreeMap;

use rayon::prelude::*;
use retail::day::{Day, date_of};
use sim::customer::{Profile, Purchase};
use sim::options::{BasketSize, Buying, Feature, Options};
use sim::order::{Item, Order};
use sim::shop::Shop;

use chrono::Datelike;

const START: Day = 20_089;
const DAY: i64 = 86_400;

/// Something of each order, over all customers.
fn of_orders<T: Send>(shop: &Shop, of: impl Fn(u32, &Profile, Purchase) -> T + Sync) -> Vec<T> {
    let end = i64::from(shop.until) * DAY;
    let of_customer = |customer: u32| {
        let profile = Profile::new(&shop.options, customer);
        let orders = shop.story(customer, profile.country).take_while(|purchase| purchase.at < end);
        orders.map(|purchase| of(customer, &profile, purchase)).collect::<Vec<T>>()
    };
    (0..shop.customers_before(end)).into_par_iter().flat_map_iter(of_customer).collect()
}

fn plain(orders: u64, days: Day, keep: &[Feature]) -> Shop {
    let mut options = Options::new(5, START, START + days, orders);
    options.off = Feature::ALL.iter().map(|(_, feature)| *feature).filter(|it| !keep.contains(it)).collect();
    Shop::new(&options, START + days).unwrap()
}

#[test]
fn a_million_orders_fall_on_weekdays_and_months_as_drawn() {
    let options = Options::new(2, START, START + 364, 1_000_000);
    let shop = Shop::new(&options, START + 364).unwrap();
    // Days are the customers' own, as drawn.
    let local = |purchase: Purchase, country: usize| {
        let offset = purchase.at - shop.offsets.instant(country, purchase.at);
        ((purchase.at + offset).div_euclid(DAY) - i64::from(START)) as usize
    };
    let days = of_orders(&shop, |_, profile, purchase| local(purchase, profile.country));
    let total = days.len() as f64;
    assert!((total / 1e6 - 1.0).abs() < 0.01, "{total} orders");
    let expected: Vec<f64> = shop.expected_by_day().take(364).collect();
    let all: f64 = expected.iter().sum();
    let (mut by_weekday, mut by_month) = ([[0.0_f64; 2]; 7], [[0.0_f64; 2]; 12]);
    for day in days.into_iter().filter(|day| *day < 364) {
        let date = date_of(START + day as Day);
        by_weekday[date.weekday().num_days_from_monday() as usize][0] += 1.0 / total;
        by_month[date.month0() as usize][0] += 1.0 / total;
    }
    for (day, orders) in expected.iter().enumerate() {
        let date = date_of(START + day as Day);
        by_weekday[date.weekday().num_days_from_monday() as usize][1] += orders / all;
        by_month[date.month0() as usize][1] += orders / all;
    }
    for [made, drawn] in by_weekday.iter().chain(&by_month) {
        assert!((made / drawn - 1.0).abs() < 0.02, "{by_weekday:?} {by_month:?}");
    }
    // And they are no flat lines.
    let spread = |shares: &[[f64; 2]]| {
        let most = shares.iter().map(|share| share[1]).fold(0.0, f64::max);
        most / shares.iter().map(|share| share[1]).fold(1.0, f64::min)
    };
    assert!(spread(&by_weekday) > 1.15 && spread(&by_month) > 1.5);
}

#[test]
fn hours_are_as_drawn() {
    let shop = plain(200_000, 120, &[Feature::Seasons]);
    let germany = |_: u32, profile: &Profile, purchase: Purchase| {
        let offset = purchase.at - shop.offsets.instant(0, purchase.at);
        (profile.country == 0).then_some(purchase.at + offset)
    };
    let drawn = shop.hour_shares();
    let mut counts = [[0.0_f64; 24]; 2];
    for local in of_orders(&shop, germany).into_iter().flatten() {
        let weekend = (local.div_euclid(DAY) + 3).rem_euclid(7) >= 5;
        counts[usize::from(weekend)][(local.rem_euclid(DAY) / 3600) as usize] += 1.0;
    }
    for (counts, drawn) in counts.iter().zip(drawn) {
        let all: f64 = counts.iter().sum();
        for (count, share) in counts.iter().zip(drawn) {
            let deviation = (all * share * (1.0 - share)).sqrt();
            assert!((count - all * share).abs() < 4.5 * deviation + 0.01 * all * share, "{counts:?} {drawn:?}");
        }
    }
}

#[test]
fn products_are_popular_as_drawn_and_baskets_as_large() {
    let shop = plain(1_000_000, 300, &[]);
    let baskets = of_orders(&shop, |customer, _, purchase| {
        let order = Order::new(&shop, customer, purchase);
        let product = |line: &sim::order::Line| match line.item {
            Item::Product(number) => Some(number),
            _ => None,
        };
        order.lines.iter().filter_map(product).collect::<Vec<u32>>()
    });
    let mut counts: Vec<f64> = vec![0.0; shop.catalogue.products.len()];
    let mut sizes: BTreeMap<usize, f64> = BTreeMap::new();
    for basket in &baskets {
        basket.iter().for_each(|product| counts[*product as usize] += 1.0);
        *sizes.entry(basket.len()).or_insert(0.0) += 1.0 / baskets.len() as f64;
    }
    // ln(count) falls on ln(rank + shift) with the exponent; the long tail is left to its noise by weighting with counts.
    let popularity = shop.options.popularity;
    let points = shop.catalogue.products.iter().zip(&counts).filter(|(_, count)| **count > 0.0);
    let points: Vec<(f64, f64, f64)> =
        points.map(|(product, count)| ((product.rank + popularity.shift).ln(), count.ln(), *count)).collect();
    let exponent = -slope(&points);
    assert!((exponent / popularity.exponent - 1.0).abs() < 0.02, "exponent {exponent}");

    let BasketSize { shape, mean } = shop.options.basket;
    let p = shape / (shape + mean);
    let mut probability = p.powf(shape);
    for more in 0..12 {
        let made = sizes.get(&(more + 1)).copied().unwrap_or_default();
        assert!((made - probability).abs() < 0.003, "{} lines: {made}, drawn {probability}", more + 1);
        probability *= (more as f64 + shape) / (more as f64 + 1.0) * (1.0 - p);
    }
}

fn slope(points: &[(f64, f64, f64)]) -> f64 {
    let all: f64 = points.iter().map(|point| point.2).sum();
    let mean = |of: fn(&(f64, f64, f64)) -> f64| points.iter().map(|point| of(point) * point.2).sum::<f64>() / all;
    let (x, y) = (mean(|point| point.0), mean(|point| point.1));
    let (mut above, mut below) = (0.0, 0.0);
    for point in points {
        above += point.2 * (point.0 - x) * (point.1 - y);
        below += point.2 * (point.0 - x) * (point.0 - x);
    }
    above / below
}

#[test]
fn groups_are_bought_together_and_strangers_are_not() {
    let shop = plain(300_000, 300, &[Feature::Affinities]);
    let groups = &shop.catalogue.groups.all;
    let mut with: BTreeMap<(u32, u32), f64> = BTreeMap::new();
    let baskets = of_orders(&shop, |customer, _, purchase| {
        let lines = Order::new(&shop, customer, purchase).lines;
        lines
            .into_iter()
            .filter_map(|line| if let Item::Product(number) = line.item { Some(number) } else { None })
            .collect::<Vec<u32>>()
    });
    for basket in &baskets {
        for a in basket {
            for b in basket {
                *with.entry((*a, *b)).or_insert(0.0) += 1.0;
            }
        }
    }
    let confidence = |a: u32, b: u32| with.get(&(a, b)).copied().unwrap_or_default() / with[&(a, a)];
    for group in groups {
        for a in &group.members {
            for b in group.members.iter().filter(|b| *b != a) {
                // a may itself have come with another member: then b joined it or that one.
                let found = confidence(*a, *b);
                assert!(found > group.strength * 0.85, "{found} {}", group.strength);
            }
        }
        let stranger = groups.iter().find(|other| other.members != group.members).unwrap().members[0];
        assert!(confidence(group.members[0], stranger) < 0.1);
    }
}

/// The BG/NBD model's own parameters, found again in 100,000 customers by maximum likelihood.
#[test]
fn buying_is_as_drawn() {
    let shop = plain(700_000, 730, &[]);
    let end = i64::from(shop.until) * DAY;
    let customers: Vec<(f64, f64, f64)> = (0..100_000)
        .into_par_iter()
        .map(|customer| {
            let country = Profile::new(&shop.options, customer).country;
            let orders = shop.story(customer, country).take_while(|purchase| purchase.at < end);
            let orders: Vec<i64> = orders.map(|purchase| purchase.at).collect();
            let days = |seconds: i64| seconds as f64 / DAY as f64;
            ((orders.len() - 1) as f64, days(orders[orders.len() - 1] - orders[0]), days(end - orders[0]))
        })
        .collect();
    let Buying { r, alpha, a, b } = shop.options.buying;
    let drawn = [r, alpha, a, b];
    let found = minimum([0.0, 4.0, 0.0, 1.0], |logs| -log_likelihood(&customers, logs.map(f64::exp))).map(f64::exp);
    for (found_one, drawn_one) in found.iter().zip(drawn) {
        assert!((found_one / drawn_one - 1.0).abs() < 0.05, "found {found:?}, drawn {drawn:?}");
    }
}

/// Fader, Hardie and Lee (2005), (6): x repeat orders, the last at t, watched until T.
fn log_likelihood(customers: &[(f64, f64, f64)], [r, alpha, a, b]: [f64; 4]) -> f64 {
    use libm::lgamma;
    let fixed = r * alpha.ln() - lgamma(r) + lgamma(a + b) - lgamma(b);
    let one = |(x, t, watched): &(f64, f64, f64)| {
        let often = fixed + lgamma(r + x) + lgamma(b + x) - lgamma(a + b + x);
        let stays = -(r + x) * (alpha + watched).ln();
        if *x == 0.0 {
            return often + stays;
        }
        let left = a.ln() - (b + x - 1.0).ln() - (r + x) * (alpha + t).ln();
        let most = stays.max(left);
        often + most + ((stays - most).exp() + (left - most).exp()).ln()
    };
    customers.par_chunks(4096).map(|some| some.iter().map(one).sum::<f64>()).collect::<Vec<_>>().iter().sum()
}

/// Nelder and Mead's simplex.
fn minimum(start: [f64; 4], of: impl Fn([f64; 4]) -> f64) -> [f64; 4] {
    let mut corners: Vec<([f64; 4], f64)> = (0..5)
        .map(|corner| {
            let mut at = start;
            if corner > 0 {
                at[corner - 1] += 0.5;
            }
            (at, of(at))
        })
        .collect();
    for _ in 0..400 {
        corners.sort_by(|a, b| a.1.total_cmp(&b.1));
        if corners[4].1 - corners[0].1 < 1e-4 {
            break;
        }
        let centre: [f64; 4] =
            std::array::from_fn(|axis| corners[..4].iter().map(|corner| corner.0[axis]).sum::<f64>() / 4.0);
        let worst = corners[4];
        let towards = |step: f64| {
            let at = std::array::from_fn(|axis| centre[axis] + step * (worst.0[axis] - centre[axis]));
            (at, of(at))
        };
        let reflected = towards(-1.0);
        corners[4] = if reflected.1 < corners[0].1 {
            let further = towards(-2.0);
            if further.1 < reflected.1 { further } else { reflected }
        } else if reflected.1 < corners[3].1 {
            reflected
        } else {
            let nearer = towards(if reflected.1 < worst.1 { -0.5 } else { 0.5 });
            if nearer.1 < worst.1.min(reflected.1) {
                nearer
            } else {
                let best = corners[0].0;
                for corner in &mut corners[1..] {
                    corner.0 = std::array::from_fn(|axis| (corner.0[axis] + best[axis]) / 2.0);
                    corner.1 = of(corner.0);
                }
                continue;
            }
        };
    }
    corners[0].0
}
