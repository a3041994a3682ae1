import type { ReplayShape } from '../test/support/replay-items.ts';
import type { Options } from './options.ts';

export type ClientName = 'reading' | 'floor' | 'action' | 'sdk-objects' | 'shelf' | 'airflow';
export type Compression = 'none' | 'zstd' | 'gzip';
export type FormatName = 'DYNAMODB_JSON' | 'JSON' | 'ION';

/** One line of the results: a client, what it is told to do, and what it reads. */
export interface Row {
  /** Names it in figures and with `--only`. */
  readonly id: string;
  readonly label: string;
  readonly client: ClientName;
  readonly shape: ReplayShape;
  /** Of the responses that it reads. */
  readonly mib: number;
  readonly compression: Compression;
  readonly format?: FormatName;
  readonly segments: number;
  readonly pageBytes?: number;
  readonly latencyMs?: number;
  /** True where it is known to fail, and how it does is what is shown. */
  readonly fails?: boolean;
}

/** Rows that are measured together: in each round each of them once, one after the other. */
export interface Group {
  readonly title: string;
  readonly about: string;
  readonly rows: readonly Row[];
  readonly rounds: number;
}

const SEGMENTS = 16;
const FORMATS = ['DYNAMODB_JSON', 'JSON', 'ION'] as const;
const COMPRESSIONS = ['none', 'zstd', 'gzip'] as const;
const HURTING = { tiny: 'many tiny items', large: '400 KB items', escaped: 'long escaped strings', deep: 'deep maps' };

/** All that is measured, in its order. */
export function groups(options: Options): Group[] {
  const all = [mixed(options), plain(options), ...hurting(options), memory(options), latency(options)];
  return all
    .map((group) => ({ ...group, rows: group.rows.filter((row) => isWanted(row, options)) }))
    .filter((group) => group.rows.length > 0);
}

function isWanted({ id, client }: Row, { only, airflow }: Options): boolean {
  if (client === 'airflow' && !airflow) return false;
  return only === undefined || only.some((part) => id.includes(part));
}

function mixed({ mib, slowMib, airflowMib, rounds }: Options): Group {
  const base = { shape: 'mixed', mib, segments: SEGMENTS } as const;
  const rivals: Row[] = [
    { ...base, mib: slowMib, id: 'mixed/sdk/none', client: 'sdk-objects', compression: 'none', label: SDK },
    { ...base, mib: slowMib, id: 'mixed/shelf/none', client: 'shelf', compression: 'none', label: SHELF },
    { ...base, mib: slowMib, id: 'mixed/shelf/gzip', client: 'shelf', compression: 'gzip', label: `${SHELF} + gzip` },
    {
      ...base,
      mib: airflowMib,
      id: 'mixed/airflow/none',
      client: 'airflow',
      compression: 'none',
      segments: 1,
      label: AIRFLOW,
      fails: true,
    },
  ];
  const reading: Row = { ...base, id: 'mixed/reading', client: 'reading', compression: 'none', label: 'Reading only' };
  const ours = COMPRESSIONS.flatMap((compression) => [
    floor('mixed', mib, compression),
    ...FORMATS.map((format) => action('mixed', mib, format, compression)),
  ]);
  return {
    title: 'Mixed items of about 700 bytes',
    about: 'Every type, among them sets and binaries, which the formats of the others do not keep.',
    rows: [reading, ...ours, ...rivals],
    rounds,
  };
}

function plain({ mib, airflowMib, rounds }: Options): Group {
  return {
    title: 'The same items without sets and binaries',
    about: "For Airflow's operator, which ends with a TypeError at the first set or binary.",
    rows: [
      action('plain', mib, 'DYNAMODB_JSON', 'none'),
      action('plain', mib, 'JSON', 'none'),
      {
        id: 'plain/airflow/none',
        label: AIRFLOW,
        client: 'airflow',
        shape: 'plain',
        mib: airflowMib,
        compression: 'none',
        segments: 1,
      },
    ],
    rounds,
  };
}

/** A quarter of the data: what each shape costs shows as well, and a run is half an hour shorter. */
function hurting({ mib: all, rounds }: Options): Group[] {
  const mib = Math.ceil(all / 4);
  return (['tiny', 'large', 'escaped', 'deep'] as const).map((shape) => ({
    title: `What hurts: ${HURTING[shape]}`,
    about: 'Without compression, where the cost of the items shows most.',
    rows: [floor(shape, mib, 'none'), ...FORMATS.map((format) => action(shape, mib, format, 'none'))],
    rounds,
  }));
}

/** Four times the data: what a run holds in memory must not come with the size of the table. */
function memory({ mib, rounds }: Options): Group {
  return {
    title: 'Memory',
    about: 'Four times the data, in as many workers.',
    rows: COMPRESSIONS.map((compression) => ({
      ...action('mixed', 4 * mib, 'DYNAMODB_JSON', compression),
      id: `memory/action/${compression}`,
    })),
    rounds: Math.min(rounds, 2),
  };
}

function latency({ mib, rounds }: Options): Group {
  const rows = (pageBytes: number, latencyMs: number, share: number): Row[] =>
    [1, SEGMENTS].map((segments) => ({
      ...action('mixed', Math.ceil((mib * share * segments) / SEGMENTS), 'DYNAMODB_JSON', 'zstd'),
      id: `latency/${latencyMs}/${segments}`,
      segments,
      pageBytes,
      latencyMs,
    }));
  return {
    title: 'Distance',
    about: 'Wall time counts here. One segment reads a sixteenth of what sixteen read.',
    rows: [...rows(1024 * 1024, 250, 1 / 2), ...rows(64 * 1024, 60, 1 / 8)],
    rounds: Math.min(rounds, 3),
  };
}

function floor(shape: ReplayShape, mib: number, compression: Compression): Row {
  const id = `${shape}/floor/${compression}`;
  return { id, label: 'Floor', client: 'floor', shape, mib, compression, segments: SEGMENTS };
}

function action(shape: ReplayShape, mib: number, format: FormatName, compression: Compression): Row {
  const id = `${shape}/action/${format}/${compression}`;
  return { id, label: `This Action, ${format}`, client: 'action', shape, mib, compression, format, segments: SEGMENTS };
}

const SDK = 'AWS SDK, objects, JSON.stringify';
const SHELF = '@shelf/dynamodb-parallel-scan';
const AIRFLOW = 'Airflow, DynamoDBToS3Operator';
