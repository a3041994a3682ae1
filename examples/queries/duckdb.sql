-- The data objects of a copy in DYNAMODB_JSON, downloaded: aws s3 cp --recursive "$DATA_URI" data/
-- Each line is kept as JSON and taken apart by path, so that no number passes through a float.
CREATE VIEW orders AS
SELECT
  line->>'$.Item.id.S' AS id,
  (line->>'$.Item.total.N')::DECIMAL(38, 2) AS total,
  (line->'$.Item.tags.SS')::VARCHAR[] AS tags
FROM read_ndjson_objects('data/*.json.gz') AS lines(line);

SELECT count(*) AS orders, sum(total) AS total FROM orders;
