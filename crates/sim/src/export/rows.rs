//! Documents as rows of their tables.

use super::cells::{Cells, Kept, Short, Written};
use super::entry::{Document, Entry, Version};
use super::layout::Layout;
use super::tamper::{Tamper, Told};
use crate::calendar::DAY_SECONDS;
use crate::cart;
use crate::catalogue::CATEGORIES;
use crate::country::COUNTRIES;
use crate::customer::{Profile, Purchase};
use crate::fault::Hit;
use crate::life::Life;
use crate::order::{Item, Line, Order, code, id_of_a_copy};
use crate::person::{Membership, Person};
use crate::shop::Shop;

pub const CURRENCY: &str = "EUR";

/// What is not goods, as the catalogue has it: id, name, price in cents.
const SERVICES: [(&str, &str, i64); 2] =
    [("GIFTWRAP", "Gift wrap", 395), ("REFUND", "Part of the price given back", 0)];
pub const FIRST_SERVICE: u32 = u32::MAX - 1;

/// Writes documents, and notes what its faults hit.
pub struct Rows<'a> {
    pub shop: &'a Shop,
    pub layout: Layout,
    /// The format has no types: anything can stand anywhere.
    pub is_text: bool,
    pub count: u64,
    pub hits: Vec<Hit>,
    /// The file of the last entry, and its end.
    span: Option<(u32, i64)>,
    /// The last customer.
    person: Person,
    /// Of the last order's lines.
    room: Vec<Line>,
}

impl<'a> Rows<'a> {
    pub fn new(shop: &'a Shop, layout: Layout, is_text: bool) -> Rows<'a> {
        Rows {
            shop,
            layout,
            is_text,
            count: 0,
            hits: Vec::new(),
            span: None,
            person: Person::default(),
            room: Vec::new(),
        }
    }

    pub fn write(&mut self, entry: &Entry, cells: &mut impl Cells) {
        match entry.document {
            Document::Order | Document::Return | Document::Refund => self.order(entry, cells),
            Document::Cart => self.cart(entry, cells),
            Document::Customer => self.customer(entry, cells),
            Document::Product => self.product(entry, cells),
            Document::Stock => self.stock(entry, cells),
        }
    }

    /// The last second of the entry's file: what is later is not known there.
    fn as_of(&mut self, entry: &Entry) -> i64 {
        let end = match self.span {
            Some((file, end)) if file == entry.file => end,
            _ => self.layout.span(entry.file).1,
        };
        self.span = Some((entry.file, end));
        end - 1
    }

    fn order(&mut self, entry: &Entry, cells: &mut impl Cells) {
        let purchase = Purchase { number: entry.number, at: entry.at };
        let order = Order::with(std::mem::take(&mut self.room), self.shop, entry.whose, purchase);
        let life = match entry.version {
            Version::Stale => order.life.as_of(order.life.placed),
            _ => order.life.as_of(self.as_of(entry)),
        };
        let paper = Paper { order: &order, id: order.id(), life: &life, document: entry.document };
        match entry.document {
            Document::Return => self.lines(&paper, &order.returned_lines(self.shop), cells),
            Document::Refund => self.lines(&paper, &[order.refunded_line(self.shop)], cells),
            _ => match Tamper::new(self.shop, entry, &order) {
                Some(tamper) => self.tampered(tamper, &paper, cells),
                None => self.lines(&paper, &order.lines, cells),
            },
        }
        self.room = order.lines;
    }

    fn lines(&mut self, paper: &Paper<'_>, lines: &[Line], cells: &mut impl Cells) {
        let (total, mut written) = (paper.total(lines), Default::default());
        for (at, line) in lines.iter().enumerate() {
            paper.row(self.shop, at, line, total, &mut written, cells);
            self.count += 1;
        }
    }

    /// The rows of an order that has a fault, one by one.
    fn tampered(&mut self, mut tamper: Tamper, paper: &Paper<'_>, cells: &mut impl Cells) {
        let total = paper.total(&paper.order.lines);
        for (at, line) in paper.order.lines.iter().enumerate() {
            let mut row = Kept::default();
            paper.row(self.shop, at, line, total, &mut Default::default(), &mut row);
            for copy in tamper.row(at, &mut row, self.is_text) {
                row.replay(cells);
                self.count += 1;
                if let Some(Told { fate, column, rule }) = copy {
                    let (fault, order) = (tamper.fault, paper.id_text().to_owned());
                    self.hits.push(Hit { fault, row: self.count, order, line: at as i64 + 1, column, fate, rule });
                }
            }
        }
    }

    fn cart(&mut self, entry: &Entry, cells: &mut impl Cells) {
        let order = code(entry.whose, entry.number);
        let Some(at) = cart::started(&self.shop.options, order, entry.at) else { return };
        let profile = Profile::new(&self.shop.options, entry.whose);
        let [mut id, mut whose] = <[Written; 2]>::default();
        for (line, (drawn, pieces)) in cart::contents(self.shop, order, at).into_iter().enumerate() {
            cells.alike(&mut id, |cells| cells.id(crate::order::id(at, order)));
            cells.int(line as i64 + 1);
            cells.alike(&mut whose, |cells| {
                cells.time(at);
                buyer(&profile, entry.whose, cells);
                cells.word(COUNTRIES[profile.country].name);
            });
            cells.product(drawn.product, &self.shop.catalogue.labels[drawn.product as usize]);
            cells.int(pieces);
            cells.money(drawn.cents.into());
            cells.end_row();
            self.count += 1;
        }
    }

    fn customer(&mut self, entry: &Entry, cells: &mut impl Cells) {
        let options = &self.shop.options;
        let country = Profile::new(options, entry.whose).country;
        let member = Membership::new(options, entry.whose, self.shop.first_order(entry.whose, country));
        let at = self.as_of(entry);
        let person = &mut self.person;
        person.become_one(options, entry.whose, country, &member, at);
        cells.customer(entry.whose);
        cells.time(member.signed_up);
        cells.time(member.updated(at));
        cells.own(&person.name);
        cells.own(&person.email);
        cells.plain(&person.street);
        cells.own(&person.postcode);
        cells.plain(person.town);
        cells.plain(person.region);
        cells.word(COUNTRIES[country].name);
        cells.flag(person.accepts_marketing);
        cells.end_row();
        self.count += 1;
    }

    fn product(&mut self, entry: &Entry, cells: &mut impl Cells) {
        self.count += 1;
        if entry.whose >= FIRST_SERVICE {
            let (id, name, cents) = SERVICES[(entry.whose - FIRST_SERVICE) as usize];
            [id, id, name, "Services"].iter().for_each(|text| cells.text(text));
            cells.flag(false);
            cells.money(cents);
            cells.money(0);
            cells.time(entry.at);
            cells.null();
            cells.time(entry.at);
            return cells.end_row();
        }
        let product = &self.shop.catalogue.products[entry.whose as usize];
        let end = self.as_of(entry);
        let day = end.div_euclid(DAY_SECONDS) as i32;
        let seconds = |day: i32| i64::from(day) * DAY_SECONDS;
        cells.code(b'P', u64::from(entry.whose) + 1);
        let category = CATEGORIES[product.category].name;
        cells.text(&format!("{}-{:04}", category[..2].to_uppercase(), entry.whose + 1));
        cells.text(self.shop.catalogue.labels[entry.whose as usize].name());
        cells.text(category);
        cells.flag(true);
        cells.money(product.price(day).cents.into());
        cells.money(product.cost(day));
        cells.time(seconds(product.launched));
        cells.maybe_time(product.retired.map(seconds).filter(|at| *at <= end));
        cells.time(entry.at);
        cells.end_row();
    }

    fn stock(&mut self, entry: &Entry, cells: &mut impl Cells) {
        let stock = &self.shop.supply.products[entry.whose as usize];
        cells.code(b'P', u64::from(entry.whose) + 1);
        cells.time(entry.at);
        if entry.number.is_multiple_of(2) {
            cells.text("received");
            cells.int(stock.deliveries[usize::from(entry.number / 2)].pieces);
        } else {
            cells.text("sold_out");
            cells.null();
        }
        cells.end_row();
        self.count += 1;
    }
}

/// The customer's id; guests leave none.
fn buyer(profile: &Profile, customer: u32, cells: &mut impl Cells) {
    match profile.is_guest {
        true => cells.null(),
        false => cells.customer(customer),
    }
}

/// An order, or what follows from one, as it is put on paper.
struct Paper<'a> {
    order: &'a Order,
    id: Short,
    life: &'a Life,
    document: Document,
}

