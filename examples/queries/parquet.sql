-- Writes a copy in DYNAMODB_JSON to a Parquet file. Download its data objects first:
-- aws s3 cp --recursive "$DATA_URI" data/
-- Choose the columns and their types. The query fails if an attribute has another type, or if a number does not fit its
-- column exactly. Numbers are cast from text and are never floats.

-- Time zone of times that contain none.
SET TimeZone = 'UTC';

-- Returns the value of an attribute as JSON, and NULL if the item does not have the attribute.
CREATE MACRO attribute(line, name, type) AS CASE
  WHEN json_keys(line, concat('$.Item."', name, '"')) NOT IN ([type], ['NULL'])
  THEN error(concat('An item has an attribute ', name, ' that is not of type ', type))
  ELSE json_extract(line, concat('$.Item."', name, '".', type))
END;

-- Returns a number as text. Casts round numbers that have more decimal places than the column.
CREATE MACRO exact(number, places) AS CASE
  WHEN length(split_part(number, '.', 2)) > places OR contains(upper(number), 'E')
  THEN error(concat('A number needs more than ', places, ' decimal places, or an exponent'))
  ELSE number
END;

COPY (
  SELECT
    attribute(line, 'id', 'S')->>'$' AS id,
    exact(attribute(line, 'total', 'N')->>'$', 2)::DECIMAL(38, 2) AS total,
    exact(attribute(line, 'quantity', 'N')->>'$', 0)::BIGINT AS quantity,
    attribute(line, 'paid', 'BOOL')::BOOLEAN AS paid,
    -- A time as text, such as 2026-11-23T02:03:04.569Z. Parquet stores microseconds.
    (attribute(line, 'created', 'S')->>'$')::TIMESTAMPTZ AS created,
    -- A time in seconds since 1970, such as the attribute of time to live
    make_timestamptz(exact(attribute(line, 'expires', 'N')->>'$', 0)::BIGINT * 1000000) AS expires,
    from_base64(attribute(line, 'signature', 'B')->>'$') AS signature,
    attribute(line, 'tags', 'SS')::VARCHAR[] AS tags,
    [exact(price, 2)::DECIMAL(38, 2) FOR price IN attribute(line, 'prices', 'NS')::VARCHAR[]] AS prices,
    [from_base64(hash) FOR hash IN attribute(line, 'hashes', 'BS')::VARCHAR[]] AS hashes,
    -- A map or a list stays DynamoDB JSON, in which numbers are text.
    attribute(line, 'address', 'M') AS address
  FROM read_ndjson_objects('data/*.json.gz') AS lines(line)
) TO 'orders.parquet' (FORMAT parquet);
