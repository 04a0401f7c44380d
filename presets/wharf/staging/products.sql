/* wharf
description: Products, and what else the shop bills, as their newest export has them.
kind: incremental_by_unique_key
unique_key: product_id
grain: [product_id]
checks:
  - not_null(product_id, is_merchandise)
  - unique(product_id)
*/
select
  product_id,
  sku,
  name,
  category,
  is_merchandise,
  list_price,
  unit_cost,
  _load,
  _row
from shop_products
