import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { ServerClock } from '../aws/server-clock.ts';
import { type RecoveryWindow, recoveryIsOff, recoveryWindow } from '../export/recovery.ts';
import { exportRequest, type WantedExport } from '../export/request.ts';
import { type Check, lacksRight, type Outcome, ok } from './check.ts';

/** What an export would be asked for. */
export interface ExportToCheck {
  readonly client: DynamoDBClient;
  readonly clock: ServerClock;
  readonly tableName: string;
  readonly wanted: WantedExport;
  readonly enableRecovery: boolean;
}

/** Whether point-in-time recovery is on, and keeps the times that are to be exported. */
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
        return ok('off, and would be turned on', "It stays on afterwards, and costs by the table's size.");
      }
      return request === 'too early' ? nothingYet() : ok(`on, from ${iso(window.earliest)} to ${iso(window.latest)}`);
    },
  };
}

function nothingYet(): Outcome {
  return ok('on', 'The last export ended less than 15 minutes ago: by now there would be nothing to export.');
}

function iso(time: RecoveryWindow['latest']): string {
  return `${time.toISOString().slice(0, 19)}Z`;
}
