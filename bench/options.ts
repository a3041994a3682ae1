import { parseArgs } from 'node:util';

export interface Options {
  /** MiB of pages that the fast clients read. */
  readonly mib: number;
  /** MiB that clients read which take ten times as long, and that Airflow's operator reads. */
  readonly slowMib: number;
  readonly airflowMib: number;
  readonly rounds: number;
  readonly seed: number;
  /** Parts of the names of the rows to measure; undefined for all. */
  readonly only: readonly string[] | undefined;
  readonly airflow: boolean;
  readonly check: boolean;
  /** What is measured takes the place of the same rows in bench/results/; the others stay as they are. */
  readonly again: boolean;
  /** Not all that is to be measured: nothing goes to bench/results/. */
  readonly partial: boolean;
}

export const USAGE = `npm run bench -- [options]

  --airflow      measure Airflow's operator too (installs it into bench/.venv, about 400 MB)
  --check        exit 1 where a figure is below what is promised (measures Airflow's operator too)
  --quick        a minute's worth, to see that it works: one round, 128 MiB, few rows; results are printed only
  --only a,b     only rows whose name has one of these in it; results are printed only
  --again        with --only: the rows replace those in bench/results/, whose other rows stay; the report names them
  --mib N        MiB of pages for the fast clients (1024)
  --slow-mib N   MiB of pages for the clients that make objects of items (256)
  --airflow-mib N  MiB of pages for Airflow's operator (128)
  --rounds N     rounds, in each of which every client runs once (5)
  --seed N       what the pages are made from (20261122)
`;

/** What the command line asks for; undefined where it asks for help. */
export function readOptions(args: readonly string[]): Options | undefined {
  const { values } = parseArgs({
    args: [...args],
    options: {
      help: { type: 'boolean', default: false },
      airflow: { type: 'boolean', default: false },
      check: { type: 'boolean', default: false },
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
  const { quick, check, again } = values;
  if (again && (quick || values.only === undefined)) throw new Error('--again goes with --only, and not with --quick');
  const number = (name: 'mib' | 'slow-mib' | 'airflow-mib' | 'rounds' | 'seed', otherwise: number): number => {
    const text = values[name];
    if (text === undefined) return otherwise;
    if (!/^[1-9]\d{0,8}$/.test(text)) throw new Error(`--${name} must be a whole number from 1; it is ${text}`);
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
    again,
    partial: quick || (values.only !== undefined && !again),
  };
}

/** The rows that `--quick` measures. */
const QUICK = ['mixed/reading', 'mixed/floor', 'mixed/action/DYNAMODB_JSON', 'mixed/sdk', 'mixed/shelf'];
