/* wharf
description: Items of orders; Olist lists every piece as an item of its own.
kind: full
grain: [order_id, line_no]
checks:
  - not_null(order_id, line_no, day, product_id)
  - unique(order_id, line_no)
*/
-- full, since an order's day and person come from other tables, which change on their own.
select
  i.order_id,
  i.order_item_id as line_no,
  o.order_purchase_timestamp as occurred_at,
  shop_day(o.order_purchase_timestamp) as day,
  coalesce(c.customer_unique_id, o.customer_id) as customer_id,
  i.product_id,
  null as name,
  'sale' as kind,
  1 as quantity,
  i.price as unit_price,
  0 as discount,
  0 as tax,
  i.price as amount,
  null as currency,
  i._load,
  i._row
from olist_items as i
join olist_orders as o on o.order_id = i.order_id
left join olist_customers as c on c.customer_id = o.customer_id
