/* wharf
description: Lines of invoices and credit notes.
kind: incremental_by_unique_key
unique_key: order_id
grain: [order_id, line_no]
checks:
  - not_null(order_id, line_no, day, product_id)
*/
-- A plain projection, so that it streams: no join, no window, no aggregate.
select
  invoice_no as order_id,
  _line as line_no,
  invoice_date as occurred_at,
  shop_day(invoice_date) as day,
  customer_id,
  stock_code as product_id,
  description as name,
  -- Credit notes are numbered C…; a negative quantity on an invoice is goods written back.
  case when invoice_no like 'C%' or quantity < 0 then 'return' else 'sale' end as kind,
  quantity,
  unit_price,
  0 as discount,
  0 as tax,
  quantity * unit_price as amount,
  null as currency,
  _load,
  _row
from invoice_lines
