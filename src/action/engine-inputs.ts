import { MOMENT_ALLOWED, type Moment, parseMoment } from '../export/moment.ts';
import { type ExportParameters, readExportParameters } from '../export/parameters.ts';
import { quoted } from '../parameters/problems.ts';
import type { InputReader } from './input-reader.ts';

/** Which engine copies, and what the export engine is told. */
export interface EngineInputs {
  readonly engine: 'scan' | 'export' | 'auto';
  /** Undefined: now. */
  readonly exportTime?: Moment;
  readonly exportParameters: ExportParameters;
  readonly checkIntervalMs: number;
  readonly maxAttempts: number;
  readonly enableRecovery: boolean;
  readonly resume: boolean;
}

export const DEFAULT_CHECK_INTERVAL = 30;
/** Ends just before the six hours of a hosted job, in time to say so. */
export const DEFAULT_MAX_ATTEMPTS = 690;
const MOST_ATTEMPTS = 100_000;

export function readEngineInputs(reader: InputReader): EngineInputs {
  const kwargs = reader.mapping('export-table-to-point-in-time-kwargs');
  const exportTime = reader.parsed<Moment | undefined>('export-time', undefined, MOMENT_ALLOWED, parseMoment);
  const wantsExport = reader.text('export-time') !== '' || kwargs.size > 0;
  const exportParameters = readExportParameters(kwargs, reader.problems.at('export-table-to-point-in-time-kwargs'));
  if (exportTime && exportParameters.window) {
    reader.problems
      .at('export-time')
      .add('is for full exports, and the kwargs ask for an incremental one. Leave one out');
  }
  return {
    engine: readEngine(reader, wantsExport),
    ...(exportTime && { exportTime }),
    exportParameters,
    checkIntervalMs: 1000 * readNumber(reader, 'check-interval', DEFAULT_CHECK_INTERVAL, 1, 3600),
    maxAttempts: readNumber(reader, 'max-attempts', DEFAULT_MAX_ATTEMPTS, 0, MOST_ATTEMPTS),
    enableRecovery: reader.boolean('enable-point-in-time-recovery', false),
    resume: reader.boolean('resume', true),
  };
}

/** As in the operator: a time or parameters of an export ask for one. */
function readEngine(reader: InputReader, wantsExport: boolean): EngineInputs['engine'] {
  const name = 'point-in-time-export';
  const value = reader.text(name);
  const problems = reader.problems.at(name);
  if (value === '') return wantsExport ? 'export' : 'scan';
  if (/^(?:true|True|TRUE)$/.test(value)) return 'export';
  const engine = value === 'auto' ? 'auto' : 'scan';
  if (engine === 'scan' && !/^(?:false|False|FALSE)$/.test(value)) {
    problems.add(`${quoted(value)} is not allowed. Use true, false or auto`);
  } else if (wantsExport) {
    problems.add(
      `is ${value}, but export-time or export-table-to-point-in-time-kwargs ask for an export. Set it to true, or leave those out`,
    );
  }
  return engine;
}

function readNumber(reader: InputReader, name: string, fallback: number, least: number, most: number): number {
  const allowed = `a whole number from ${least} to ${most.toLocaleString('en')}`;
  return reader.parsed(name, fallback, allowed, (text) => {
    const number = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
    return number >= least && number <= most ? number : undefined;
  });
}
