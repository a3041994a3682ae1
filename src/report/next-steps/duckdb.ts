import { isSimpleObjectKey, simpleKeyAttributes } from './key-attributes.ts';
import type { CompleteCopy, SuggestNextStep } from './next-step.ts';
import { quoteForShell } from './shell.ts';

const ENDINGS = { gzip: '.gz', zstd: '.zst', none: '' } as const satisfies Record<CompleteCopy['compression'], string>;

/**
 * Folder for the objects of an S3-compatible store. They are downloaded first, because DuckDB would need more settings
 * than a Region for such a store.
 */
const DOWNLOADED = 'copy/';

/**
 * Queries a copy with DuckDB. Each line is read as JSON and its values are selected by path, so numbers are not
 * converted to floating point.
 *
 * https://duckdb.org/docs/stable/data/json/loading_json
 */
export const duckDb: SuggestNextStep = (copy) => {
  const { format, compression, bucket, bucketRegion, data, isOnAws } = copy;
  if ((format !== 'DYNAMODB_JSON' && format !== 'JSON') || copy.isIncremental || copy.isArchived) return undefined;
  if (copy.fileCount === 0 || !isSimpleObjectKey(data)) return undefined;
  const columns = simpleKeyAttributes(copy.table).map(({ name, type }) => {
    return `  line->>'$.${format === 'JSON' ? name : `Item.${name}.${type}`}' AS "${name}",`;
  });
  const folder = isOnAws ? `s3://${bucket}/${data}` : DOWNLOADED;
  const download = `aws s3 cp --recursive ${quoteForShell(`s3://${bucket}/${data}`)} ${DOWNLOADED}`;
  const secret = `CREATE SECRET (TYPE s3, PROVIDER credential_chain, REGION '${bucketRegion}');`;
  return {
    title: 'Query the copy with DuckDB',
    language: 'sh',
    code: [
      ...(isOnAws ? [] : [download]),
      "duckdb <<'SQL'",
      ...(isOnAws ? [secret] : []),
      'SELECT',
      ...columns,
      '  line',
      `FROM read_ndjson_objects('${folder}*.json${ENDINGS[compression]}') AS lines(line)`,
      'LIMIT 10;',
      'SQL',
    ],
    ...(isOnAws
      ? {}
      : { note: 'The AWS CLI reads the endpoint of the store from AWS_ENDPOINT_URL_S3, like this step.' }),
  };
};
