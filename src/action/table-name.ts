import { type Problems, quoted } from '../parameters/problems.ts';

export interface TableName {
  readonly name: string;
  /** Set, with its region, when the input was an ARN. */
  readonly arn?: string;
  readonly region?: string;
}

/** https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html */
const NAME = /^[a-zA-Z0-9_.-]{3,255}$/;
const NAME_ALLOWED = 'a name of 3 to 255 letters, digits, dots, hyphens and underscores';
const ARN_ALLOWED = 'arn:<partition>:dynamodb:<region>:<account>:table/<name>';

/** Reads a table's name or its ARN; undefined after a problem. */
export function readTableName(value: string, problems: Problems): TableName | undefined {
  if (value.startsWith('arn:')) return readTableArn(value, problems);
  if (NAME.test(value)) return { name: value };
  problems.add(`${quoted(value)} is no table. Use ${NAME_ALLOWED}, or the table's ARN (${ARN_ALLOWED})`);
  return undefined;
}

function readTableArn(arn: string, problems: Problems): TableName | undefined {
  const [, , service, region = '', account = '', ...rest] = arn.split(':');
  const [kind, name = '', part] = rest.join(':').split('/');
  if (service !== 'dynamodb' || kind !== 'table' || !PARTITION_AND_SERVICE.test(arn)) {
    problems.add(`${quoted(arn)} is the ARN of something else. Use the ARN of a DynamoDB table (${ARN_ALLOWED})`);
  } else if (part !== undefined) {
    problems.add(
      `${quoted(arn)} is the ARN of ${PARTS.get(part) ?? 'a part of a table. Use the ARN of the table, up to its name'}`,
    );
  } else if (!REGION.test(region) || !/^\d{12}$/.test(account) || !NAME.test(name)) {
    problems.add(`${quoted(arn)} is no complete ARN of a table. Use ${ARN_ALLOWED}, with ${NAME_ALLOWED}`);
  } else {
    return { name, arn, region };
  }
  return undefined;
}

/** aws, aws-cn, aws-us-gov, aws-iso-b, aws-eusc and what may come. */
const PARTITION_AND_SERVICE = /^arn:aws(?:-[a-z]+)*:dynamodb:/;

/** What follows the table's name in the ARNs of its parts, and what to use instead. */
const PARTS: ReadonlyMap<string, string> = new Map([
  ['index', 'an index. Use the ARN of the table, up to its name, and name the index in dynamodb-scan-kwargs.IndexName'],
  ['stream', 'a stream. Use the ARN of the table, up to its name'],
  ['export', 'an export. Use the ARN of the table, up to its name'],
  ['import', 'an import. Use the ARN of the table, up to its name'],
  ['backup', 'a backup, which cannot be read. Restore it to a table, and use the ARN of that table'],
]);

/** A host label: regions become part of host names, and S3-compatible stores have names of their own for them. */
export const REGION = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
