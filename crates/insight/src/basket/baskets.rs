//! Baskets as they come in: rows of item numbers in one slice, with or without what each item in them is worth.

use super::Error;

/// Baskets as compressed rows: basket `b` holds `items[offsets[b]..offsets[b + 1]]`.
///
/// Items are any numbers, in any order. An item counts once a basket however often it is repeated there. An empty basket
/// counts as a basket, in shares and in all metrics: leave out those that should not.
#[derive(Debug, Clone, Copy)]
pub struct Baskets<'a> {
    items: &'a [u32],
    offsets: &'a [usize],
    weights: Option<&'a [u64]>,
}

impl<'a> Baskets<'a> {
    /// `offsets` has one entry more than there are baskets, starts with 0, never falls and ends with `items.len()`. No
    /// offsets at all are no baskets. There may be up to 2³² - 1 baskets.
    pub fn new(items: &'a [u32], offsets: &'a [usize]) -> Result<Baskets<'a>, Error> {
        let wrong = |reason: String| Err(Error::Baskets(reason));
        if let Some(at) = offsets.windows(2).position(|pair| pair[0] > pair[1]) {
            return wrong(format!("offsets fall from {} to {} at {at}", offsets[at], offsets[at + 1]));
        }
        let (first, last) = (offsets.first().copied().unwrap_or(0), offsets.last().copied().unwrap_or(0));
        if first != 0 || last != items.len() {
            return wrong(format!("offsets go from {first} to {last}, items from 0 to {}", items.len()));
        }
        if u32::try_from(offsets.len()).is_err() {
            return wrong(format!("{} are more than 2^32 - 1", offsets.len() - 1));
        }
        Ok(Baskets { items, offsets, weights: None })
    }

    /// The same baskets with a weight for each entry of `items`: what that line is worth, in whole units of one's choice
    /// (cents, say, so that sums are exact). An item repeated in a basket is worth the sum of its weights there.
    pub fn with_weights(self, weights: &'a [u64]) -> Result<Baskets<'a>, Error> {
        if weights.len() != self.items.len() {
            return Err(Error::Baskets(format!("{} weights for {} items", weights.len(), self.items.len())));
        }
        if weights.iter().try_fold(0u64, |sum, weight| sum.checked_add(*weight)).is_none() {
            return Err(Error::Baskets("their weights add up to more than 2^64 - 1: take a larger unit".to_owned()));
        }
        Ok(Baskets { weights: Some(weights), ..self })
    }

    /// How many baskets there are, empty ones included.
    pub fn len(&self) -> usize {
        self.offsets.len().saturating_sub(1)
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// All items, basket after basket.
    pub fn items(&self) -> &'a [u32] {
        self.items
    }

    /// What each entry of [`Baskets::items`] is worth, where that was given.
    pub fn weights(&self) -> Option<&'a [u64]> {
        self.weights
    }

    /// The items of each basket.
    pub fn rows(&self) -> impl ExactSizeIterator<Item = &'a [u32]> + Clone + use<'a> {
        let items = self.items;
        self.offsets.windows(2).map(move |pair| &items[pair[0]..pair[1]])
    }
}
