import { dynamoDbClient } from './aws/clients.ts';
import { createIdentities } from './aws/credentials/identities.ts';
import { explainError } from './aws/explain-error.ts';
import { CopyError } from './errors.ts';
import { cancellationSignal } from './github/cancellation.ts';
import { credentialContext } from './github/credential-context.ts';
import { Log } from './github/log.ts';
import { proxyWarning } from './github/proxy-warning.ts';
import { runContext } from './github/run-context.ts';
import { type ListTablesInputs, readListTablesInputs } from './inputs/list-tables-inputs.ts';
import { listTables, type TableList } from './list-tables/list-tables.ts';
import { requireUsableList } from './report/list-tables-outputs.ts';
import { type ListTablesStatus, reportListTables } from './report/list-tables-report.ts';
import { ACTION } from './version.ts';

/** Maximum number of concurrent requests. The limit of the account for reading tags is 10 per second. */
const CONCURRENCY = 16;

/** Runs the list-tables step: reads the inputs, lists the tables, and reports them. Only the report fails the step. */
export async function listTablesMain(env: NodeJS.ProcessEnv = process.env): Promise<void> {
  const started = performance.now();
  const log = new Log(env);
  let status: ListTablesStatus = {};
  let isReported = false;
  const reportOnce = (failure: CopyError | undefined) => {
    if (isReported) return;
    isReported = true;
    reportListTables({ env, log, status, failure, durationSeconds: (performance.now() - started) / 1000 });
  };
  const signal = cancellationSignal(log, undefined, () => reportOnce(cancelled()));
  let failure: CopyError | undefined;
  try {
    log.info(`${ACTION.name} ${ACTION.version}`);
    const ignoredProxy = proxyWarning(env, process.versions.node);
    if (ignoredProxy !== undefined) log.warning(ignoredProxy);
    const inputs = readListTablesInputs(env);
    status = { inputs };
    const list = await log.group('List tables', () => readTables(inputs, env, log, signal));
    status = { inputs, list };
    requireUsableList(list, inputs);
  } catch (error) {
    failure = signal.aborted ? cancelled() : explainError(error, status.inputs);
  }
  reportOnce(failure);
}

function cancelled(): CopyError {
  return new CopyError('CANCELLED', 'The step was cancelled. No tables are listed.', 'Re-run the job.');
}

async function readTables(
  { patterns, tags, roles, sourceRegion: region }: ListTablesInputs,
  env: NodeJS.ProcessEnv,
  log: Log,
  signal: AbortSignal,
): Promise<TableList> {
  const credentials = credentialContext(env, runContext(env), roles, log);
  const identities = createIdentities(roles, { source: region }, credentials, signal);
  const { source: identity } = identities;
  const client = dynamoDbClient({ region, concurrency: CONCURRENCY, identity });
  try {
    if (roles.source !== undefined) {
      await identity.credentials();
      log.info(`Credentials: ${identity.description}`);
    }
    return await listTables({ patterns, tags }, { client, logger: log, signal });
  } finally {
    client.destroy();
    identities.close();
  }
}
