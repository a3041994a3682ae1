import { dynamoDbClient } from './aws/clients.ts';
import { createIdentities } from './aws/credentials/identities.ts';
import { explainError } from './aws/explain-error.ts';
import { credentialContext } from './github/credential-context.ts';
import { Log } from './github/log.ts';
import { savedTemporaryTable, type TemporaryTable } from './github/restore-state.ts';
import { runContext } from './github/run-context.ts';
import { savedJournalPath } from './github/step-state.ts';
import { StopMark } from './github/stop-mark.ts';
import { inRestoreTerms } from './inputs/action-terms.ts';
import { readRestoreInputs } from './inputs/restore-inputs.ts';
import { deleteTableCommand } from './report/delete-table-command.ts';
import { nameOf } from './restore/create-table.ts';
import { deleteTemporaryTable } from './restore/delete-temporary-table.ts';
import { POST_STEP } from './timeouts.ts';

/**
 * Runs the post step of a restore, after the other steps of the job. Deletes the temporary table if the step created it.
 * It never fails the job, which already has its result.
 */
export async function restorePost(env: NodeJS.ProcessEnv = process.env): Promise<void> {
  const log = new Log(env);
  const path = savedJournalPath(env);
  // A step that is still running, which happens in container jobs, creates no table after that.
  if (path !== undefined) new StopMark(path).create();
  const saved = savedTemporaryTable(env);
  if (!saved) {
    log.info('No temporary table to delete.');
    return;
  }
  try {
    await deleteSaved(saved, env, log);
  } catch (error) {
    const { code, message } = inRestoreTerms(explainError(error, undefined));
    log.warning(`The temporary table ${nameOf(saved.table)} could not be deleted. ${message} (${code})`);
  }
}

async function deleteSaved(saved: TemporaryTable, env: NodeJS.ProcessEnv, log: Log): Promise<void> {
  const run = runContext(env);
  const inputs = readRestoreInputs(env);
  const name = nameOf(saved.table);
  // Other steps of the job can set the variable of the state too.
  if (!inputs.temporary || saved.table !== (inputs.table.arn ?? inputs.table.name)) {
    log.warning(
      `The table ${name} was not deleted, because the inputs of the step do not name it as a temporary table.`,
    );
    return;
  }
  const { sourceRegion: region, destRegion, roles } = inputs;
  const signal = AbortSignal.timeout(POST_STEP);
  const regions = { source: region, ...(destRegion !== undefined && { dest: destRegion }) };
  const identities = createIdentities(roles, regions, credentialContext(env, run, roles, log), signal);
  const client = dynamoDbClient({ region, concurrency: 1, identity: identities.source });
  const created = {
    tableId: saved.tableId,
    createdAt: saved.createdAt === undefined ? undefined : new Date(saved.createdAt),
  };
  const context = { client, tableName: saved.table, signal };
  try {
    const deletion = await deleteTemporaryTable(context, created, saved.step);
    report(deletion, name, region, log);
  } catch (error) {
    // The time limit can also pass while a request is sent.
    if (signal.aborted) return report('busy', name, region, log);
    const { code, message } = inRestoreTerms(explainError(error, inputs));
    log.warning(
      `The temporary table ${name} could not be deleted. ${message} (${code}) Delete it: ${deleteTableCommand(name, region)}`,
    );
  } finally {
    client.destroy();
    identities.close();
  }
}

function report(
  deletion: Awaited<ReturnType<typeof deleteTemporaryTable>>,
  name: string,
  region: string,
  log: Log,
): void {
  switch (deletion) {
    case 'deleted':
      log.info(`Deleted the temporary table ${name}.`);
      break;
    case 'does not exist':
      log.info(`The temporary table ${name} does not exist.`);
      break;
    case 'not created by this step':
      log.warning(`The table ${name} was not deleted, because this step did not create it.`);
      break;
    case 'busy':
      log.warning(
        `The temporary table ${name} could not be deleted yet, because DynamoDB is still loading or changing it, or did not respond in time. Delete it later: ${deleteTableCommand(name, region)}`,
      );
      break;
    default:
      deletion satisfies never;
  }
}
