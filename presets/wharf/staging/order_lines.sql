/* wharf
description: Lines of orders, and what came back or was given back on the day on which it did.
kind: incremental_by_unique_key
unique_key: order_id
grain: [order_id, line_no]
checks:
  - not_null(order_id, line_no, day, product_id)
  - unique(order_id, line_no)
*/
-- A plain projection, so that it streams: no join, no window, no aggregate.
select
  order_id,
  line_no,
  ordered_at as occurred_at,
  shop_day(ordered_at) as day,
  customer_id,
  product_id,
  product_name as name,
  case when kind = 'order' then 'sale' else 'return' end as kind,
  quantity,
  unit_price,
  discount,
  tax,
  quantity * unit_price as amount,
  'EUR' as currency,
  _load,
  _row
from shop_orders
