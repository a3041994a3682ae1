import { againstBaseline } from './baseline-figures.ts';
import { type Figure, growth, peak, percent, type Results, ratio, share, times } from './figure.ts';
import { sizeAtLevel6 } from './gzip-size.ts';

/** Returns the figures whose rows have all been measured. */
export function figures(results: Results, seed: number): Figure[] {
  return [
    ...againstOthers(results),
    ...gzipSize(results, seed),
    ...againstFloor(results),
    ...memory(results),
    ...distance(results),
    ...load(results),
    ...verification(results),
    ...comparison(results),
    ...ceiling(results),
    ...againstBaseline(results),
  ];
}

/** Maximum peak memory of a copy with 16 workers, in MiB: 320 with one JavaScript thread, 80 more for each further one. */
const COPY_PEAK_MIB = 400;

/** Speed in MB/s at which a copy reads a table with the default quota of 40,000 read capacity units per second. */
const QUOTA_MB_PER_SECOND = 320;

function againstOthers(results: Results): Figure[] {
  const cpu = (one: string, other: string, what: string, atLeast: number) =>
    ratio(results, one, other, 'mbPerCpuSecond').map((measured) => ({
      what,
      measured,
      bound: { atLeast },
      format: times,
    }));
  return [
    ...cpu(
      'mixed/action/DYNAMODB_JSON/none',
      'mixed/shelf/none',
      'DYNAMODB_JSON, no compression, compared with @shelf + lib-storage',
      5,
    ),
    ...cpu(
      'plain/action/DYNAMODB_JSON/none',
      'plain/airflow/none',
      'DYNAMODB_JSON, no compression, compared with the Airflow operator',
      20,
    ),
    ...cpu(
      'plain/action/JSON/none',
      'plain/airflow/none',
      'JSON, no compression, compared with the Airflow operator (comparable output)',
      15,
    ),
    ...cpu(
      'mixed/action/DYNAMODB_JSON/gzip',
      'mixed/shelf/gzip',
      'gzip (default settings), compared with @shelf + lib-storage + gzip',
      4,
    ),
  ];
}

function gzipSize(results: Results, seed: number): Figure[] {
  const run = results.get('mixed/action/DYNAMODB_JSON/gzip')?.runs[0];
  if (!run?.uncompressedBytes) return [];
  // Includes a few KB of manifests.
  const measured = run.storedBytes / run.uncompressedBytes / sizeAtLevel6(seed) - 1;
  return [
    {
      what: 'gzip (default settings): size increase over gzip level 6',
      measured,
      bound: { atMost: 0.12 },
      format: percent,
    },
  ];
}

function againstFloor(results: Results): Figure[] {
  return (
    [
      ['DYNAMODB_JSON', 'none', 0.8],
      ['JSON', 'none', 0.65],
      ['ION', 'none', 0.55],
      ['DYNAMODB_JSON', 'zstd', 0.75],
      ['DYNAMODB_JSON', 'gzip', 0.85],
    ] as const
  ).flatMap(([format, compression, atLeast]) =>
    ratio(results, `mixed/action/${format}/${compression}`, `mixed/floor/${compression}`, 'mbPerCpuSecond').map(
      (measured) => ({
        what: `${format}, ${compression === 'none' ? 'no compression' : compression}, compared with its floor`,
        measured,
        bound: { atLeast },
        format: share,
      }),
    ),
  );
}

function memory(results: Results): Figure[] {
  return ['none', 'zstd', 'gzip'].flatMap((compression) => {
    const name = compression === 'none' ? 'no compression' : compression;
    const one = results.get(`mixed/action/DYNAMODB_JSON/${compression}`);
    if (!one) return [];
    const { mib } = one.row;
    const peaks = ['DYNAMODB_JSON', 'JSON', 'ION'].flatMap(
      (format) => results.get(`mixed/action/${format}/${compression}`)?.peakBytes.median ?? [],
    );
    const most = [mib, 4 * mib].flatMap(
      (size) => results.get(`memory/64/${size}/${compression}`)?.peakBytes.median ?? [],
    );
    const four = results.get(`memory/16/${4 * mib}/${compression}`);
    return [
      peak(`16 workers, ${name}, worst format`, peaks, COPY_PEAK_MIB),
      ...(four ? [growth(`16 workers, ${name}`, four.peakBytes.median / one.peakBytes.median - 1)] : []),
      ...(most.length > 0 ? [peak(`64 workers, ${name}`, most, 560)] : []),
    ];
  });
}

