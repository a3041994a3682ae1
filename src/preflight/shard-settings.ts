import { createHash } from 'node:crypto';
import type { TableDescription } from '@aws-sdk/client-dynamodb';
import type { Inputs } from '../inputs/inputs.ts';
import type { SharedSettings } from '../scan/share-settings.ts';
import { formatPlan } from '../shards/copy-plan.ts';
import type { TransformModule } from '../transform/load-transform.ts';
import { ACTION } from '../version.ts';

/**
 * Returns a short hash of each setting that determines the bytes of a copy, by the names of the inputs. The names appear
 * in the error if a shard has other settings than the shards before it. The hashes detect mistakes, not attacks.
 */
export function shardSettings(
  exportId: string,
  inputs: Inputs,
  { TableArn, TableId, CreationDateTime }: TableDescription,
  transform: TransformModule | undefined,
): SharedSettings {
  const values = {
    'dynamodb-table-name': [TableArn, TableId, CreationDateTime?.getTime()],
    'dynamodb-scan-kwargs': inputs.scan,
    'export-format': inputs.format,
    'process-func': transform?.sha256,
    compression: inputs.compression,
    's3-sse-algorithm or s3-sse-kms-key-id': inputs.encryption,
    's3-put-object-kwargs': inputs.putObject,
    // Plans with the same ID differ only if one was changed. Its read limit would not be that of the copy.
    plan: inputs.shard && formatPlan(inputs.shard.plan),
    'version of the Action': ACTION.version,
  };
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, shortHash([exportId, name, value ?? null])]),
  );
}

function shortHash(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value, sortMembers)).digest('hex').slice(0, 16);
}

/** Sorts the members of objects: the same parameters in another order are the same. */
function sortMembers(_: string, value: unknown): unknown {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  return isObject ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))) : value;
}
