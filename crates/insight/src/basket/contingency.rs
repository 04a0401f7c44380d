//! The numbers behind a rule: each a function of four counts, each with its source.

use super::Error;

/// How often what a rule names is bought, and how often together. Where a formula divides nothing by nothing it gives 0,
/// so no metric of counts that fit each other is ever NaN.
///
/// Below, P(A) is the share of baskets with the antecedent, P(C) with the consequent, P(AC) with both.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Contingency {
    /// Baskets in all.
    pub baskets: u64,
    /// Baskets with all items of the antecedent.
    pub antecedent: u64,
    /// Baskets with all items of the consequent.
    pub consequent: u64,
    /// Baskets with all items of both.
    pub both: u64,
}

/// A metric of a rule by name; [`Contingency`] has the formulas.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Metric {
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

impl Contingency {
    /// P(AC), 0 to 1. Agrawal, Imieliński, Swami, *Mining association rules between sets of items in large databases*,
    /// SIGMOD 1993.
    pub fn support(&self) -> f64 {
        ratio(self.both, self.baskets)
    }

    /// P(AC) / P(A), 0 to 1: of the baskets with the antecedent, the share that has the consequent too. Agrawal et al. 1993.
    pub fn confidence(&self) -> f64 {
        ratio(self.both, self.antecedent)
    }

    /// P(AC) / (P(A) P(C)), 0 to infinity, 1 where the two are independent. Brin, Motwani, Ullman, Tsur, *Dynamic itemset
    /// counting and implication rules for market basket data*, SIGMOD 1997 (there called interest).
    pub fn lift(&self) -> f64 {
        divide(self.confidence(), self.share(self.consequent))
    }

    /// P(AC) - P(A) P(C), -0.25 to 0.25: the share of baskets beyond what independence would give. Piatetsky-Shapiro,
    /// *Discovery, analysis and presentation of strong rules*, 1991.
    pub fn leverage(&self) -> f64 {
        self.support() - self.share(self.antecedent) * self.share(self.consequent)
    }

    /// (1 - P(C)) / (1 - confidence), 0 to infinity, 1 where the two are independent, infinite for a rule without
    /// exception. Brin et al. 1997.
    pub fn conviction(&self) -> f64 {
        if self.antecedent > 0 && self.both >= self.antecedent {
            return f64::INFINITY;
        }
        (1.0 - self.share(self.consequent)) / (1.0 - self.confidence())
    }

    /// leverage / max(P(AC) (1 - P(A)), P(A) (P(C) - P(AC))), -1 to 1: below 0 the one keeps the other away. Zhang,
    /// *Association rules*, in Yan Zhang & Chengqi Zhang 2002; Tao Zhang, PAKDD 2000.
    pub fn zhang(&self) -> f64 {
        let (both, antecedent, consequent) = (self.support(), self.share(self.antecedent), self.share(self.consequent));
        divide(self.leverage(), (both * (1.0 - antecedent)).max(antecedent * (consequent - both)))
    }

    /// P(AC) / (P(A) + P(C) - P(AC)), 0 to 1: of the baskets with either, the share with both. Jaccard 1901.
    pub fn jaccard(&self) -> f64 {
        ratio(self.both, (self.antecedent + self.consequent).saturating_sub(self.both))
    }

    /// The certainty factor, -1 to 1: how far the antecedent moves the consequent from its share towards always
    /// ((confidence - P(C)) / (1 - P(C)), where confidence is above P(C)) or towards never ((confidence - P(C)) / P(C), where
    /// below). Shortliffe, Buchanan 1975; Berzal, Blanco, Sánchez, Vila, *Measuring the accuracy and interest of
    /// association rules*, 2002. Some programs use the first formula for both halves.
    pub fn certainty(&self) -> f64 {
        let consequent = self.share(self.consequent);
        let beyond = self.confidence() - consequent;
        divide(beyond, if beyond > 0.0 { 1.0 - consequent } else { consequent })
    }

    /// (P(AC) / P(A) + P(AC) / P(C)) / 2, 0 to 1: the mean of the confidences both ways, untouched by baskets with
    /// neither. Kulczyński 1927; Wu, Chen, Han, *Re-examination of interestingness measures in pattern mining*, 2010.
    pub fn kulczynski(&self) -> f64 {
        (self.confidence() + ratio(self.both, self.consequent)) / 2.0
    }

    pub fn metric(&self, metric: Metric) -> f64 {
        match metric {
            Metric::Support => self.support(),
            Metric::Confidence => self.confidence(),
            Metric::Lift => self.lift(),
            Metric::Leverage => self.leverage(),
            Metric::Conviction => self.conviction(),
            Metric::Zhang => self.zhang(),
            Metric::Jaccard => self.jaccard(),
            Metric::Certainty => self.certainty(),
            Metric::Kulczynski => self.kulczynski(),
        }
    }

    fn share(&self, count: u64) -> f64 {
        ratio(count, self.baskets)
    }
}

impl Metric {
    pub const ALL: [Metric; 9] = [
        Metric::Support,
        Metric::Confidence,
        Metric::Lift,
        Metric::Leverage,
        Metric::Conviction,
        Metric::Zhang,
        Metric::Jaccard,
        Metric::Certainty,
        Metric::Kulczynski,
    ];

    /// As in tables and options: lower case.
    pub fn name(self) -> &'static str {
        match self {
            Metric::Support => "support",
            Metric::Confidence => "confidence",
            Metric::Lift => "lift",
            Metric::Leverage => "leverage",
            Metric::Conviction => "conviction",
            Metric::Zhang => "zhang",
            Metric::Jaccard => "jaccard",
            Metric::Certainty => "certainty",
            Metric::Kulczynski => "kulczynski",
        }
    }

    /// The metric of that name.
    pub fn named(name: &str) -> Result<Metric, Error> {
        let names = || Metric::ALL.map(Metric::name).join(", ");
        Metric::ALL
            .into_iter()
            .find(|metric| metric.name() == name)
            .ok_or_else(|| Error::option("metric", format!("\"{name}\" is none of {}", names())))
    }
}

fn ratio(part: u64, whole: u64) -> f64 {
    divide(part as f64, whole as f64)
}

fn divide(part: f64, whole: f64) -> f64 {
    if whole == 0.0 { 0.0 } else { part / whole }
}
