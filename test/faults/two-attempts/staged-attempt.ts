import type { Fault } from '../../support/faults.ts';
import type { RunningAction } from '../../support/runner.ts';
import { DYNAMODB, draw, type NamedFaults, S3, unlessFirst } from '../random-faults.ts';
import { isOfKind, isRunPut, isSummaryPut, type StepRequest } from './requests.ts';
import type { AttemptPlan, HoldPlan } from './schedule.ts';

/** Longest time that a request is held: far less than S3 accepts a signed request, at the time scale of the tests. */
const MAX_HOLD_MS = 45_000;

/** An open hold of one or more requests. */
interface Hold {
  readonly plan: HoldPlan;
  readonly released: Promise<void>;
  readonly release: () => void;
  /** Requests of later attempts since it began. */
  passed: number;
}

/** Counts the requests of one attempt, holds some of them, and decides what becomes of the others. */
export class StagedAttempt {
  readonly plan: AttemptPlan;
  /** What its requests are told by. */
  readonly name: string;
  /** Resolves when it is time for the next attempt. */
  readonly ready: Promise<void>;
  running: RunningAction | undefined;
  hasEnded = false;
  /** True if a later attempt had the claim before this one's summary left the proxy. */
  wasLostBeforeSummary = false;
  /** Its requests that were held. */
  readonly held: StepRequest[] = [];
  private readonly seed: number;
  private readonly becomeReady: () => void;
  private isReady = false;
  private requests = 0;
  /** Requests of all attempts since it was time for the next one. */
  private sinceReady = 0;
  private readonly counts = new Map<string, number>();
  private readonly seenOfHolds: number[];
  private readonly holds: Hold[] = [];
  private readonly runPuts: StepRequest[] = [];
  /** PUTs of run.json by later attempts, made while this one had the claim. */
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

  /** True once S3 has told that a later attempt has taken this one's run.json. */
  private get isLost(): boolean {
    return this.takeovers.some(({ status }) => status === 200);
  }

  private get hasClaim(): boolean {
    return this.runPuts.some(({ status }) => status === 200);
  }

  /** @param mayHold false if no later attempt is left that could release the request */
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
   * Notes a request of a later attempt: the holds of this one end after some.
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

  /** Notes a request of any attempt. Returns whether this one is to be ended now. */
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

/** Held requests are those without a response. Others would only be waited for. */
const [S3_FAULTS, DYNAMODB_FAULTS] = [S3, DYNAMODB].map(
  (faults): NamedFaults =>
    Object.fromEntries(Object.entries(faults).filter(([, fault]) => fault !== 'hang' && fault !== 'mute')),
) as [NamedFaults, NamedFaults];
