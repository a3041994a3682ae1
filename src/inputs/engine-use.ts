import { formatChoices } from '../message-text.ts';
import { DEFAULT_CHECK_INTERVAL, DEFAULT_MAX_ATTEMPTS } from './engine-inputs.ts';
import type { InputReader } from './input-reader.ts';
import type { Inputs } from './inputs.ts';
import { DEFAULT_FILE_SIZE } from './scan-inputs.ts';

/** Reports inputs that have no effect with the selected engine. Otherwise they would be ignored silently. */
export function checkInputsFitEngine(reader: InputReader, inputs: Inputs): void {
  if (inputs.engine === 'export') {
    for (const name of inputsWithoutEffectOnExport(inputs)) {
      reader.problems
        .at(name)
        .add(
          name === 's3-sse-algorithm'
            ? 'KMS_DSSE is supported only for scans. Use AES256 or KMS, or set point-in-time-export to false'
            : 'applies only to scans, but this step exports the table. Leave it out, or set point-in-time-export to false',
        );
    }
  }
  const exportInputs = exportOnlyInputs(inputs);
  if (inputs.engine === 'scan' && exportInputs.length > 0) {
    reader.problems
      .at('point-in-time-export')
      .add(
        `is not true, so ${formatChoices(exportInputs)} has no effect. Set it to true, or leave out the inputs that require it`,
      );
  }
}

/** Returns the names of the inputs that require a scan. With `auto`, the engine is a scan if there are any. */
export function scanOnlyInputs(inputs: Inputs): string[] {
  const { scan, format, processFunc, compression, fileSize, totalSegments, putObject, encryption } = inputs;
  const set = {
    'dynamodb-scan-kwargs':
      Object.keys(scan.request).length > 0 || scan.shard !== undefined || scan.startKey !== undefined,
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

/**
 * Adds inputs that an export does not need, because it consumes no read capacity and DynamoDB writes its objects. They
 * are not in `scanOnlyInputs`, because they must not prevent an export with `auto`.
 */
function inputsWithoutEffectOnExport(inputs: Inputs): string[] {
  const { readCapacity, maxConsumedReadCapacity, payloadSigningEnabled } = inputs;
  const set = {
    'read-capacity': readCapacity.kind !== 'auto',
    'max-consumed-read-capacity': maxConsumedReadCapacity !== undefined,
    's3-payload-signing-enabled': payloadSigningEnabled,
  };
  return [...scanOnlyInputs(inputs), ...names(set)];
}

function exportOnlyInputs({ checkIntervalMs, maxAttempts, enablePitr }: Inputs): string[] {
  return names({
    'check-interval': checkIntervalMs !== 1000 * DEFAULT_CHECK_INTERVAL,
    'max-attempts': maxAttempts !== DEFAULT_MAX_ATTEMPTS,
    'enable-point-in-time-recovery': enablePitr,
  });
}

function names(set: Readonly<Record<string, boolean>>): string[] {
  return Object.keys(set).filter((name) => set[name]);
}
