import type { ReplayShape } from '../test/emulators/replay-items.ts';
import type { Options } from './options.ts';
import {
  action,
  baseline,
  type Compression,
  floor,
  type Group,
  overHttp,
  type RestoreClientName,
  type Row,
  SEGMENTS,
} from './row.ts';

/** Maximum number of workers of a copy. */
const MAX_SEGMENTS = 64;
const FORMATS = ['DYNAMODB_JSON', 'JSON', 'ION'] as const;
const COMPRESSIONS = ['none', 'zstd', 'gzip'] as const;
const WORST_CASES = {
  tiny: 'many tiny items',
  large: '400 KB items',
  escaped: 'long escaped strings',
  deep: 'deep maps',
};

/** Returns all groups to measure, in order. `hasBaseline`: whether the rows of the baseline are included. */
export function groups(options: Options, hasBaseline: boolean): Group[] {
  const all = [
    mixed(options),
    plain(options),
    ...worstCases(options),
    onePage(options),
    memory(options),
    latency(options),
    ...restore(options),
    verify(options),
    compare(options),
  ];
  return all
    .map((group) => ({ ...group, rows: group.rows.filter((row) => isWanted(row, options, hasBaseline)) }))
    .filter((group) => group.rows.length > 0);
}

function isWanted({ id, client }: Row, { only, airflow }: Options, hasBaseline: boolean): boolean {
  if (client === 'baseline' && !hasBaseline) return false;
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
  const copies = COMPRESSIONS.flatMap((compression) => [
    floor('mixed', mib, compression),
    ...ours('mixed', mib, compression),
    overHttp(action('mixed', mib, 'DYNAMODB_JSON', compression)),
  ]);
  return {
    title: 'Mixed items of about 700 bytes',
    about: 'Every type, including sets and binary attributes, which the formats of the other tools do not preserve.',
    rows: [reading, ...copies, ...rivals],
    rounds,
  };
}

