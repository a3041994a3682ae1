import { quote } from '../message-text.ts';
import type { InputReader } from './input-reader.ts';
import { COPY_SIDES, type Sides } from './sides.ts';
import { REGION, type TableName } from './table-name.ts';

export interface Regions {
  /** Region of the table. Without a table, the Region of the first requests. */
  readonly source: string;
  /** Region of the bucket; undefined to look it up. */
  readonly dest?: string;
}

/**
 * Reads the Regions of table and bucket. The Region of one side (source-aws-region) takes precedence over aws-region.
 *
 * The Region in the table ARN must match the inputs, but not AWS_REGION: that variable applies to the whole job, and
 * aws-actions/configure-aws-credentials usually sets it without regard to this table.
 */
export function readRegions(
  reader: InputReader,
  env: NodeJS.ProcessEnv,
  table: TableName | undefined,
  sides: Sides = COPY_SIDES,
): Regions {
  const both = readRegion(reader, 'aws-region');
  const ofTable = `${sides.table}-aws-region`;
  const ofBucket = `${sides.bucket}-aws-region`;
  const ownSource = sides.table && readRegion(reader, ofTable);
  const dest = (sides.bucket && readRegion(reader, ofBucket)) ?? both;
  const withoutTable = sides.tableInput === undefined ? dest : undefined;
  const source = ownSource ?? both ?? table?.region ?? withoutTable ?? readDefault(reader, env, sides);
  if (table?.region !== undefined && source !== table.region) {
    reader.problems
      .at(ownSource === undefined ? 'aws-region' : ofTable)
      .add(
        `${quote(source)} does not match the Region in the table ARN, ${quote(table.region)}. ` +
          `Use that Region, or leave this input out. If the bucket is in another Region, set ${ofBucket}`,
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

function readDefault(reader: InputReader, env: NodeJS.ProcessEnv, sides: Sides): string {
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
  if (sides.tableInput !== undefined && reader.text(sides.tableInput).startsWith('arn:')) return '';
  const [what, remedy] = howToSetRegion(sides);
  reader.problems
    .at('aws-region')
    .add(
      `is required because the Region of the ${what} is unknown. ${remedy}, ` +
        'or set AWS_REGION (aws-actions/configure-aws-credentials sets it)',
    );
  return '';
}

function howToSetRegion({ table, bucket, tableInput }: Sides): readonly [what: string, remedy: string] {
  if (bucket === undefined) return ['tables', 'Set aws-region'];
  return tableInput === undefined
    ? ['bucket', `Set aws-region or ${bucket}-aws-region`]
    : ['table', `Set aws-region or ${table}-aws-region, use the table ARN in ${tableInput}`];
}
