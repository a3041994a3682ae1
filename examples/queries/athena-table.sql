-- Creates an Athena table for a copy in DYNAMODB_JSON with gzip or no compression. LOCATION is the output data-uri.
CREATE EXTERNAL TABLE orders_copy (
  Item struct<
    id: struct<S: string>,
    total: struct<N: string>,
    tags: struct<SS: array<string>>
  >
)
ROW FORMAT SERDE 'org.openx.data.jsonserde.JsonSerDe'
LOCATION 's3://my-backups/orders/2026-11-23/AWSDynamoDB/01795380791669-d2866989/data/';