function plain({ mib, airflowMib, rounds }: Options): Group {
  return {
    title: 'The same items without sets and binary attributes',
    about: 'For the Airflow operator, which fails with a TypeError at the first set or binary attribute.',
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

/** Returns the rows of the Action, with the baseline next to the row that is compared with it. */
function ours(shape: ReplayShape, mib: number, compression: Compression): Row[] {
  return FORMATS.flatMap((format) => {
    const row = action(shape, mib, format, compression);
    return format === 'DYNAMODB_JSON' ? [row, baseline(row)] : [row];
  });
}

/** Uses a quarter of the data, which is enough to measure each shape and makes a run half an hour shorter. */
function worstCases({ mib: all, rounds }: Options): Group[] {
  const mib = Math.ceil(all / 4);
  return (['tiny', 'large', 'escaped', 'deep'] as const).map((shape) => ({
    title: `Worst case: ${WORST_CASES[shape]}`,
    about: 'Without compression, since the cost per item is most visible there.',
    rows: [floor(shape, mib, 'none'), ...ours(shape, mib, 'none')],
    rounds,
  }));
}

/** Every run takes less than a second, most of it for the startup, so many runs are needed to see a difference of 5%. */
function onePage({ rounds }: Options): Group {
  const row: Row = {
    ...action('mixed', 1, 'DYNAMODB_JSON', 'gzip'),
    id: 'one-page/action/DYNAMODB_JSON/gzip',
    pages: 1,
    segments: 'auto',
  };
  return {
    title: 'Start to end of a table of one page',
    about: 'The defaults of the Action, from the start of the process to its exit.',
    rows: [row, baseline(row)],
    rounds: 10 * rounds,
    isShort: true,
  };
}

/** Uses four times the data: the memory of a run must not depend on the size of the table. */
function memory({ mib, rounds }: Options): Group {
  const row = (segments: number, size: number, compression: Compression): Row => ({
    ...action('mixed', size, 'DYNAMODB_JSON', compression),
    id: `memory/${segments}/${size}/${compression}`,
    label: `This Action, ${segments} workers`,
    segments,
  });
  return {
    title: 'Memory',
    about: 'Four times the data with the same number of workers, and the maximum number of workers.',
    rows: COMPRESSIONS.flatMap((compression) => [
      row(SEGMENTS, 4 * mib, compression),
      row(MAX_SEGMENTS, mib, compression),
      row(MAX_SEGMENTS, 4 * mib, compression),
    ]),
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
    title: 'Latency',
    about: 'Compares wall time. The run with 1 segment reads a sixteenth of the data of the run with 16.',
    rows: [...rows(1024 * 1024, 250, 1 / 2), ...rows(64 * 1024, 60, 1 / 8)],
    rounds: Math.min(rounds, 3),
  };
}

function restore({ mib, slowMib, rounds }: Options): Group[] {
  const row = (
    client: RestoreClientName,
    size: number,
    label: string,
    id = `restore-write/${client.slice(8)}`,
  ): Row => ({
    id,
    label,
    client,
    shape: 'mixed',
    mib: size,
    compression: 'gzip',
    segments: SEGMENTS,
  });
  return [
    {
      title: 'Load a copy with BatchWriteItem',
      about: 'Mixed items of about 700 bytes, in batches of 25. 1 MB is one million bytes of items as DynamoDB JSON.',
      rows: [
        row('restore-bodies', mib, 'Prepared requests, bare SDK client'),
        row('restore-floor', mib, 'Floor'),
        row('restore-loader', mib, 'Loader of this Action'),
        row('restore-sdk', slowMib, 'AWS SDK, JSON.parse, objects'),
      ],
      rounds,
    },
    {
      title: 'Memory of a load',
      about: 'Four times the data.',
      rows: [row('restore-loader', 4 * mib, 'Loader of this Action', `restore-write-memory/${4 * mib}`)],
      rounds: Math.min(rounds, 2),
    },
  ];
}

/** Four times the data too: the memory of a verification must not depend on the size of the copy. */
function verify({ mib, rounds }: Options): Group {
  const row = (compression: Compression, size = mib, id = `verify/data/${compression}`): Row => ({
    ...{ id, label: 'Verification of this Action', client: 'verify-data', shape: 'mixed', mib: size, compression },
    segments: SEGMENTS,
  });
  return {
    title: 'Verify the data objects of a copy',
    about: 'Mixed items of about 700 bytes. 1 MB is one million bytes of lines before compression.',
    rows: [...COMPRESSIONS.map((compression) => row(compression)), row('gzip', 4 * mib, `verify/data/gzip/${4 * mib}`)],
    rounds,
  };
}

function compare({ mib, rounds }: Options): Group {
  const base = { shape: 'mixed', compression: 'gzip', segments: SEGMENTS } as const;
  const copy = { ...base, client: 'compare-copy', label: 'Copy: verify and digest' } as const;
  const table = { ...base, client: 'compare-table', label: 'Table: read and digest' } as const;
  const whole = { ...base, client: 'compare-sides', label: 'Whole comparison, equal' } as const;
  return {
    title: 'Compare a copy with a table',
    about:
      'Mixed items of about 700 bytes; the copy is gzip. 1 MB is one million bytes of items that the client reads, as DynamoDB JSON. The last row reads everything twice and fills the memory of the second pass.',
    rows: [
      { ...copy, mib, id: 'verify/compare/copy' },
      { ...table, mib, id: 'verify/compare/table' },
      { ...copy, mib: 4 * mib, id: `verify/compare/copy/${4 * mib}` },
      { ...table, mib: 4 * mib, id: `verify/compare/table/${4 * mib}` },
      { ...whole, mib, id: 'verify/compare/equal' },
      { ...whole, mib, id: 'verify/compare/different', label: 'Whole comparison, all different', isDifferent: true },
    ],
    rounds: Math.min(rounds, 3),
  };
}

const SDK = 'AWS SDK, objects, JSON.stringify';
const SHELF = '@shelf/dynamodb-parallel-scan';
const AIRFLOW = 'Airflow, DynamoDBToS3Operator';
