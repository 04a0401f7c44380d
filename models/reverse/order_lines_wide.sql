/* wharf
description: Every order line with what is known of its order and product, and every line of a cancelled order once more, taken back.
kind: incremental_by_time_range
time_column: day
grain: [order_id, line_no, kind]
partitioned_by: month(day)
checks:
  - not_null(order_id, line_no, day, is_sale_line, is_merchandise)
columns:
  order_id: {description: "The order that the line belongs to."}
  line_no: {description: "The line's number in its order."}
  day: {description: "The shop's local day on which the line was sold, came back or was taken back with its order."}
  occurred_at: {description: "The instant behind day, in UTC."}
  customer_id: {description: "The order's customer; null for a guest.", pii: true}
  product_id: {description: "The product."}
  product_name: {description: "The product's name."}
  category: {description: "The product's category; null where the shop has none."}
  is_merchandise: {description: "Goods; false for postage, fees and gift cards."}
  kind: {description: "sale or return; cancellation on a line that is taken back."}
  quantity: {description: "Pieces; negative on a return and on a sale taken back."}
  unit_price: {description: "Price of one piece before discount.", unit: currency}
  discount: {description: "The line's own discount and its share of the order's; negative on a return and on a sale taken back.", unit: currency}
  tax: {description: "The line's tax; negative on a return and on a sale taken back.", unit: currency}
  amount: {description: "quantity times unit_price, before discount, shipping and tax; negative on a return and on a sale taken back.", unit: currency}
  currency: {description: "ISO 4217 code of every amount in the row."}
  status: {description: "The order's status in the shop's words."}
  is_cancelled: {description: "The order was cancelled."}
  is_test: {description: "The order was a test."}
  channel: {description: "Where the order came from."}
  country: {description: "The order's country."}
  is_sale_line: {description: "A line of kind sale, or one taken back, in an order that is no test and that was not cancelled at a time nobody knows."}
  is_return_line: {description: "The same of kind return."}
  is_first_sale_line: {description: "The first sale line of its order, and that line taken back."}
  order_day: {description: "The shop's local day of the order."}
  order_shipping: {description: "The order's shipping, on its first sale line, taken back with it; 0 elsewhere.", unit: currency}
  order_tax: {description: "The order's tax, on its first sale line, taken back with it; 0 elsewhere.", unit: currency}
*/
-- A cancelled order of which the shop does not say when it was cancelled cannot be taken back: it counts nowhere.
select
  l.order_id,
  l.line_no,
  l.day,
  l.occurred_at,
  l.customer_id,
  l.product_id,
  p.name as product_name,
  p.category,
  coalesce(p.is_merchandise, true) as is_merchandise,
  case when l.is_taken_back then 'cancellation' else l.kind end as kind,
  l.quantity,
  l.unit_price,
  l.discount,
  l.tax,
  l.amount,
  l.currency,
  o.status,
  o.is_cancelled,
  o.is_test,
  o.channel,
  o.country,
  o.counts and l.kind = 'sale' as is_sale_line,
  o.counts and l.kind = 'return' as is_return_line,
  o.counts and l.line_no is not distinct from o.first_sale_line as is_first_sale_line,
  o.day as order_day,
  cast(
    case when o.counts and l.line_no is not distinct from o.first_sale_line then l.sign * o.shipping else 0 end
    as decimal(18, 4)
  ) as order_shipping,
  cast(
    case when o.counts and l.line_no is not distinct from o.first_sale_line then l.sign * o.tax else 0 end
    as decimal(18, 4)
  ) as order_tax
from (
  select
    order_id, line_no, day, occurred_at, customer_id, product_id, kind, quantity, unit_price, discount, tax, amount,
    currency, false as is_taken_back, 1 as sign
  from order_lines
  union all
  select
    order_id, line_no, day, occurred_at, customer_id, product_id, kind, quantity, unit_price, discount, tax, amount,
    currency, true as is_taken_back, -1 as sign
  from cancelled_lines
) as l
join (
  select
    order_id, day, status, is_cancelled, is_test, channel, country, shipping, tax, first_sale_line,
    not is_test and (not is_cancelled or cancelled_at is not null) as counts
  from orders
) as o on o.order_id = l.order_id
left join products as p on p.product_id = l.product_id
