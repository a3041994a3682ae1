import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { explainError } from './aws/explain-error.ts';
import { CopyError } from './errors.ts';
import { cancellationSignal } from './github/cancellation.ts';
import { credentialContext } from './github/credential-context.ts';
import { Log } from './github/log.ts';
import { proxyWarning } from './github/proxy-warning.ts';
import { runContext } from './github/run-context.ts';
import { readVerifyInputs, type VerifyInputs } from './inputs/verify-inputs.ts';
import { formatCountOf } from './message-text.ts';
import { PreflightChecks } from './preflight/checks/checks.ts';
import type { ComparedWith } from './preflight/compared-with.ts';
import { type FoundStoredCopy, prepareVerify } from './preflight/prepare-verify.ts';
import { differencesFound } from './report/differences-found.ts';
import { dryRunLines } from './report/dry-run.ts';
import { comparedReading, startVerifyLog } from './report/verify-log.ts';
import { describeSample, plannedReads } from './report/verify-preview.ts';
import { reportVerification, type VerifyStatus } from './report/verify-report.ts';
import { PendingWaits, watchForStall } from './stall-watchdog.ts';
import { compareSides, type Side } from './verify/compare/compare-sides.ts';
import { ComparisonProgress } from './verify/compare/comparison-progress.ts';
import { CopySide } from './verify/compare/copy-side.ts';
import { type VerifyDataContext, verifyData } from './verify/verify-data.ts';
import { VerifyProgress } from './verify/verify-progress.ts';
import { ACTION } from './version.ts';

/** Context of a verify step, available from its start. */
interface Step {
  readonly env: NodeJS.ProcessEnv;
  readonly log: Log;
  readonly signal: AbortSignal;
  readonly addStatus: (more: VerifyStatus) => void;
}

/**
 * Runs the verify step: reads the inputs, finds and checks the copy, compares it, and reports the result. Only the
 * report fails the step, and it comes last.
 */
export async function verifyMain(env: NodeJS.ProcessEnv = process.env): Promise<void> {
  const started = performance.now();
  const log = new Log(env);
  let status: VerifyStatus = {};
  let isReported = false;
  const reportOnce = (failure: CopyError | undefined) => {
    if (isReported) return;
    isReported = true;
    reportVerification({ env, log, status, failure, durationSeconds: (performance.now() - started) / 1000 });
  };
  const signal = cancellationSignal(log, undefined, () => reportOnce(cancelled()));
  const addStatus = (more: VerifyStatus) => {
    status = { ...status, ...more };
  };
  let failure: CopyError | undefined;
  try {
    await verifyCopy({ env, log, signal, addStatus });
  } catch (error) {
    failure = signal.aborted ? cancelled() : explainError(error, status.inputs);
  }
  reportOnce(failure);
}

function cancelled(): CopyError {
  return new CopyError('CANCELLED', 'The step was cancelled. The copy is not verified.', 'Re-run the job.');
}

async function verifyCopy({ env, log, signal, addStatus }: Step): Promise<void> {
  log.info(`${ACTION.name} ${ACTION.version}`);
  const ignoredProxy = proxyWarning(env, process.versions.node);
  if (ignoredProxy !== undefined) log.warning(ignoredProxy);
  const inputs = readVerifyInputs(env);
  const checks = new PreflightChecks((error) => explainError(error, inputs), signal);
  addStatus({ inputs, checkResults: checks.results });
  const waits = new PendingWaits();
  let found: FoundStoredCopy | undefined;
  const onCopy = (copy: FoundStoredCopy) => {
    found = copy;
    addStatus({ found });
  };
  const preflight = { inputs, checks, logger: log, signal, waits, onCopy };
  const prepared = await log.group('Check copy', () =>
    prepareVerify(preflight, credentialContext(env, runContext(env), inputs.roles, log)),
  );
  try {
    if (!found) throw new Error('the copy is missing although no check failed');
    addStatus({ comparedWith: prepared.comparedWith });
    for (const line of dryRunLines(checks.results, undefined)) log.info(line);
    if (inputs.dryRun) {
      for (const [name, value] of plannedReads(inputs, found, prepared.comparedWith)) log.info(`${name}: ${value}`);
      return;
    }
    const checkedCopy = found;
    const step = { env, log, signal, addStatus };
    if (inputs.check === 'data') {
      const title = prepared.comparedWith ? 'Compare' : 'Read data objects';
      await log.group(title, () =>
        watchForStall(waits, signal, (stop) =>
          checkContent(inputs, checkedCopy, prepared.comparedWith, waits, { ...step, signal: stop }),
        ),
      );
    }
    addStatus({ isVerified: true });
  } finally {
    prepared.close();
  }
}

/** Reads the data objects of the copy, and what it is compared with. */
async function checkContent(
  { sample }: VerifyInputs,
  { copy, bucket }: FoundStoredCopy,
  comparedWith: ComparedWith | undefined,
  waits: PendingWaits,
  { env, log, signal, addStatus }: Step,
): Promise<void> {
  const context = { bucket, logger: log, signal, waits };
  if (comparedWith) {
    await compareContent(new CopySide(copy, context), comparedWith, context, { env, log, signal, addStatus });
    return;
  }
  if (sample) log.info(describeSample(sample));
  const progress = new VerifyProgress();
  addStatus({ progress: () => progress.figures });
  const stopLog = startVerifyLog(() => ({ what: '', ...progress.figures }), log);
  try {
    const data = await verifyData(copy, context, { sample, progress });
    addStatus({ data });
    if (data.checkedObjectCount === 0 && data.objectCount > 0) {
      log.notice(
        `No data object was read, because the copy has only ${formatCountOf(data.objectCount, 'data object')}.`,
      );
    }
  } finally {
    stopLog();
  }
}

async function compareContent(
  copySide: CopySide,
  comparedWith: ComparedWith,
  context: VerifyDataContext,
  { env, log, signal, addStatus }: Step,
): Promise<void> {
  const { keyAttributes, kind } = comparedWith;
  const other = kind === 'table' ? comparedWith.side : otherCopy(comparedWith, context);
  const progress = new ComparisonProgress();
  addStatus({ progress: () => copySide.progress.figures });
  const names = { copy: copySide.name, other: other.name };
  const stopLog = startVerifyLog(() => comparedReading(progress.figures, names, copySide.progress.figures), log);
  try {
    const folder = env['RUNNER_TEMP'] || tmpdir();
    const file = `dynamodb-to-s3-differences-${randomBytes(8).toString('hex')}.jsonl`;
    const request = { keyAttributes, progress, signal, differencesFile: join(folder, file) };
    const comparison = await compareSides(copySide, other, request);
    addStatus({ comparison });
    if (!comparison.isEqual) throw differencesFound(comparison, other.name, kind);
  } finally {
    stopLog();
    if (copySide.verified) addStatus({ data: copySide.verified });
  }
}

/** Returns the copy to compare with. Its errors name its own bucket. */
function otherCopy(
  { copy, bucket, explain }: ComparedWith & { readonly kind: 'copy' },
  context: VerifyDataContext,
): Side {
  const side = new CopySide(copy, { ...context, bucket });
  return {
    name: `The other copy ${copy.exportId}`,
    async read(onItems, signal) {
      try {
        await side.read(onItems, signal);
      } catch (error) {
        throw signal.aborted ? error : explain(error);
      }
    },
  };
}
