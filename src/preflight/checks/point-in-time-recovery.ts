import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { ServerClock } from '../../aws/server-clock.ts';
import { exportRequest, type WantedExport } from '../../export/export-request.ts';
import { type RecoveryWindow, recoveryIsOff, recoveryWindow } from '../../export/point-in-time-recovery-window.ts';
import { type Check, lacksRight, type Outcome, ok } from './check.ts';

/** Export request to check. */
export interface ExportToCheck {
  readonly client: DynamoDBClient;
  readonly clock: ServerClock;
  readonly tableName: string;
  readonly wanted: WantedExport;
  readonly enableRecovery: boolean;
}

/** Checks that point-in-time recovery is enabled and that its window includes the requested times. */
export function exportTimes({ client, clock, tableName, wanted, enableRecovery }: ExportToCheck): Check {
  return {
    name: 'Point-in-time recovery',
    async run(signal) {
      const window = await recoveryWindow(client, tableName, signal);
      if (window === 'off' && !enableRecovery) throw await recoveryIsOff(client, tableName);
      const known = typeof window === 'string' ? undefined : window;
      const request = await exportRequest(client, wanted, known, clock.now(), signal);
      if (window === 'not allowed') return lacksRight('dynamodb:DescribeContinuousBackups');
      if (window === 'off') {
        return ok('disabled; a run would enable it', 'It remains enabled afterwards and is billed by table size.');
      }
      return request === 'too early'
        ? nothingYet()
        : ok(`enabled, from ${iso(window.earliest)} to ${iso(window.latest)}`);
    },
  };
}

function nothingYet(): Outcome {
  return ok('enabled', 'A run would be skipped now: the previous export ended less than 15 minutes ago.');
}

function iso(time: RecoveryWindow['latest']): string {
  return `${time.toISOString().slice(0, 19)}Z`;
}
