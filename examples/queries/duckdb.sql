-- Queries a copy in DYNAMODB_JSON. Download its data objects first: aws s3 cp --recursive "$DATA_URI" data/
-- Each line stays JSON and is read by path. This avoids converting numbers to floats.
CREATE VIEW orders AS
SELECT
  line->>'$.Item.id.S' AS id,
  (line->>'$.Item.total.N')::DECIMAL(38, 2) AS total,
  (line->'$.Item.tags.SS')::VARCHAR[] AS tags
FROM read_ndjson_objects('data/*.json.gz') AS lines(line);

SELECT count(*) AS orders, sum(total) AS total FROM orders;
