//! Where customers live: countries with their share, time zone, tax, delivery, names and towns.

use chrono::{DateTime, Offset, TimeZone};
use retail::day::Day;

use crate::calendar::DAY_SECONDS;
use crate::names::{DUTCH, ENGLISH, FRENCH, GERMAN, ITALIAN, Names};

pub struct Country {
    pub name: &'static str,
    pub code: &'static str,
    pub zone: chrono_tz::Tz,
    /// Of customers.
    pub share: f64,
    /// Of the price without tax, in tenths of a percent.
    pub tax_permille: i64,
    /// Cents, without tax.
    pub shipping: i64,
    /// Days on the way: at least, and on average beyond that.
    pub delivery: (f64, f64),
    pub names: &'static Names,
    pub streets: &'static [&'static str],
    pub number_first: bool,
    /// Town, region, beginning of its postcodes; in falling order of size.
    pub towns: &'static [(&'static str, &'static str, &'static str)],
    pub mail: &'static [&'static str],
}

pub static COUNTRIES: [Country; 7] = [
    Country {
        name: "Germany",
        code: "DE",
        zone: chrono_tz::Europe::Berlin,
        share: 0.40,
        tax_permille: 190,
        shipping: 495,
        delivery: (0.8, 1.0),
        names: &GERMAN,
        streets: &["Hauptstraße", "Gartenweg", "Schulstraße", "Bahnhofstraße", "Lindenallee", "Am Markt", "Mühlweg"],
        number_first: false,
        towns: &[
            ("Berlin", "Berlin", "10"),
            ("Hamburg", "Hamburg", "20"),
            ("München", "Bayern", "80"),
            ("Köln", "Nordrhein-Westfalen", "50"),
            ("Frankfurt am Main", "Hessen", "60"),
            ("Stuttgart", "Baden-Württemberg", "70"),
            ("Leipzig", "Sachsen", "04"),
            ("Nürnberg", "Bayern", "90"),
            ("Bremen", "Bremen", "28"),
            ("Rostock", "Mecklenburg-Vorpommern", "18"),
        ],
        mail: &["gmx.example", "web.example", "post.example"],
    },
    Country {
        name: "United Kingdom",
        code: "GB",
        zone: chrono_tz::Europe::London,
        share: 0.16,
        tax_permille: 200,
        shipping: 995,
        delivery: (2.0, 1.6),
        names: &ENGLISH,
        streets: &["High Street", "Station Road", "Church Lane", "Victoria Road", "Mill Lane", "Park Avenue"],
        number_first: true,
        towns: &[
            ("London", "Greater London", "SW"),
            ("Birmingham", "West Midlands", "B"),
            ("Manchester", "Greater Manchester", "M"),
            ("Glasgow", "Scotland", "G"),
            ("Leeds", "West Yorkshire", "LS"),
            ("Bristol", "Bristol", "BS"),
            ("Cardiff", "Wales", "CF"),
        ],
        mail: &["mail.example", "post.example"],
    },
    Country {
        name: "France",
        code: "FR",
        zone: chrono_tz::Europe::Paris,
        share: 0.13,
        tax_permille: 200,
        shipping: 795,
        delivery: (1.5, 1.3),
        names: &FRENCH,
        streets: &["rue de la Paix", "rue Victor Hugo", "avenue de la Gare", "place du Marché", "rue des Écoles"],
        number_first: true,
        towns: &[
            ("Paris", "Île-de-France", "75"),
            ("Marseille", "Provence-Alpes-Côte d'Azur", "13"),
            ("Lyon", "Auvergne-Rhône-Alpes", "69"),
            ("Toulouse", "Occitanie", "31"),
            ("Lille", "Hauts-de-France", "59"),
            ("Nantes", "Pays de la Loire", "44"),
        ],
        mail: &["orange.example", "laposte.example"],
    },
    Country {
        name: "Netherlands",
        code: "NL",
        zone: chrono_tz::Europe::Amsterdam,
        share: 0.10,
        tax_permille: 210,
        shipping: 595,
        delivery: (1.0, 1.0),
        names: &DUTCH,
        streets: &["Kerkstraat", "Dorpsstraat", "Molenweg", "Stationsweg", "Schoolstraat"],
        number_first: false,
        towns: &[
            ("Amsterdam", "Noord-Holland", "10"),
            ("Rotterdam", "Zuid-Holland", "30"),
            ("Utrecht", "Utrecht", "35"),
            ("Eindhoven", "Noord-Brabant", "56"),
            ("Groningen", "Groningen", "97"),
        ],
        mail: &["ziggo.example", "post.example"],
    },
    Country {
        name: "Austria",
        code: "AT",
        zone: chrono_tz::Europe::Vienna,
        share: 0.09,
        tax_permille: 200,
        shipping: 695,
        delivery: (1.2, 1.1),
        names: &GERMAN,
        streets: &["Hauptstraße", "Wiener Straße", "Kirchengasse", "Bahnhofstraße", "Feldgasse"],
        number_first: false,
        towns: &[
            ("Wien", "Wien", "11"),
            ("Graz", "Steiermark", "80"),
            ("Linz", "Oberösterreich", "40"),
            ("Salzburg", "Salzburg", "50"),
            ("Innsbruck", "Tirol", "60"),
        ],
        mail: &["gmx.example", "aon.example"],
    },
    Country {
        name: "Italy",
        code: "IT",
        zone: chrono_tz::Europe::Rome,
        share: 0.07,
        tax_permille: 220,
        shipping: 895,
        delivery: (2.0, 2.0),
        names: &ITALIAN,
        streets: &["Via Roma", "Via Garibaldi", "Corso Italia", "Via Verdi", "Piazza Mazzini"],
        number_first: false,
        towns: &[
            ("Roma", "Lazio", "00"),
            ("Milano", "Lombardia", "20"),
            ("Napoli", "Campania", "80"),
            ("Torino", "Piemonte", "10"),
            ("Bologna", "Emilia-Romagna", "40"),
        ],
        mail: &["libero.example", "alice.example"],
    },
    Country {
        name: "United States",
        code: "US",
        zone: chrono_tz::America::New_York,
        share: 0.05,
        tax_permille: 65,
        shipping: 1995,
        delivery: (4.0, 3.0),
        names: &ENGLISH,
        streets: &["Main Street", "Oak Avenue", "Maple Drive", "Washington Street", "Park Place"],
        number_first: true,
        towns: &[
            ("New York", "New York", "10"),
            ("Boston", "Massachusetts", "02"),
            ("Philadelphia", "Pennsylvania", "19"),
            ("Atlanta", "Georgia", "30"),
            ("Miami", "Florida", "33"),
        ],
        mail: &["mail.example", "inbox.example"],
    },
];

