//! Finds what a run of files has in it, by walking all customers' stories. Threads share the customers; sorting makes the
//! result one whatever they did.

use std::ops::Range;

use rayon::prelude::*;

use super::entry::{Document, Entry, Export, Version, exports};
use super::layout::{FilesByDay, Layout};
use super::sorted::sorted;
use crate::calendar::DAY_SECONDS;
use crate::cart;
use crate::customer::{Profile, Purchase};
use crate::life::{LONGEST, Life};
use crate::order::code;
use crate::person::Membership;
use crate::shop::Shop;

/// What of the shop goes where.
pub struct Scope<'a> {
    pub shop: &'a Shop,
    pub layout: Layout,
    /// Files that are asked for.
    pub files: Range<u32>,
    /// How many files there will be; the files of a shop that goes on have no end.
    pub end: u32,
}

/// A document each, in order.
#[derive(Debug, Default)]
pub struct Entries {
    pub orders: Vec<Entry>,
    pub carts: Vec<Entry>,
    pub customers: Vec<Entry>,
}

/// Customers walked by one thread at a time.
const SHARE: u32 = 8192;

impl Scope<'_> {
    /// From when an order may have been placed to be in these files.
    pub fn reaches_back_to(&self) -> i64 {
        let before = self.files.start.saturating_sub(1);
        (self.layout.span(before).0 - LONGEST).max(self.shop.opening())
    }

    pub fn reaches_to(&self) -> i64 {
        self.layout.span(self.files.end - 1).1
    }

    /// Documents of these files of which the order was placed, the cart's order was, or the customer changed, in `when`.
    pub fn collect(&self, when: Range<i64>) -> Entries {
        let customers = self.shop.customers_before(when.end);
        let shares: Vec<Range<u32>> =
            (0..customers).step_by(SHARE as usize).map(|from| from..(from + SHARE).min(customers)).collect();
        let files = FilesByDay::new(self.layout);
        let walk = |share: Range<u32>| {
            let (found, entries) = (Vec::new(), Entries::default());
            let mut walk = Walk { scope: self, files: &files, when: when.clone(), found, entries };
            share.for_each(|customer| walk.customer(customer));
            walk.entries
        };
        let mut parts: Vec<Entries> = shares.into_par_iter().map(walk).collect();
        let mut of = |of: fn(&mut Entries) -> &mut Vec<Entry>| -> Vec<Vec<Entry>> {
            parts.iter_mut().map(|part| std::mem::take(of(part))).collect()
        };
        let [orders, carts, customers] = [of(|it| &mut it.orders), of(|it| &mut it.carts), of(|it| &mut it.customers)];
        let fewer = || rayon::join(|| sorted(self, carts), || sorted(self, customers));
        let (orders, (carts, customers)) = rayon::join(|| sorted(self, orders), fewer);
        Entries { orders, carts, customers }
    }

    /// Products launched, changed or retired, and what happened to stock; both of all these files.
    pub fn assortment(&self) -> (Vec<Entry>, Vec<Entry>) {
        let (mut products, mut stock): (Vec<Entry>, Vec<Entry>) = (Vec::new(), Vec::new());
        let within = self.layout.span(self.files.start).0..self.reaches_to();
        let entry = |document, whose: usize, number: usize, at: i64| Entry {
            file: self.layout.file(at),
            at,
            whose: whose as u32,
            number: number as u16,
            document,
            version: Version::Now,
            is_first: true,
            is_superseded: false,
        };
        for (whose, product) in self.shop.catalogue.products.iter().enumerate() {
            let days = product.prices.iter().map(|price| price.from).chain(product.retired);
            let changes = days.map(|day| i64::from(day) * DAY_SECONDS).filter(|at| within.contains(at));
            for at in changes {
                let new = entry(Document::Product, whose, 0, at);
                // Of two changes for one file, the later counts.
                match products.last_mut() {
                    Some(last) if (last.file, last.whose) == (new.file, new.whose) => *last = new,
                    _ => products.push(new),
                }
            }
        }
        for (whose, of_product) in self.shop.supply.products.iter().enumerate() {
            let received = of_product.deliveries.iter().map(|delivery| i64::from(delivery.day) * DAY_SECONDS);
            let sold_out = of_product.sold_out.iter().map(|(from, _)| *from);
            let numbered = received.map(|at| (0, at)).enumerate().chain(sold_out.map(|at| (1, at)).enumerate());
            for (number, (kind, at)) in numbered.filter(|(_, (_, at))| within.contains(at)) {
                stock.push(entry(Document::Stock, whose, 2 * number + kind, at));
            }
        }
        products.sort_unstable();
        stock.sort_unstable();
        (products, stock)
    }
}

