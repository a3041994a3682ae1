import { jsonResponse, s3Error } from '../../emulators/faults.ts';
import type { Inputs, Pair } from '../../fixtures/pair.ts';
import { type RunOptions, type RunResult, runAction } from '../../runner/runner.ts';
import type { FaultTable } from '../table.ts';
import { namedInRequests, nameIn, type StepRequest } from './requests.ts';
import type { AttemptPlan, AttemptsSchedule } from './schedule.ts';
import { StagedAttempt } from './staged-attempt.ts';

/** Timeout: longer than any run that does not hang. */
const HUNG_MS = 150_000;

/** Time scale of all fault schedules; see run-schedule.ts. */
const ENV = { DYNAMODB_TO_S3_TIME_SCALE: '0.1' };

const DENIED = s3Error('AccessDenied', 403);

/** Outcome of an attempt. */
export interface EndedAttempt {
  readonly plan: AttemptPlan;
  /** Result of the run; an error if it hung. */
  readonly run: RunResult | Error;
  /** True if a later attempt held the run lock before the proxy forwarded the summary of this one. */
  readonly wasLostBeforeSummary: boolean;
}

export interface StageResult {
  readonly attempts: readonly EndedAttempt[];
  /** Runs of `post`. */
  readonly posts: readonly RunResult[];
  /** Requests that were held. */
  readonly held: readonly StepRequest[];
}

/** Runs the attempts of a schedule concurrently in one bucket. */
export class Stage {
  private readonly pair: Pair;
  private readonly schedule: AttemptsSchedule;
  private readonly table: FaultTable;
  private readonly options: RunOptions;
  private readonly attempts: readonly StagedAttempt[];
  private readonly posts: Promise<RunResult>[] = [];

  constructor(pair: Pair, schedule: AttemptsSchedule, table: FaultTable, options: RunOptions) {
    this.pair = pair;
    this.schedule = schedule;
    this.table = table;
    this.options = options;
    this.attempts = schedule.attempts.map((plan, index) => new StagedAttempt(schedule.seed, index, plan));
  }

  /** Runs all attempts until they end and all their requests have arrived. */
  async run(): Promise<StageResult> {
    const { source, store, bucket } = this.pair;
    source.inject(async (request) => {
      const fault = await this.meets(request);
      const attempt = this.attemptOf(request);
      return request.operation === 'DescribeTable' && attempt && this.seesReplaced(attempt) ? REPLACED : fault;
    });
    store.inject(async (request) => {
      const fault = await this.meets(request);
      return this.schedule.deniesDeletes && /^DeleteObjects?$/.test(request.operation) ? DENIED : fault;
    });
    const runs: Promise<RunResult | Error>[] = [];
    for (const attempt of this.attempts) {
      runs.push(this.runAttempt(attempt));
      await attempt.ready;
    }
    const ended = await Promise.all(runs);
    const posts = await Promise.all(this.posts);
    // Wait for requests that have not arrived yet.
    await store.openUploads(bucket);
    source.inject();
    store.inject();
    return {
      attempts: this.attempts.map(({ plan, wasLostBeforeSummary }, index) => ({
        plan,
        run: ended[index] as RunResult | Error,
        wasLostBeforeSummary,
      })),
      posts,
      held: this.attempts.flatMap(({ held }) => held),
    };
  }

  /** Runs `post` of an attempt the way the runner does at the end of the job. */
  runPost(plan: AttemptPlan, postOf: NonNullable<RunOptions['postOf']>): Promise<RunResult> {
    return runAction(this.pair.step(this.inputsOf(plan), { ...this.options, env: ENV, postOf }));
  }

  private async runAttempt(attempt: StagedAttempt): Promise<RunResult | Error> {
    const { plan, name } = attempt;
    const env = { ...ENV, GITHUB_RUN_ATTEMPT: String(plan.number), ...namedInRequests(name) };
    attempt.running = this.pair.start(this.inputsOf(plan), { ...this.options, env, timeoutMs: HUNG_MS });
    try {
      const run = await attempt.running.result;
      if (plan.hasPost && plan.ending !== 'post') this.posts.push(this.runPost(plan, run));
      return run;
    } catch (error) {
      return error as Error;
    } finally {
      attempt.end();
      for (const each of this.attempts) if (!this.hasLater(each)) each.releaseAll();
    }
  }

  private async meets(request: StepRequest) {
    const attempt = this.attemptOf(request);
    if (!attempt) return undefined;
    for (const earlier of this.attempts.slice(0, this.attempts.indexOf(attempt))) {
      earlier.seesLater(request, isOther(earlier) === isOther(attempt));
    }
    for (const each of this.attempts) if (each.isEndedBy()) this.end(each);
    return attempt.meets(request, this.hasLater(attempt));
  }

  private end(attempt: StagedAttempt): void {
    const { running, plan } = attempt;
    if (!running) return;
    if (plan.ending === 'SIGKILL') running.kill('SIGKILL');
    else if (plan.ending === 'cancellation') running.cancel();
    else this.posts.push(this.runPost(plan, running));
  }

  private attemptOf(request: StepRequest): StagedAttempt | undefined {
    const name = nameIn(request);
    return this.attempts.find((attempt) => attempt.name === name);
  }

  /** Returns true if an attempt after this one has not ended. */
  private hasLater(attempt: StagedAttempt): boolean {
    return this.attempts.slice(this.attempts.indexOf(attempt) + 1).some(({ hasEnded }) => !hasEnded);
  }

  private seesReplaced(attempt: StagedAttempt): boolean {
    const upTo = this.attempts.slice(0, this.attempts.indexOf(attempt) + 1);
    return upTo.some(({ plan }) => plan.differs === 'the table was re-created');
  }

  private inputsOf({ differs }: AttemptPlan): Inputs {
    const { inputs } = this.schedule;
    return {
      resume: 'true',
      'dynamodb-table-name': this.table.name,
      ...inputs,
      ...(differs === 'an input' && { 'total-segments': `${Number(inputs['total-segments']) + 1}` }),
    };
  }
}

/** Returns true if the attempt has a different input, which makes it a different step. */
function isOther({ plan }: StagedAttempt): boolean {
  return plan.differs === 'an input';
}

/** DescribeTable response after the table was deleted and re-created. */
const REPLACED = jsonResponse<{ Table: object }>(({ Table }) => ({
  Table: { ...Table, TableId: 'another', CreationDateTime: 5 },
}));
