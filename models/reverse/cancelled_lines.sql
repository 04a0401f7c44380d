/* wharf
description: Lines of cancelled orders, taken back with opposite signs on the day of the cancellation.
kind: full
time_column: day
grain: [order_id, line_no]
partitioned_by: month(day)
checks:
  - not_null(order_id, line_no, day)
  - unique(order_id, line_no)
columns:
  order_id: {description: "The cancelled order."}
  line_no: {description: "The line's number in its order."}
  day: {description: "The shop's local day of the cancellation; the line's own where that is later."}
  occurred_at: {description: "The instant behind day, in UTC."}
  customer_id: {description: "The order's customer; null for a guest.", pii: true}
  product_id: {description: "The product."}
  kind: {description: "What is taken back: sale or return."}
  quantity: {description: "Pieces, negative where a sale is taken back."}
  unit_price: {description: "Price of one piece before discount.", unit: currency}
  discount: {description: "The discount taken back, with the opposite sign.", unit: currency}
  tax: {description: "The tax taken back, with the opposite sign.", unit: currency}
  amount: {description: "quantity times unit_price.", unit: currency}
  currency: {description: "ISO 4217 code of every amount in the row."}
*/
-- full, since a row's day is that of its order's cancellation, whichever day the line itself is of; readers are told the
-- days that came out otherwise.
select
  order_id,
  line_no,
  case when cancelled_day > day then cancelled_day else day end as day,
  case when cancelled_day > day then cancelled_at else occurred_at end as occurred_at,
  customer_id,
  product_id,
  kind,
  -quantity as quantity,
  unit_price,
  -discount as discount,
  -tax as tax,
  -amount as amount,
  currency
from (
  select
    l.order_id, l.line_no, l.day, l.occurred_at, l.customer_id, l.product_id, l.kind, l.quantity, l.unit_price,
    l.discount, l.tax, l.amount, l.currency, o.cancelled_at, shop_day(o.cancelled_at) as cancelled_day
  from order_lines as l
  join orders as o on o.order_id = l.order_id
  where o.is_cancelled and o.cancelled_at is not null
) as cancelled
