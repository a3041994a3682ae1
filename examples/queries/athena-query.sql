SELECT Item.id.S AS id, CAST(Item.total.N AS decimal(38, 2)) AS total
FROM orders_copy;
