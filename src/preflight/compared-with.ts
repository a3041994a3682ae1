import { availableParallelism } from 'node:os';
import { dynamoDbClient } from '../aws/clients.ts';
import type { Identities } from '../aws/credentials/identities.ts';
import { explainError } from '../aws/explain-error.ts';
import { CopyError } from '../errors.ts';
import { describeExportScope } from '../export/describe-export-scope.ts';
import type { KeyDefinition } from '../format/check-lines.ts';
import { inComparedCopyTerms } from '../inputs/action-terms.ts';
import type { CompareWith } from '../inputs/compare-with.ts';
import type { StoredCopy } from '../manifest/open-copy.ts';
import type { Bucket } from '../s3/bucket.ts';
import { describeReadLimit } from '../scan/pacing/read-limit.ts';
import { formatKeys, requireComparable } from '../verify/compare/require-comparable.ts';
import { TableSide } from '../verify/compare/table-side.ts';
import { openCopyBucket } from './open-copy-bucket.ts';
import type { FoundStoredCopy, VerifyPreflight } from './prepare-verify.ts';
import { requireStoredCopy } from './require-copy.ts';

/** What a copy is compared with. */
export type ComparedWith = { readonly keyAttributes: readonly KeyDefinition[] } & (
  | { readonly kind: 'table'; readonly side: TableSide }
  | {
      readonly kind: 'copy';
      readonly bucket: Bucket;
      readonly copy: StoredCopy;
      /** Converts an error of reading this copy into one that names its bucket and its inputs. */
      readonly explain: (error: unknown) => CopyError;
    }
);

/** Resources of a verification that have to be closed, and what they are opened with. */
export interface OpenResources {
  readonly identities: Identities;
  readonly opened: { readonly close: () => void }[];
  /** Maximum number of concurrent requests of each client. */
  readonly concurrency: number;
}

/**
 * Finds what the copy is compared with, and checks that the two can be compared.
 *
 * @returns undefined if nothing is to be compared
 * @throws {CopyError} the failure of a check
 */
export function requireComparedWith(
  preflight: VerifyPreflight,
  found: FoundStoredCopy,
  resources: OpenResources,
): Promise<ComparedWith> | undefined {
  const { compareWith } = preflight.inputs;
  if (!compareWith) return undefined;
  return compareWith.kind === 'table'
    ? requireComparedTable(preflight, found, resources)
    : requireComparedCopy(preflight, compareWith, found, resources);
}

async function requireComparedTable(
  { inputs, checks, logger, signal, waits }: VerifyPreflight,
  found: FoundStoredCopy,
  { identities, opened, concurrency }: OpenResources,
): Promise<ComparedWith> {
  const { sourceRegion: region, readCapacity, table } = inputs;
  const client = dynamoDbClient({ region, concurrency, identity: identities.source });
  opened.push({ close: () => client.destroy() });
  const tableName = table.arn ?? table.name;
  const cores = availableParallelism();
  const expectedBytes = found.copy.uncompressedBytes;
  const side = await checks.require(
    'Table',
    () => TableSide.open({ client, tableName, readCapacity, expectedBytes, cores, waits, logger, signal }),
    ({ readLimit }) => `${table.name} in ${region} can be read. ${describeReadLimit(readLimit)}`,
  );
  const keyAttributes = await checks.require(
    'Comparison',
    async () => requireComparable(found.copy, side.table),
    describeKeys,
  );
  return { kind: 'table', side, keyAttributes };
}

async function requireComparedCopy(
  { inputs, checks: all, logger, signal }: VerifyPreflight,
  { bucket: location, owner: stated, copy: identity }: CompareWith & { readonly kind: 'copy' },
  found: FoundStoredCopy,
  { identities, opened, concurrency }: OpenResources,
): Promise<ComparedWith> {
  const { destRegion: _, bucketOwner, ...subject } = inputs;
  const owner = stated ?? (location === found.bucket.name ? bucketOwner : undefined);
  const explain = (error: unknown) =>
    inComparedCopyTerms(
      explainError(error, { ...subject, bucket: location, ...(owner !== undefined && { bucketOwner: owner }) }),
    );
  const checks = all.explainedBy(explain);
  if (location === found.bucket.name && identity.layout.root === found.copy.layout.root) {
    throw new CopyError(
      'INVALID_INPUT',
      'compare-with: is the copy that is verified. A copy always equals itself.',
      'Set compare-with to another copy or to a table. Nothing was compared.',
    );
  }
  const where = { ...subject, name: location, owner, sourceRegion: await found.bucket.region(), concurrency };
  const bucket = await openCopyBucket(where, identities.dest, { checks, logger, signal }, 'Other bucket');
  opened.push(bucket);
  const client = dynamoDbClient({ region: inputs.sourceRegion, concurrency: 1, identity: identities.source });
  opened.push({ close: () => client.destroy() });
  const access = {
    bucket,
    describeExportScope: (exportArn: string) => describeExportScope(client, exportArn, signal),
    signal,
  };
  const copy = await requireStoredCopy(identity, access, { checks, logger }, () => {}, 'Other copy');
  const keyAttributes = await all.require('Comparison', async () => requireComparable(found.copy, copy), describeKeys);
  return { kind: 'copy', bucket, copy, keyAttributes, explain };
}

function describeKeys(keys: readonly KeyDefinition[]): string {
  return `both have the key ${formatKeys(keys)}`;
}
