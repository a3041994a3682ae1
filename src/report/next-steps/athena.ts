import { isSimpleObjectKey, simpleKeyAttributes } from './key-attributes.ts';
import type { SuggestNextStep } from './next-step.ts';

/**
 * Creates an Athena table for a copy, with the key attributes as its first columns. Athena reads JSON in every
 * compression that the Action writes.
 *
 * https://docs.aws.amazon.com/athena/latest/ug/openx-json-serde.html
 * https://docs.aws.amazon.com/athena/latest/ug/compression-support-hive.html
 */
export const athena: SuggestNextStep = (copy) => {
  const { format, bucket, data, tableName } = copy;
  if (format !== 'DYNAMODB_JSON' || copy.isIncremental || copy.isArchived || !copy.isOnAws || copy.isRequesterPays)
    return undefined;
  const keys = simpleKeyAttributes(copy.table);
  if (copy.fileCount === 0 || keys.length === 0 || !isSimpleObjectKey(data)) return undefined;
  const name = `${tableName.toLowerCase().replace(/[^a-z0-9]/g, '_')}_copy`;
  const attributes = keys.map((key, index) => {
    return `    \`${key.name}\`: struct<${key.type}: string>${index < keys.length - 1 ? ',' : ''}`;
  });
  return {
    title: 'Query the copy with Athena',
    language: 'sql',
    code: [
      `CREATE EXTERNAL TABLE \`${name}\` (`,
      '  Item struct<',
      ...attributes,
      '  >',
      ')',
      "ROW FORMAT SERDE 'org.openx.data.jsonserde.JsonSerDe'",
      `LOCATION 's3://${bucket}/${data}';`,
    ],
    note: 'Only the key attributes are defined. Add the attributes that you need. Numbers are strings, so they keep all their digits.',
  };
};