/// Running shares of customers, by country; the last has the rest.
pub const UPTO: [f64; COUNTRIES.len() - 1] = {
    let mut upto = [0.0; COUNTRIES.len() - 1];
    let (mut at, mut sum) = (0, 0.0);
    while at < upto.len() {
        sum += COUNTRIES[at].share;
        upto[at] = sum;
        at += 1;
    }
    upto
};

/// Each zone's offset by day: that of local noon, so that a night with a clock change is off by the hour that it moves.
/// Local time is where an order's hour comes from and is written nowhere; one look-up a day keeps it quick and free of
/// hours that are missing or twice.
#[derive(Debug, Clone)]
pub struct Offsets {
    start: Day,
    seconds: Vec<[i32; COUNTRIES.len()]>,
}

impl Offsets {
    pub fn new(start: Day, until: Day) -> Offsets {
        let of_day = |day: Day| {
            let noon = DateTime::from_timestamp(i64::from(day) * DAY_SECONDS + DAY_SECONDS / 2, 0).unwrap_or_default();
            std::array::from_fn(|at| {
                let zone = COUNTRIES[at].zone;
                zone.offset_from_utc_datetime(&noon.naive_utc()).fix().local_minus_utc()
            })
        };
        Offsets { start, seconds: (start..until).map(of_day).collect() }
    }

    /// The instant of a country's local time; both in seconds since the epoch.
    pub fn instant(&self, country: usize, local: i64) -> i64 {
        let index = (local.div_euclid(DAY_SECONDS) - i64::from(self.start)) as usize;
        local - i64::from(self.seconds[index.min(self.seconds.len() - 1)][country])
    }
}