impl Paper<'_> {
    fn total(&self, lines: &[Line]) -> i64 {
        match self.document {
            Document::Order => self.order.total(),
            _ => lines.iter().map(|line| line.amount() - line.discount + line.tax).sum(),
        }
    }

    fn row(&self, shop: &Shop, at: usize, line: &Line, total: i64, written: &mut [Written; 3], cells: &mut impl Cells) {
        let (order, is_order) = (self.order, self.document == Document::Order);
        let [id, facts, sums] = written;
        cells.alike(id, |cells| self.id(cells));
        cells.int(at as i64 + 1);
        cells.alike(facts, |cells| self.facts(cells));
        match line.item {
            Item::Product(number) => {
                cells.product(number, &shop.catalogue.labels[number as usize]);
            }
            Item::GiftWrap | Item::Refund => {
                let (id, name, _) = SERVICES[usize::from(line.item == Item::Refund)];
                cells.text(id);
                cells.text(name);
            }
        }
        cells.int(line.quantity);
        cells.money(line.price);
        cells.money(line.discount);
        cells.money(line.tax);
        cells.alike(sums, |cells| {
            cells.money(if is_order { order.shipping } else { 0 });
            cells.money(if is_order { order.shipping_tax } else { 0 });
            cells.money(total);
        });
        cells.end_row();
    }

    fn id_text(&self) -> &str {
        std::str::from_utf8(&self.id.0[..self.id.1]).unwrap_or_default()
    }

    fn id(&self, cells: &mut impl Cells) {
        match self.document {
            Document::Return => cells.id(id_of_a_copy(self.id, b'R')),
            Document::Refund => cells.id(id_of_a_copy(self.id, b'F')),
            _ => cells.id(self.id),
        }
    }

    /// What is of the whole document, from its kind to its coupon.
    fn facts(&self, cells: &mut impl Cells) {
        let (order, life, is_order) = (self.order, self.life, self.document == Document::Order);
        let (kind, when) = match self.document {
            Document::Return => ("return", order.life.returned),
            Document::Refund => ("refund", order.life.refunded),
            _ => ("order", None),
        };
        let when = when.unwrap_or(life.placed);
        cells.word(kind);
        cells.word(if is_order { life.status() } else { "closed" });
        cells.time(when);
        for time in [life.paid, life.shipped, life.delivered, life.cancelled] {
            cells.maybe_time(time.filter(|_| is_order));
        }
        cells.time(if is_order { life.updated() } else { when });
        cells.maybe_text((!is_order).then(|| self.id_text()));
        buyer(&order.profile, order.customer, cells);
        cells.word(order.channel);
        cells.word(COUNTRIES[order.profile.country].name);
        cells.word(CURRENCY);
        cells.word(life.method);
        cells.maybe_text(order.coupon.filter(|_| is_order));
    }
}
