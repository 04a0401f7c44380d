//! Files of an Olist shop, each about some of its things: parents come after children, rows come again and change.

use super::Random;
use super::lines::day;

pub fn file(random: &mut Random) -> (&'static str, String) {
    let some = |random: &mut Random, of: usize| -> Vec<usize> { (0..of).filter(|_| random.one_in(2)).collect() };
    match random.below(6) {
        0 => {
            let row = |random: &mut Random, n: usize| {
                let (city, state) = (*random.pick(&["rio", "natal", ""]), *random.pick(&["RJ", "RN"]));
                format!("k{n},person{},01000,{city},{state}\n", n % 17)
            };
            let rows: String = some(random, 30).into_iter().map(|n| row(random, n)).collect();
            (
                "customers",
                format!("customer_id,customer_unique_id,customer_zip_code_prefix,customer_city,customer_state\n{rows}"),
            )
        }
        1 | 2 => {
            let row = |random: &mut Random, n: usize| {
                let state = *random.pick(&["delivered", "shipped", "canceled", "lost"]);
                let later = if random.one_in(6) { 7 } else { 0 };
                format!("o{n},k{n},{state},{} 20:30:00,,,,\n", day((n + later) % 24))
            };
            let rows: String = some(random, 30).into_iter().map(|n| row(random, n)).collect();
            let header = "order_id,customer_id,order_status,order_purchase_timestamp,order_approved_at,\
                          order_delivered_carrier_date,order_delivered_customer_date,order_estimated_delivery_date";
            ("orders", format!("{header}\n{rows}"))
        }
        3 | 4 => {
            let row = |random: &mut Random, n: usize| {
                let item = |random: &mut Random, at: usize| {
                    let (price, freight) = (5 + random.below(3), 1 + random.below(2));
                    format!("o{n},{at},q{},s,2011-01-09 10:00:00,{price}.90,{freight}.10\n", random.below(6))
                };
                (1..2 + random.below(3)).map(|at| item(random, at)).collect::<String>()
            };
            let rows: String = some(random, 30).into_iter().map(|n| row(random, n)).collect();
            (
                "items",
                format!("order_id,order_item_id,product_id,seller_id,shipping_limit_date,price,freight_value\n{rows}"),
            )
        }
        _ => {
            let row = |random: &mut Random, n: usize| format!("q{n},{}\n", random.pick(&["bebes", "jogos", ""]));
            let rows: String = some(random, 6).into_iter().map(|n| row(random, n)).collect();
            ("products", format!("product_id,product_category_name\n{rows}"))
        }
    }
}
