/* wharf
description: Every order line with what is known of its order and product.
kind: incremental_by_time_range
time_column: day
grain: [order_id, line_no]
partitioned_by: month(day)
checks:
  - not_null(order_id, line_no, day, is_sale_line, is_merchandise)
columns:
  order_id: {description: "The order that the line belongs to."}
  line_no: {description: "The line's number in its order."}
  day: {description: "The shop's local day on which the line was sold or came back."}
  occurred_at: {description: "The instant behind day, in UTC."}
  customer_id: {description: "The order's customer; null for a guest.", pii: true}
  product_id: {description: "The product."}
  product_name: {description: "The product's name."}
  category: {description: "The product's category; null where the shop has none."}
  is_merchandise: {description: "Goods; false for postage, fees and gift cards."}
  kind: {description: "sale or return."}
  quantity: {description: "Pieces; negative on a return."}
  unit_price: {description: "Price of one piece before discount.", unit: currency}
  discount: {description: "The line's own discount and its share of the order's; negative on a return.", unit: currency}
  tax: {description: "The line's tax; negative on a return.", unit: currency}
  amount: {description: "quantity times unit_price, before discount, shipping and tax; negative on a return.", unit: currency}
  currency: {description: "ISO 4217 code of every amount in the row."}
  status: {description: "The order's status in the shop's words."}
  is_cancelled: {description: "The order was cancelled."}
  is_test: {description: "The order was a test."}
  channel: {description: "Where the order came from."}
  country: {description: "The order's country."}
  is_sale_line: {description: "A line of kind sale in an order that is neither cancelled nor a test."}
  is_return_line: {description: "A line of kind return in an order that is neither cancelled nor a test."}
  is_first_sale_line: {description: "The first sale line of its order: true once an order, so that orders can be added up."}
  order_day: {description: "The shop's local day of the order."}
  order_shipping: {description: "The order's shipping, on its first sale line; 0 elsewhere.", unit: currency}
  order_tax: {description: "The order's tax, on its first sale line; 0 elsewhere.", unit: currency}
*/
-- What holds of most lines comes first: where the left of an `and` holds of few, the engine copies these out, whole rows.
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
  l.kind,
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
  not o.is_cancelled and not o.is_test and l.kind = 'sale' as is_sale_line,
  not o.is_cancelled and not o.is_test and l.kind = 'return' as is_return_line,
  not o.is_cancelled and not o.is_test and l.line_no is not distinct from o.first_sale_line as is_first_sale_line,
  o.day as order_day,
  case
    when not o.is_cancelled and not o.is_test and l.line_no is not distinct from o.first_sale_line then o.shipping
    else cast(0 as decimal(18, 4))
  end as order_shipping,
  case
    when not o.is_cancelled and not o.is_test and l.line_no is not distinct from o.first_sale_line then o.tax
    else cast(0 as decimal(18, 4))
  end as order_tax
from order_lines as l
join orders as o on o.order_id = l.order_id
left join products as p on p.product_id = l.product_id