/// One thread's way through some of the customers.
struct Walk<'a> {
    scope: &'a Scope<'a>,
    files: &'a FilesByDay,
    when: Range<i64>,
    /// Of the order in hand.
    found: Vec<Export>,
    entries: Entries,
}

impl Walk<'_> {
    fn customer(&mut self, customer: u32) {
        let shop = self.scope.shop;
        let profile = Profile::new(&shop.options, customer);
        for purchase in shop.story(customer, profile.country) {
            if purchase.number == 0 && !profile.is_guest {
                self.member(customer, &Membership::new(&shop.options, customer, purchase.at));
            }
            if purchase.at >= self.when.end {
                break;
            }
            if purchase.at >= self.when.start {
                self.order(customer, profile.country, purchase);
            }
        }
    }

    fn order(&mut self, customer: u32, country: usize, purchase: Purchase) {
        let options = &self.scope.shop.options;
        let code = code(customer, purchase.number);
        let life = Life::new(options, code, country, purchase.at);
        let mut fault = options.faults.of(options.seed, code);
        exports(&life, &mut fault, self.files, self.scope.end, &mut self.found);
        for (at, export) in self.found.iter().enumerate().filter(|(_, export)| self.scope.files.contains(&export.file))
        {
            self.entries.orders.push(Entry {
                file: export.file,
                at: purchase.at,
                whose: customer,
                number: purchase.number,
                document: Document::Order,
                version: export.version,
                is_first: at == 0,
                is_superseded: export.is_superseded,
            });
        }
        let cart = cart::started(options, code, purchase.at);
        let follow = [(Document::Return, life.returned), (Document::Refund, life.refunded), (Document::Cart, cart)];
        for (document, at) in follow {
            if let Some(at) = at {
                self.add(document, self.files.file(at), customer, purchase);
            }
        }
    }

    fn add(&mut self, document: Document, file: u32, customer: u32, purchase: Purchase) {
        if !self.scope.files.contains(&file) {
            return;
        }
        let entries = match document {
            Document::Customer => &mut self.entries.customers,
            Document::Cart => &mut self.entries.carts,
            _ => &mut self.entries.orders,
        };
        entries.push(Entry {
            file,
            at: purchase.at,
            whose: customer,
            number: purchase.number,
            document,
            version: Version::Now,
            is_first: true,
            is_superseded: false,
        });
    }

    /// A customer is in the files in which they sign up or change; of two changes for one file, the later counts.
    fn member(&mut self, customer: u32, member: &Membership) {
        let mut last: Option<(u32, i64)> = None;
        for at in member.changes() {
            let file = self.files.file(at);
            if last.is_some_and(|(other, _)| other != file) {
                self.member_in(customer, last);
            }
            last = Some((file, at));
        }
        self.member_in(customer, last);
    }

    fn member_in(&mut self, customer: u32, change: Option<(u32, i64)>) {
        if let Some((file, at)) = change
            && self.when.contains(&at)
        {
            self.add(Document::Customer, file, customer, Purchase { number: 0, at });
        }
    }
}
