import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { ServerClock } from '../../aws/client-middleware.ts';
import { type ExportSpecification, exportTableInput } from '../../export/export-request.ts';
import { describePitr, type PitrWindow, pitrDisabledError } from '../../export/point-in-time-recovery-window.ts';
import { type Check, type CheckOutcome, missingPermission, ok } from './check.ts';

/** Export request to check. */
export interface ExportCheckRequest {
  readonly client: DynamoDBClient;
  readonly clock: ServerClock;
  readonly tableName: string;
  readonly specification: ExportSpecification;
  readonly enablePitr: boolean;
}

/** Checks that point-in-time recovery is enabled and that its window includes the requested times. */
export function pointInTimeRecoveryCheck({
  client,
  clock,
  tableName,
  specification,
  enablePitr,
}: ExportCheckRequest): Check {
  return {
    name: 'Point-in-time recovery',
    async run(signal) {
      const window = await describePitr(client, tableName, signal);
      if (window === 'disabled' && !enablePitr) throw await pitrDisabledError(client, tableName);
      const pitrWindow = typeof window === 'string' ? undefined : window;
      const request = await exportTableInput({ client, signal }, specification, pitrWindow, clock.now());
      if (window === 'not authorized') return missingPermission('dynamodb:DescribeContinuousBackups');
      if (window === 'disabled') {
        return ok('disabled; a run would enable it', 'It remains enabled afterwards and is billed by table size.');
      }
      return request === 'window too short'
        ? nothingYet()
        : ok(`enabled, from ${iso(window.earliest)} to ${iso(window.latest)}`);
    },
  };
}

function nothingYet(): CheckOutcome {
  return ok('enabled', 'A run would be skipped now: the previous export ended less than 15 minutes ago.');
}

function iso(time: PitrWindow['latest']): string {
  return `${time.toISOString().slice(0, 19)}Z`;
}
