import { quote } from '../message-text.ts';
import type { InputReader } from './input-reader.ts';
import { REGION, type TableName } from './table-name.ts';

export interface Regions {
  readonly source: string;
  /** Region of the bucket; undefined to look it up. */
  readonly dest?: string;
}

/**
 * Reads the Regions of table and bucket. source-aws-region and dest-aws-region take precedence over aws-region.
 *
 * The Region in the table ARN must match the inputs, but not AWS_REGION: that variable applies to the whole job, and
 * aws-actions/configure-aws-credentials usually sets it without regard to this table.
 */
export function readRegions(reader: InputReader, env: NodeJS.ProcessEnv, table: TableName | undefined): Regions {
  const both = readRegion(reader, 'aws-region');
  const ownSource = readRegion(reader, 'source-aws-region');
  const dest = readRegion(reader, 'dest-aws-region') ?? both;
  const source = ownSource ?? both ?? table?.region ?? readDefault(reader, env);
  if (table?.region !== undefined && source !== table.region) {
    reader.problems
      .at(ownSource === undefined ? 'aws-region' : 'source-aws-region')
      .add(
        `${quote(source)} does not match the Region in the table ARN, ${quote(table.region)}. ` +
          'Use that Region, or leave this input out. If the bucket is in another Region, set dest-aws-region',
      );
  }
  return { source, ...(dest !== undefined && { dest }) };
}

function readRegion(reader: InputReader, name: string): string | undefined {
  return reader.parsed<string | undefined>(name, undefined, ALLOWED, (value) =>
    REGION.test(value) ? value : undefined,
  );
}

const ALLOWED = 'a Region code such as eu-central-1';

function readDefault(reader: InputReader, env: NodeJS.ProcessEnv): string {
  for (const name of ['AWS_REGION', 'AWS_DEFAULT_REGION']) {
    const value = (env[name] ?? '').trim();
    if (value === '') continue;
    if (REGION.test(value)) return value;
    reader.problems
      .at(name)
      .add(`the environment variable has the invalid value ${quote(value)}. Use ${ALLOWED}, or set aws-region`);
    return value;
  }
  // The table input is an invalid ARN. That problem is already reported, and a valid ARN contains the Region.
  if (reader.text('dynamodb-table-name').startsWith('arn:')) return '';
  reader.problems
    .at('aws-region')
    .add(
      'is required because the Region of the table is unknown. Set aws-region or source-aws-region, ' +
        'use the table ARN in dynamodb-table-name, or set AWS_REGION (aws-actions/configure-aws-credentials sets it)',
    );
  return '';
}
