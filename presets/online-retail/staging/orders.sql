/* wharf
description: Invoices, and credit notes as orders that return goods.
kind: incremental_by_unique_key
unique_key: order_id
grain: [order_id]
checks:
  - not_null(order_id, ordered_at, day)
  - unique(order_id)
*/
select
  invoice_no as order_id,
  -- An invoice has one customer; min ignores lines on which it was left out.
  min(customer_id) as customer_id,
  min(invoice_date) as ordered_at,
  shop_day(min(invoice_date)) as day,
  case when invoice_no like 'C%' then 'returned' else 'completed' end as status,
  false as is_cancelled,
  null as cancelled_at,
  false as is_test,
  'online' as channel,
  min(country) as country,
  null as currency,
  -- Postage is a line of its own here.
  0 as shipping,
  0 as tax,
  sum(quantity * unit_price) as total,
  min(case when not (invoice_no like 'C%' or quantity < 0) then _line end) as first_sale_line,
  min(_load) as _load,
  min(_row) as _row
from invoice_lines
group by invoice_no
