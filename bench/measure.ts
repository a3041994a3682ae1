import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startReplayCopy, startReplaySink, startReplaySource, startSwallowingStore } from '../test/emulators/replay.ts';
import { DISTINCT_PAGES } from '../test/emulators/replay-pages.ts';
import type { Programs } from './prepare.ts';
import type { Row } from './row.ts';
import { runClient } from './run-client.ts';

/** Result of one run of one client. */
export interface Measurement {
  /** Bytes of Scan responses that the client received, of items that it loaded, or of lines that it verified. */
  readonly bytes: number;
  /** User plus system time of the whole process, from start to exit. */
  readonly cpuSeconds: number;
  /** User plus system time of the thread that used most; undefined if the system does not report it. */
  readonly busiestThreadSeconds: number | undefined;
  readonly wallSeconds: number;
  readonly peakBytes: number;
  /** Bytes that the client stored. */
  readonly storedBytes: number;
  /** Bytes of the lines before compression; undefined if the client does not report them. */
  readonly uncompressedBytes: number | undefined;
  /** Last line of output if the client failed. */
  readonly failure: string | undefined;
}

/** Runs a client once, in a separate process with its own servers. */
export async function measure(row: Row, programs: Programs, seed: number): Promise<Measurement> {
  if (row.client.startsWith('restore-')) return await measureLoad(row, programs, seed);
  if (row.client === 'verify-data') return await measureVerification(row, programs, seed);
  if (row.client === 'compare-copy' || row.client === 'compare-sides')
    return await measureComparison(row, programs, seed);
  const { shape, mib, pages, pageBytes, latencyMs, protocol = 'https' } = row;
  const table = {
    totalBytes: mib * 1024 * 1024,
    seed,
    shape,
    ...(pages !== undefined && { pages }),
    ...(pageBytes !== undefined && { pageBytes }),
    ...(latencyMs !== undefined && { latencyMs }),
  };
  await using source = await startReplaySource(table, protocol);
  await using store = await startSwallowingStore({}, protocol);
  using folder = temporaryFolder();
  const usageFile = join(folder.path, 'usage.json');
  const env = {
    ...source.env,
    ...store.env,
    BENCH_TABLE: source.tableName,
    BENCH_SEGMENTS: String(row.segments),
    BENCH_COMPRESSION: row.compression,
    BENCH_USAGE_FILE: usageFile,
  };
  const ended = await runClient(row, programs, env);
  if ((ended.failure !== undefined) !== (row.fails === true)) {
    const problem = ended.failure === undefined ? 'succeeded, but was expected to fail' : `failed: ${ended.failure}`;
    throw new Error(`${row.id} ${problem}\n${ended.printed}`);
  }
  const usage = usageIn(usageFile);
  const [read, stored] = await Promise.all([source.stats(), store.stats()]);
  if (ended.failure === undefined && read.items !== source.items) {
    throw new Error(`${row.id} read ${read.items} of ${source.items} items`);
  }
  return {
    bytes: read.bytes,
    ...usage,
    wallSeconds: ended.wallSeconds,
    storedBytes: stored.bytes,
    uncompressedBytes: ended.uncompressedBytes,
    failure: ended.failure,
  };
}

/** Runs a client that loads a copy. Its bytes are those of the items. */
async function measureLoad(row: Row, programs: Programs, seed: number): Promise<Measurement> {
  const { shape, mib, protocol = 'https' } = row;
  await using store = await startReplayCopy({ totalBytes: mib * 1024 * 1024, seed, shape }, protocol);
  await using sink = await startReplaySink({}, protocol);
  using folder = temporaryFolder();
  const usageFile = join(folder.path, 'usage.json');
  const { objects, itemsPerObject, md5, itemBytes } = store.copy;
  const ended = await runClient(row, programs, {
    ...store.env,
    ...sink.env,
    BENCH_OBJECTS: String(objects),
    BENCH_ITEMS: String(itemsPerObject),
    BENCH_MD5: md5,
    BENCH_USAGE_FILE: usageFile,
  });
  if (ended.failure !== undefined) throw new Error(`${row.id} failed: ${ended.failure}\n${ended.printed}`);
  const usage = usageIn(usageFile);
  const { items } = await sink.stats();
  if (items !== objects * itemsPerObject) {
    throw new Error(`${row.id} wrote ${items} of ${objects * itemsPerObject} items`);
  }
  return {
    bytes: itemBytes,
    ...usage,
    wallSeconds: ended.wallSeconds,
    storedBytes: 0,
    uncompressedBytes: undefined,
    failure: undefined,
  };
}

