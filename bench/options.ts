import { parseArgs } from 'node:util';
import { DEFAULT_BASELINE } from './baseline.ts';

export interface Options {
  /** MiB of pages for the fast clients. */
  readonly mib: number;
  /** MiB of pages for clients that take ten times as long. */
  readonly slowMib: number;
  /** MiB of pages for the Airflow operator. */
  readonly airflowMib: number;
  readonly rounds: number;
  readonly seed: number;
  /** Substrings of the IDs of the rows to measure; undefined for all rows. */
  readonly only: readonly string[] | undefined;
  readonly airflow: boolean;
  readonly check: boolean;
  /** Commit, or folder that contains dist/; undefined for the default, which `--check` measures. */
  readonly baseline: string | undefined;
  /** True if the measured rows replace those in bench/results/ and all other rows stay the same. */
  readonly again: boolean;
  /** True if only a subset is measured. Nothing is then written to bench/results/. */
  readonly partial: boolean;
}

export const USAGE = `npm run bench -- [options]

  --airflow      also measure the Airflow operator (installs it into bench/.venv, about 400 MB)
  --check        exit with 1 if a target is missed (also measures the Airflow operator and the baseline)
  --baseline X   also measure another version of the Action: a commit, or a folder that contains dist/index.js
                 (default with --check: commit ${DEFAULT_BASELINE}, if it is in the repository)
  --quick        smoke test of about a minute: one round, 128 MiB, few rows; only prints results
  --only a,b     measure only rows whose ID contains one of these; only prints results
  --again        with --only: replace these rows in bench/results/ and keep the others; the report lists them
  --mib N        MiB of pages for the fast clients (default: 1024)
  --slow-mib N   MiB of pages for the clients that create an object per item (default: 256)
  --airflow-mib N  MiB of pages for the Airflow operator (default: 128)
  --rounds N     number of rounds; every client runs once per round (default: 5)
  --seed N       seed of the pages (default: 20261122)
`;

/** Returns the options of the command line; undefined if it contains --help. */
export function readOptions(args: readonly string[]): Options | undefined {
  const { values } = parseArgs({
    args: [...args],
    options: {
      help: { type: 'boolean', default: false },
      airflow: { type: 'boolean', default: false },
      check: { type: 'boolean', default: false },
      baseline: { type: 'string' },
      quick: { type: 'boolean', default: false },
      only: { type: 'string' },
      again: { type: 'boolean', default: false },
      mib: { type: 'string' },
      'slow-mib': { type: 'string' },
      'airflow-mib': { type: 'string' },
      rounds: { type: 'string' },
      seed: { type: 'string' },
    },
  });
  if (values.help) return undefined;
  const { quick, check, again, baseline } = values;
  if (again && (quick || values.only === undefined)) throw new Error('--again requires --only and excludes --quick');
  const number = (name: 'mib' | 'slow-mib' | 'airflow-mib' | 'rounds' | 'seed', otherwise: number): number => {
    const text = values[name];
    if (text === undefined) return otherwise;
    if (!/^[1-9]\d{0,8}$/.test(text)) {
      throw new Error(`--${name}: "${text}" is invalid. Use an integer from 1 to 999999999`);
    }
    return Number(text);
  };
  return {
    mib: number('mib', quick ? 128 : 1024),
    slowMib: number('slow-mib', quick ? 32 : 256),
    airflowMib: number('airflow-mib', quick ? 16 : 128),
    rounds: number('rounds', quick ? 1 : 5),
    seed: number('seed', 20_261_122),
    only: values.only?.split(',') ?? (quick ? QUICK : undefined),
    airflow: values.airflow || check,
    check,
    baseline,
    again,
    partial: quick || (values.only !== undefined && !again),
  };
}

/** Rows that `--quick` measures. */
const QUICK = [
  ...['mixed/reading', 'mixed/floor', 'mixed/action/DYNAMODB_JSON', 'mixed/baseline'],
  ...['mixed/sdk', 'mixed/shelf'],
];
