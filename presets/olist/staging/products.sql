/* wharf
description: Products; Olist tells their category and not their name.
kind: full
grain: [product_id]
checks:
  - not_null(product_id, is_merchandise)
  - unique(product_id)
  # Olist's ids are hashes: another one is a slip of whoever made the file.
  - warn: pattern(product_id, '^[0-9a-f]{32}$')
*/
select
  p.product_id,
  p.product_id as sku,
  null as name,
  coalesce(p.product_category_name_english, c.product_category_name_english, p.product_category_name) as category,
  true as is_merchandise,
  null as list_price,
  null as unit_cost,
  p._load,
  p._row
from olist_products as p
left join olist_categories as c on c.product_category_name = p.product_category_name