/** Runs a client that verifies a copy. Its bytes are those of the lines. */
async function measureVerification(row: Row, programs: Programs, seed: number): Promise<Measurement> {
  const { shape, mib, compression, protocol = 'https' } = row;
  await using store = await startReplayCopy({ totalBytes: mib * 1024 * 1024, seed, shape, compression }, protocol);
  using folder = temporaryFolder();
  const usageFile = join(folder.path, 'usage.json');
  const { objects, objectBytes, lineBytes } = store.copy;
  const ended = await runClient(row, programs, {
    ...store.env,
    BENCH_COPY: JSON.stringify(store.copy),
    BENCH_COMPRESSION: compression,
    BENCH_USAGE_FILE: usageFile,
  });
  if (ended.failure !== undefined) throw new Error(`${row.id} failed: ${ended.failure}\n${ended.printed}`);
  const usage = usageIn(usageFile);
  const { bytes } = await store.stats();
  if (bytes !== objects * objectBytes) throw new Error(`${row.id} read ${bytes} of ${objects * objectBytes} bytes`);
  return {
    bytes: lineBytes,
    ...usage,
    wallSeconds: ended.wallSeconds,
    storedBytes: 0,
    uncompressedBytes: undefined,
    failure: undefined,
  };
}

/** Runs a client that reads a copy, and a table with the same items unless `row.isDifferent`. */
async function measureComparison(row: Row, programs: Programs, seed: number): Promise<Measurement> {
  const { shape, mib, protocol = 'https', client, isDifferent = false } = row;
  const totalBytes = mib * 1024 * 1024;
  await using store = await startReplayCopy({ totalBytes, seed, shape }, protocol);
  const { objects, itemsPerObject, md5, sha256, itemBytes } = store.copy;
  const pages = isDifferent ? Math.ceil((objects * DISTINCT_PAGES) / 2) : objects * DISTINCT_PAGES;
  await using source = await startReplaySource({ totalBytes, seed, shape, pages }, protocol);
  using folder = temporaryFolder();
  const usageFile = join(folder.path, 'usage.json');
  const ended = await runClient(row, programs, {
    ...store.env,
    ...source.env,
    BENCH_OBJECTS: String(objects),
    BENCH_ITEMS: String(itemsPerObject),
    BENCH_MD5: md5,
    BENCH_SHA256: sha256,
    ...(isDifferent && { BENCH_DIFFERENT: 'true' }),
    BENCH_USAGE_FILE: usageFile,
  });
  if (ended.failure !== undefined) throw new Error(`${row.id} failed: ${ended.failure}\n${ended.printed}`);
  const usage = usageIn(usageFile);
  const read = await source.stats();
  const readings = isDifferent ? 2 : 1;
  const expected = client === 'compare-sides' ? readings * source.items : 0;
  if (read.items !== expected) throw new Error(`${row.id} read ${read.items} of ${expected} items`);
  return {
    bytes: readings * itemBytes + read.bytes,
    ...usage,
    wallSeconds: ended.wallSeconds,
    storedBytes: 0,
    uncompressedBytes: undefined,
    failure: undefined,
  };
}

/** Reads what bench/clients/exit-usage.ts or run_airflow.py has written. */
function usageIn(file: string): Pick<Measurement, 'cpuSeconds' | 'busiestThreadSeconds' | 'peakBytes'> {
  const { user, system, busiestThread, peakBytes } = JSON.parse(readFileSync(file, 'utf8')) as {
    readonly user: number;
    readonly system: number;
    readonly busiestThread?: number;
    readonly peakBytes: number;
  };
  return { cpuSeconds: user + system, busiestThreadSeconds: busiestThread, peakBytes };
}

function temporaryFolder(): Disposable & { readonly path: string } {
  const path = mkdtempSync(join(tmpdir(), 'bench-'));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}
