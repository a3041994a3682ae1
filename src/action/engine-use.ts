import { oneOf } from '../parameters/problems.ts';
import { DEFAULT_CHECK_INTERVAL, DEFAULT_MAX_ATTEMPTS } from './engine-inputs.ts';
import type { InputReader } from './input-reader.ts';
import type { Inputs } from './inputs.ts';
import { DEFAULT_FILE_SIZE } from './size.ts';

/** An input that the chosen engine does not use is an error: it would be a wish passed over in silence. */
export function checkEngineUse(reader: InputReader, inputs: Inputs): void {
  if (inputs.engine === 'export') {
    for (const name of forScans(inputs)) {
      reader.problems
        .at(name)
        .add(
          name === 's3-sse-algorithm'
            ? 'KMS_DSSE is for scans: an export of DynamoDB encrypts with AES256 or KMS. Use one of them, or set point-in-time-export to false'
            : 'is for scans, and this step exports (point-in-time-export). Leave it at its default, or set that to false',
        );
    }
  }
  const forExports = exportOnly(inputs);
  if (inputs.engine === 'scan' && forExports.length > 0) {
    reader.problems
      .at('point-in-time-export')
      .add(
        `is not true, so ${oneOf(forExports)} would have no effect. Set it to true, or leave the rest at the default`,
      );
  }
}

/** Which inputs ask for something that only a scan does: they are also what keeps `auto` from exporting. */
export function scanOnly(inputs: Inputs): string[] {
  const { scan, format, processFunc, compression, fileSize, totalSegments, putObject, encryption } = inputs;
  const set = {
    'dynamodb-scan-kwargs':
      Object.keys(scan.request).length > 0 || scan.share !== undefined || scan.startKey !== undefined,
    'export-format': format === 'JSON',
    'process-func': processFunc !== undefined,
    compression: compression !== 'gzip',
    'file-size': fileSize !== DEFAULT_FILE_SIZE,
    'total-segments': totalSegments !== 'auto',
    's3-sse-algorithm': encryption?.algorithm === 'KMS_DSSE',
    's3-put-object-kwargs': Object.keys(putObject).length > 0,
  };
  return names(set);
}

/** With read-capacity, which keeps nobody from exporting: an export takes nothing of the table's capacity. */
function forScans(inputs: Inputs): string[] {
  return [...scanOnly(inputs), ...names({ 'read-capacity': inputs.readCapacity.kind !== 'auto' })];
}

function exportOnly({ checkIntervalMs, maxAttempts, enableRecovery }: Inputs): string[] {
  return names({
    'check-interval': checkIntervalMs !== 1000 * DEFAULT_CHECK_INTERVAL,
    'max-attempts': maxAttempts !== DEFAULT_MAX_ATTEMPTS,
    'enable-point-in-time-recovery': enableRecovery,
  });
}

function names(set: Readonly<Record<string, boolean>>): string[] {
  return Object.keys(set).filter((name) => set[name]);
}
