import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { pathToFileURL } from 'node:url';
import { CREDENTIALS, REGION } from '../test/fixtures/credentials.ts';
import { type RunOptions, runAction } from '../test/runner/runner.ts';
import type { Programs } from './prepare.ts';
import type { ClientName, Row } from './row.ts';

const BUCKET = 'bench';

/** Timeout of a client: longer than any client needs. */
const TIMEOUT_MS = 1_800_000;

/** The end of a client. */
export interface Ended {
  readonly wallSeconds: number;
  /** Bytes of the lines before compression; undefined if the client does not report them. */
  readonly uncompressedBytes: number | undefined;
  /** Last line of output if the client failed. */
  readonly failure: string | undefined;
  readonly printed: string;
}

export type Environment = Readonly<Record<string, string>>;

/** Runs a client to its end in a separate process. Its failure is part of the result. */
export async function runClient(row: Row, programs: Programs, env: Environment): Promise<Ended> {
  if (row.client === 'action') return await runStep(row, { entry: programs.action }, programs.exitUsage, env);
  if (row.client !== 'baseline') return await runScript(row.client, programs, env);
  if (!programs.baseline) throw new Error(`${row.id} requires a baseline`);
  const { entry, actionFile } = programs.baseline;
  return await runStep(row, { entry, ...(actionFile !== undefined && { actionFile }) }, programs.exitUsage, env);
}

/** Runs the Action, or another version of it, the way a GitHub runner does. */
async function runStep(
  { segments, compression, format }: Row,
  version: Pick<RunOptions, 'entry' | 'actionFile'>,
  exitUsage: string,
  env: Environment,
): Promise<Ended> {
  await using run = await runAction({
    ...version,
    nodeFlags: ['--import', pathToFileURL(exitUsage).href],
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

async function runScript(
  client: Exclude<ClientName, 'action' | 'baseline'>,
  programs: Programs,
  env: Environment,
): Promise<Ended> {
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
