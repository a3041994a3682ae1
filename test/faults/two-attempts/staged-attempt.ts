import type { Fault } from '../../emulators/faults.ts';
import type { RunningAction } from '../../runner/runner.ts';
import { DYNAMODB, draw, type NamedFaults, S3, unlessFirst } from '../random-faults.ts';
import { isOfKind, isRunPut, isSummaryPut, type StepRequest } from './requests.ts';
import type { AttemptPlan, HoldPlan } from './schedule.ts';

/** Maximum time that a request is held: far less than the lifetime of a signature at the time scale of the tests. */
const MAX_HOLD_MS = 45_000;

/** An open hold of one or more requests. */
interface Hold {
  readonly plan: HoldPlan;
  readonly released: Promise<void>;
  readonly release: () => void;
  /** Number of requests of later attempts since the hold started. */
  passed: number;
}

/** Counts the requests of one attempt, holds some of them, and selects the faults of the others. */
export class StagedAttempt {
  readonly plan: AttemptPlan;
  /** Name that identifies its requests. */
  readonly name: string;
  /** Resolves when the next attempt can start. */
  readonly ready: Promise<void>;
  running: RunningAction | undefined;
  hasEnded = false;
  /** True if a later attempt held the run lock before the proxy forwarded the summary of this one. */
  wasLostBeforeSummary = false;
  /** Requests of this attempt that were held. */
  readonly held: StepRequest[] = [];
  private readonly seed: number;
  private readonly becomeReady: () => void;
  private isReady = false;
  private requests = 0;
  /** Number of requests of all attempts since the next attempt could start. */
  private sinceReady = 0;
  private readonly counts = new Map<string, number>();
  private readonly seenOfHolds: number[];
  private readonly holds: Hold[] = [];
  private readonly runPuts: StepRequest[] = [];
  /** PUTs of run.json by later attempts while this one held the run lock. */
  private readonly takeovers: StepRequest[] = [];
  private hasSentSummary = false;

  constructor(seed: number, index: number, plan: AttemptPlan) {
    this.seed = seed;
    this.plan = plan;
    this.name = `attempt-${index + 1}`;
    this.seenOfHolds = plan.holds.map(() => 0);
    const { promise, resolve } = Promise.withResolvers<void>();
    this.ready = promise;
    this.becomeReady = () => {
      this.isReady = true;
      resolve();
    };
  }

  /** True if S3 has accepted run.json from a later attempt. */
  private get isLost(): boolean {
    return this.takeovers.some(({ status }) => status === 200);
  }

  private get hasClaim(): boolean {
    return this.runPuts.some(({ status }) => status === 200);
  }

  /** @param mayHold false if no later attempt remains that could release the request */
  async meets(request: StepRequest, mayHold: boolean): Promise<Fault | undefined> {
    this.requests += 1;
    if (this.requests >= this.plan.nextAfter) this.becomeReady();
    if ('key' in request && isRunPut(request)) this.runPuts.push(request);
    const hold = mayHold ? this.holdOf(request) : undefined;
    if (hold) {
      this.held.push(request);
      this.becomeReady();
      await hold.released;
    }
    const isSummary = 'key' in request && isSummaryPut(request);
    if (!this.hasSentSummary && this.isLost) this.wasLostBeforeSummary = true;
    if (isSummary) this.hasSentSummary = true;
    return this.faultOf(request);
  }

  /**
   * Counts a request of a later attempt, and releases the holds that end after this number of requests.
   *
   * @param isSameStep true if both attempts have the same run.json
   */
  seesLater(request: StepRequest, isSameStep: boolean): void {
    if (isSameStep && 'key' in request && isRunPut(request) && this.hasClaim) this.takeovers.push(request);
    for (const hold of this.holds) {
      hold.passed += 1;
      if (hold.passed >= (hold.plan.releasedAfter ?? Number.POSITIVE_INFINITY)) hold.release();
    }
  }

  /** Counts a request of any attempt. Returns true if this attempt must be ended now. */
  isEndedBy(): boolean {
    if (!this.isReady || this.hasEnded || this.plan.ending === undefined) return false;
    this.sinceReady += 1;
    return this.sinceReady === this.plan.endsAfter;
  }

  end(): void {
    this.hasEnded = true;
    this.becomeReady();
  }

  releaseAll(): void {
    for (const { release } of this.holds) release();
  }

  private holdOf(request: StepRequest): Hold | undefined {
    const cutOff = this.holds.find(({ plan }) => plan.cutsOff);
    if (cutOff) return cutOff;
    for (const [index, plan] of this.plan.holds.entries()) {
      if (!isOfKind(request, plan.kind)) continue;
      const seen = (this.seenOfHolds[index] ?? 0) + 1;
      this.seenOfHolds[index] = seen;
      if (seen === plan.nth) return this.startHold(plan);
    }
    return undefined;
  }

  private startHold(plan: HoldPlan): Hold {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, MAX_HOLD_MS);
    const hold: Hold = {
      plan,
      released: promise,
      release: () => {
        clearTimeout(timer);
        resolve();
        const at = this.holds.indexOf(hold);
        if (at >= 0) this.holds.splice(at, 1);
      },
      passed: 0,
    };
    this.holds.push(hold);
    return hold;
  }

  private faultOf(request: StepRequest): Fault | undefined {
    const { rate, lasting } = this.plan;
    const { operation } = request;
    const nth = (this.counts.get(operation) ?? 0) + 1;
    this.counts.set(operation, nth);
    if (lasting?.operation === operation && nth >= lasting.from) return lasting.fault;
    const isFirst = operation === 'DescribeTable' || operation === 'HeadBucket';
    const faults = 'key' in request ? S3_FAULTS : DYNAMODB_FAULTS;
    return unlessFirst(isFirst, nth, draw([this.seed, this.name, operation, nth], rate, faults, operation));
  }
}

/** Faults without 'hang' and 'mute', which would only add waiting: held requests already have no response. */
const [S3_FAULTS, DYNAMODB_FAULTS] = [S3, DYNAMODB].map(
  (faults): NamedFaults =>
    Object.fromEntries(Object.entries(faults).filter(([, fault]) => fault !== 'hang' && fault !== 'mute')),
) as [NamedFaults, NamedFaults];
