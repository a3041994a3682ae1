import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { pathToFileURL } from 'node:url';
import { startReplayCopy, startReplaySink, startReplaySource, startSwallowingStore } from '../test/emulators/replay.ts';
import { DISTINCT_PAGES } from '../test/emulators/replay-pages.ts';
import { CREDENTIALS, REGION } from '../test/fixtures/credentials.ts';
import { runAction } from '../test/runner/runner.ts';
import type { Programs } from './prepare.ts';
import type { Row } from './rows.ts';

/** Result of one run of one client. */
export interface Measurement {
  /** Bytes of Scan responses that the client received, of items that it loaded, or of lines that it verified. */
  readonly bytes: number;
  /** User plus system time of the whole process, from start to exit. */
  readonly cpuSeconds: number;
  readonly wallSeconds: number;
  readonly peakBytes: number;
  /** Bytes that the client stored. */
  readonly storedBytes: number;
  /** Bytes of the lines before compression; undefined if the client does not report them. */
  readonly uncompressedBytes: number | undefined;
  /** Last line of output if the client failed. */
  readonly failure: string | undefined;
}

const BUCKET = 'bench';

/** Timeout of a client: longer than any client needs. */
const TIMEOUT_MS = 1_800_000;

/** Runs a client once, in a separate process with its own servers. */
export async function measure(row: Row, programs: Programs, seed: number): Promise<Measurement> {
  if (row.client.startsWith('restore-')) return await measureLoad(row, programs, seed);
  if (row.client === 'verify-data') return await measureVerification(row, programs, seed);
  if (row.client === 'compare-copy' || row.client === 'compare-sides')
    return await measureComparison(row, programs, seed);
  const { shape, mib, pageBytes, latencyMs, protocol = 'https' } = row;
  const table = {
    totalBytes: mib * 1024 * 1024,
    seed,
    shape,
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
  const ended = row.client === 'action' ? await runStep(row, programs, env) : await runScript(row, programs, env);
  if ((ended.failure !== undefined) !== (row.fails === true)) {
    const problem = ended.failure === undefined ? 'succeeded, but was expected to fail' : `failed: ${ended.failure}`;
    throw new Error(`${row.id} ${problem}\n${ended.printed}`);
  }
  const usage = JSON.parse(readFileSync(usageFile, 'utf8')) as Usage;
  const [read, stored] = await Promise.all([source.stats(), store.stats()]);
  if (ended.failure === undefined && read.items !== source.items) {
    throw new Error(`${row.id} read ${read.items} of ${source.items} items`);
  }
  return {
    bytes: read.bytes,
    cpuSeconds: usage.user + usage.system,
    wallSeconds: ended.wallSeconds,
    peakBytes: usage.peakBytes,
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
  const ended = await runScript(row, programs, {
    ...store.env,
    ...sink.env,
    BENCH_OBJECTS: String(objects),
    BENCH_ITEMS: String(itemsPerObject),
    BENCH_MD5: md5,
    BENCH_USAGE_FILE: usageFile,
  });
  if (ended.failure !== undefined) throw new Error(`${row.id} failed: ${ended.failure}\n${ended.printed}`);
  const { user, system, peakBytes } = JSON.parse(readFileSync(usageFile, 'utf8')) as Usage;
  const { items } = await sink.stats();
  if (items !== objects * itemsPerObject) {
    throw new Error(`${row.id} wrote ${items} of ${objects * itemsPerObject} items`);
  }
  return {
    bytes: itemBytes,
    cpuSeconds: user + system,
    wallSeconds: ended.wallSeconds,
    peakBytes,
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
  const ended = await runScript(row, programs, {
    ...store.env,
    BENCH_COPY: JSON.stringify(store.copy),
    BENCH_COMPRESSION: compression,
    BENCH_USAGE_FILE: usageFile,
  });
  if (ended.failure !== undefined) throw new Error(`${row.id} failed: ${ended.failure}\n${ended.printed}`);
  const { user, system, peakBytes } = JSON.parse(readFileSync(usageFile, 'utf8')) as Usage;
  const { bytes } = await store.stats();
  if (bytes !== objects * objectBytes) throw new Error(`${row.id} read ${bytes} of ${objects * objectBytes} bytes`);
  return {
    bytes: lineBytes,
    cpuSeconds: user + system,
    wallSeconds: ended.wallSeconds,
    peakBytes,
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
  const ended = await runScript(row, programs, {
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
  const { user, system, peakBytes } = JSON.parse(readFileSync(usageFile, 'utf8')) as Usage;
  const read = await source.stats();
  const readings = isDifferent ? 2 : 1;
  const expected = client === 'compare-sides' ? readings * source.items : 0;
  if (read.items !== expected) throw new Error(`${row.id} read ${read.items} of ${expected} items`);
  return {
    bytes: readings * itemBytes + read.bytes,
    cpuSeconds: user + system,
    wallSeconds: ended.wallSeconds,
    peakBytes,
    storedBytes: 0,
    uncompressedBytes: undefined,
    failure: undefined,
  };
}

interface Usage {
  readonly user: number;
  readonly system: number;
  readonly peakBytes: number;
}

interface Ended {
  readonly wallSeconds: number;
  readonly uncompressedBytes: number | undefined;
  readonly failure: string | undefined;
  readonly printed: string;
}

type Environment = Readonly<Record<string, string>>;

/** Runs the Action the way a GitHub runner does. */
async function runStep({ segments, compression, format }: Row, programs: Programs, env: Environment): Promise<Ended> {
  await using run = await runAction({
    entry: programs.action,
    nodeFlags: ['--import', pathToFileURL(programs.exitUsage).href],
    inputs: {
      'dynamodb-table-name': env['BENCH_TABLE'] as string,
      's3-bucket-name': BUCKET,
      's3-force-path-style': 'true',
      'export-format': format as string,
      compression,
      'total-segments': String(segments),
    },
    env,
    timeoutMs: TIMEOUT_MS,
  });
  return {
    wallSeconds: run.durationMs / 1000,
    uncompressedBytes: Number(run.outputs['uncompressed-bytes']),
    failure: run.exitCode === 0 ? undefined : lastLine(run.log),
    printed: run.log + run.stderr,
  };
}

async function runScript(row: Row, programs: Programs, env: Environment): Promise<Ended> {
  const { client } = row;
  if (client === 'action') throw new Error('Use runStep to run the Action');
  const startedAt = performance.now();
  const child =
    client === 'airflow'
      ? spawn(programs.python as string, [join(import.meta.dirname, 'clients', 'run_airflow.py')], {
          env: airflowEnvironment(programs.python as string, env),
        })
      : spawn(process.execPath, ['--import', pathToFileURL(programs.exitUsage).href, programs.clients[client]], {
          // Same as for the Action: no configuration of this machine.
          env: { PATH: process.env['PATH'], AWS_EC2_METADATA_DISABLED: 'true', ...env },
        });
  const printed = Promise.all([text(child.stdout), text(child.stderr)]);
  const timeout = setTimeout(() => child.kill('SIGKILL'), TIMEOUT_MS);
  const [code] = (await once(child, 'close')) as [number | null];
  clearTimeout(timeout);
  const wallSeconds = (performance.now() - startedAt) / 1000;
  const all = (await printed).join('\n');
  return { wallSeconds, uncompressedBytes: undefined, failure: code === 0 ? undefined : lastLine(all), printed: all };
}

function airflowEnvironment(python: string, env: Environment): Record<string, string | undefined> {
  const home = join(dirname(dirname(python)), 'airflow');
  const endpoint = (name: string) => ({ endpoint_url: env[`AWS_ENDPOINT_URL_${name}`] });
  return {
    PATH: process.env['PATH'],
    HOME: home,
    AIRFLOW_HOME: home,
    AWS_CA_BUNDLE: env['AWS_CA_BUNDLE'],
    BENCH_TABLE: env['BENCH_TABLE'],
    BENCH_USAGE_FILE: env['BENCH_USAGE_FILE'],
    AIRFLOW_CONN_AWS_DEFAULT: JSON.stringify({
      conn_type: 'aws',
      login: CREDENTIALS.accessKeyId,
      password: CREDENTIALS.secretAccessKey,
      extra: {
        region_name: REGION,
        service_config: { dynamodb: endpoint('DYNAMODB'), s3: endpoint('S3') },
      },
    }),
  };
}

function lastLine(printed: string): string {
  return printed.trim().split('\n').at(-1) ?? '';
}

function temporaryFolder(): Disposable & { readonly path: string } {
  const path = mkdtempSync(join(tmpdir(), 'bench-'));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}
