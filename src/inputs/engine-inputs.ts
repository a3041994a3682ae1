import type { ExportParameters } from '../export/export-parameters.ts';
import type { InputTime } from '../export/input-time.ts';
import { formatCount, quote } from '../message-text.ts';
import { readExportParameters } from './export-kwargs.ts';
import type { InputReader } from './input-reader.ts';
import { INPUT_TIME_ALLOWED, parseInputTime } from './parse-input-time.ts';

/** How long a step waits for DynamoDB. */
export interface WaitInputs {
  readonly checkIntervalMs: number;
  readonly maxAttempts: number;
}

/** Selected engine, and the settings of the export engine. */
export interface EngineInputs extends WaitInputs {
  readonly engine: 'scan' | 'export' | 'auto';
  /** Point in time of the export; undefined for now. */
  readonly exportTime?: InputTime;
  readonly exportParameters: ExportParameters;
  readonly enablePitr: boolean;
  readonly resume: boolean;
}

export const DEFAULT_CHECK_INTERVAL = 30;
/** Ends just before the 6-hour limit of a job on a hosted runner, to leave time for the error message. */
export const DEFAULT_MAX_ATTEMPTS = 690;
const MAX_ATTEMPTS = 100_000;

export function readEngineInputs(reader: InputReader): EngineInputs {
  const kwargs = reader.mapping('export-table-to-point-in-time-kwargs');
  const exportTime = reader.parsed<InputTime | undefined>('export-time', undefined, INPUT_TIME_ALLOWED, parseInputTime);
  const wantsExport = reader.text('export-time') !== '' || kwargs.size > 0;
  const exportParameters = readExportParameters(kwargs, reader.problems.at('export-table-to-point-in-time-kwargs'));
  if (exportTime && exportParameters.window) {
    reader.problems
      .at('export-time')
      .add(
        'applies only to full exports, but export-table-to-point-in-time-kwargs requests an incremental export. Leave one of them out',
      );
  }
  return {
    engine: readEngine(reader, wantsExport),
    ...(exportTime && { exportTime }),
    exportParameters,
    ...readWaitInputs(reader, 0),
    enablePitr: reader.boolean('enable-point-in-time-recovery', false),
    resume: reader.boolean('resume', true),
  };
}

/** @param minAttempts 0 if the step can end without waiting */
export function readWaitInputs(reader: InputReader, minAttempts: 0 | 1): WaitInputs {
  const seconds = readNumber(reader, 'check-interval', { fallback: DEFAULT_CHECK_INTERVAL, min: 1, max: 3600 });
  const attempts = { fallback: DEFAULT_MAX_ATTEMPTS, min: minAttempts, max: MAX_ATTEMPTS };
  return { checkIntervalMs: 1000 * seconds, maxAttempts: readNumber(reader, 'max-attempts', attempts) };
}

/** Selects an export if export-time or export parameters are set, like the Airflow operator. */
function readEngine(reader: InputReader, wantsExport: boolean): EngineInputs['engine'] {
  const name = 'point-in-time-export';
  const value = reader.text(name);
  const problems = reader.problems.at(name);
  if (value === '') return wantsExport ? 'export' : 'scan';
  if (/^(?:true|True|TRUE)$/.test(value)) return 'export';
  const engine = value === 'auto' ? 'auto' : 'scan';
  if (engine === 'scan' && !/^(?:false|False|FALSE)$/.test(value)) {
    problems.add(`${quote(value)} is invalid. Use true, false or auto`);
  } else if (wantsExport) {
    problems.add(
      `is ${value}, but export-time or export-table-to-point-in-time-kwargs requires an export. Set it to true, or leave those inputs out`,
    );
  }
  return engine;
}

/** Value of a number input that is left out, and the range of its values. */
interface NumberRange {
  readonly fallback: number;
  readonly min: number;
  readonly max: number;
}

function readNumber(reader: InputReader, name: string, { fallback, min, max }: NumberRange): number {
  const allowed = `a whole number from ${min} to ${formatCount(max)}`;
  return reader.parsed(name, fallback, allowed, (text) => {
    const number = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
    return number >= min && number <= max ? number : undefined;
  });
}