function distance(results: Results): Figure[] {
  return (
    [
      [250, '1 MB', 10],
      [60, '64 KB', 12],
    ] as const
  ).flatMap(([latency, page, atLeast]) =>
    ratio(results, `latency/${latency}/16`, `latency/${latency}/1`, 'mbPerSecond').map((measured) => ({
      what: `${latency} ms added to each ${page} response: 16 segments compared with 1`,
      measured,
      bound: { atLeast },
      format: times,
    })),
  );
}

function load(results: Results): Figure[] {
  const loader = results.get('restore-write/loader');
  if (!loader) return [];
  const compared = (other: string, what: string, atLeast: number, format: Figure['format']) =>
    ratio(results, 'restore-write/loader', other, 'mbPerCpuSecond').map((measured) => ({
      what: `load, gzip, compared with ${what}`,
      measured,
      bound: { atLeast },
      format,
    }));
  const large = results.get(`restore-write-memory/${4 * loader.row.mib}`);
  return [
    ...compared('restore-write/sdk', 'a loader with the objects of the SDK', 2, times),
    ...compared('restore-write/floor', 'its floor', 0.85, share),
    peak(
      'load, 16 workers',
      [loader, ...(large ? [large] : [])].map(({ peakBytes }) => peakBytes.median),
      320,
    ),
    ...(large ? [growth('load', large.peakBytes.median / loader.peakBytes.median - 1)] : []),
  ];
}

function verification(results: Results): Figure[] {
  const one = results.get('verify/data/gzip');
  if (!one) return [];
  const four = results.get(`verify/data/gzip/${4 * one.row.mib}`);
  const peaks = [one, ...(four ? [four] : [])].map(({ peakBytes }) => peakBytes.median);
  return [
    ...ratio(results, 'verify/data/gzip', 'mixed/action/DYNAMODB_JSON/gzip', 'mbPerCpuSecond').map((measured) => ({
      what: 'verify data objects, gzip, compared with the copy that writes them',
      measured,
      bound: { atLeast: 1.5 },
      format: times,
    })),
    peak('verify data objects', peaks, 320),
    ...(four ? [growth('verify data objects', four.peakBytes.median / one.peakBytes.median - 1)] : []),
  ];
}

function comparison(results: Results): Figure[] {
  const sides = ['copy', 'table'].flatMap((side) => {
    const measured = results.get(`verify/compare/${side}`);
    if (!measured) return [];
    const large = results.get(`verify/compare/${side}/${4 * measured.row.mib}`);
    return [
      {
        what: `comparison, ${side}: MB per CPU-second`,
        measured: measured.mbPerCpuSecond.median,
        bound: { atLeast: 40 },
        format: (value: number) => value.toFixed(0),
      },
      ...(large ? [growth(`comparison, ${side}`, large.peakBytes.median / measured.peakBytes.median - 1)] : []),
    ];
  });
  const peaks = [...results.values()].filter(({ row }) => row.id.startsWith('verify/compare/'));
  return [
    ...sides,
    ...(peaks.length > 0
      ? [
          peak(
            'comparison',
            peaks.map(({ peakBytes }) => peakBytes.median),
            320,
          ),
        ]
      : []),
  ];
}

/** A copy cannot be faster than its busiest thread, however many cores the machine has. */
function ceiling(results: Results): Figure[] {
  return ['none', 'zstd', 'gzip'].flatMap((compression) => {
    const measured = results.get(`mixed/action/DYNAMODB_JSON/${compression}`)?.mbPerThreadSecond?.median;
    if (measured === undefined) return [];
    return {
      what: `${compression === 'none' ? 'no compression' : compression}, MB per second of the busiest thread`,
      measured,
      bound: { atLeast: QUOTA_MB_PER_SECOND },
      format: (value: number) => value.toFixed(0),
    };
  });
}
