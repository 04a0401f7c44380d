/* wharf
description: Customers with an account, as their newest export has them.
kind: incremental_by_unique_key
unique_key: customer_id
grain: [customer_id]
checks:
  - not_null(customer_id)
  - unique(customer_id)
*/
select
  customer_id,
  name,
  email,
  city,
  region,
  country,
  accepts_marketing,
  signed_up_at as created_at,
  _load,
  _row
from shop_customers
