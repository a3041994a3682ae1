import { quote } from '../message-text.ts';
import type { InputProblems } from './problems.ts';

export interface TableName {
  readonly name: string;
  /** Set together with `region` if the input is an ARN. */
  readonly arn?: string;
  readonly region?: string;
}

/** https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html */
const NAME = /^[a-zA-Z0-9_.-]{3,255}$/;
const NAME_ALLOWED = '3 to 255 letters, digits, dots, hyphens and underscores';
const ARN_ALLOWED = 'arn:<partition>:dynamodb:<region>:<account>:table/<name>';

/**
 * Reads a table name or a table ARN.
 *
 * @returns undefined if a problem was reported
 */
export function readTableName(value: string, problems: InputProblems): TableName | undefined {
  if (value.startsWith('arn:')) return readTableArn(value, problems);
  if (NAME.test(value)) return { name: value };
  problems.add(`${quote(value)} is not a valid table name. Use ${NAME_ALLOWED}, or the table ARN (${ARN_ALLOWED})`);
  return undefined;
}

function readTableArn(arn: string, problems: InputProblems): TableName | undefined {
  const [, , service, region = '', account = '', ...rest] = arn.split(':');
  const [kind, name = '', part] = rest.join(':').split('/');
  if (service !== 'dynamodb' || kind !== 'table' || !PARTITION_AND_SERVICE.test(arn)) {
    problems.add(`${quote(arn)} is not the ARN of a DynamoDB table. Use ${ARN_ALLOWED}`);
  } else if (part !== undefined) {
    problems.add(
      `${quote(arn)} ${PARTS.get(part) ?? 'is not a table ARN. Use the table ARN, which ends with the table name'}`,
    );
  } else if (!REGION.test(region) || !/^\d{12}$/.test(account) || !NAME.test(name)) {
    problems.add(`${quote(arn)} is not a valid table ARN. Use ${ARN_ALLOWED}. The name must be ${NAME_ALLOWED}`);
  } else {
    return { name, arn, region };
  }
  return undefined;
}

/** Accepts aws, aws-cn, aws-us-gov, aws-iso-b, aws-eusc and future partitions. */
const PARTITION_AND_SERVICE = /^arn:aws(?:-[a-z]+)*:dynamodb:/;

/** Problems by the path segment after the table name in the ARNs of a table's subresources. */
const PARTS: ReadonlyMap<string, string> = new Map([
  [
    'index',
    'is an index ARN. Use the table ARN, which ends with the table name, and set dynamodb-scan-kwargs.IndexName',
  ],
  ['stream', 'is a stream ARN. Use the table ARN, which ends with the table name'],
  ['export', 'is an export ARN. Use the table ARN, which ends with the table name'],
  ['import', 'is an import ARN. Use the table ARN, which ends with the table name'],
  ['backup', 'is a backup ARN, and backups cannot be read. Restore it to a table and use the ARN of that table'],
]);

/** Accepts any host label: the Region becomes part of host names, and S3-compatible stores define their own Regions. */
export const REGION = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
