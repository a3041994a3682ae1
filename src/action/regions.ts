import { quoted } from '../parameters/problems.ts';
import type { InputReader } from './input-reader.ts';
import { REGION, type TableName } from './table-name.ts';

export interface Regions {
  readonly source: string;
  /** Unset: the bucket's own region. */
  readonly dest?: string;
}

/**
 * The regions of both sides. A side's own input wins over aws-region.
 *
 * The ARN of the table must agree with the inputs but not with AWS_REGION: that variable was set for the whole job,
 * mostly by aws-actions/configure-aws-credentials, and says nothing about this table.
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
        `${quoted(source)} is not the region of the table's ARN, ${quoted(table.region)}. ` +
          'Leave the input out, or name the same region (the bucket may be in another: dest-aws-region)',
      );
  }
  return { source, ...(dest !== undefined && { dest }) };
}

function readRegion(reader: InputReader, name: string): string | undefined {
  return reader.parsed<string | undefined>(name, undefined, ALLOWED, (value) =>
    REGION.test(value) ? value : undefined,
  );
}

const ALLOWED = 'the code of a region, such as eu-central-1';

function readDefault(reader: InputReader, env: NodeJS.ProcessEnv): string {
  for (const name of ['AWS_REGION', 'AWS_DEFAULT_REGION']) {
    const value = (env[name] ?? '').trim();
    if (value === '') continue;
    if (REGION.test(value)) return value;
    reader.problems.at(name).add(`${quoted(value)}, in the environment, is not allowed. Use ${ALLOWED}`);
    return value;
  }
  // An ARN that is refused as a table names a region all the same: one problem is enough.
  if (reader.text('dynamodb-table-name').startsWith('arn:')) return '';
  reader.problems
    .at('aws-region')
    .add(
      "the table's region is not known. Set aws-region or source-aws-region, give the table's ARN, " +
        'or set AWS_REGION as aws-actions/configure-aws-credentials does',
    );
  return '';
}
