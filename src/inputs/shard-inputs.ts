import { formatCount, quote } from '../message-text.ts';
import type { ScanParameters } from '../scan/scan-parameters.ts';
import { findShard, isShardName, type PlannedShard, shardName } from '../shards/copy-plan.ts';
import type { InputReader } from './input-reader.ts';
import type { Inputs } from './inputs.ts';
import { readPlanInput } from './plan-input.ts';

/** Shard that a step copies, as the inputs `plan` and `shard` specify it. */
export interface ShardInputs {
  /** True if the step copies a shard, even if the inputs are invalid. */
  readonly isShard: boolean;
  /** Undefined if the step copies the whole table, or if a problem was reported. */
  readonly shard: PlannedShard | undefined;
}

/**
 * Reads the inputs `plan`, `shard` and `max-parallel`. Reports the inputs that cannot be set for a shard, because they
 * come from the plan or apply to the whole copy.
 */
export function readShardInputs(reader: InputReader, { shard: oldShard, startKey }: ScanParameters): ShardInputs {
  const [name, ofPlan, maxParallel] = ['shard', 'plan', 'max-parallel'].map((input) => reader.text(input));
  if (name === '' && ofPlan === '') {
    const inMatrix = shardInMatrix(reader);
    if (inMatrix !== undefined && !oldShard) {
      reader.problems
        .at('plan')
        .add(
          `is empty, like shard, but the matrix of the job contains the shard ${inMatrix}. Set both: without them, each ` +
            'job of the matrix would copy the whole table',
        );
    }
    return { isShard: inMatrix !== undefined, shard: undefined };
  }
  for (const [input, { allowed, problem }] of Object.entries(NOT_FOR_SHARDS)) {
    if (!allowed.includes(reader.text(input).toLowerCase())) reader.problems.at(input).add(problem);
  }
  const kwargs = reader.problems.at('dynamodb-scan-kwargs');
  if (oldShard)
    kwargs.at('Segment').add('cannot be set with plan, which divides the table. Leave it and TotalSegments out');
  if (startKey) kwargs.at('ExclusiveStartKey').add(`cannot be set with plan, which divides the table. ${LEAVE}`);

  const plan = readPlanInput(reader);
  const shard = plan && findShard(plan, name ?? '');
  if (name === '') {
    reader.problems.at('shard').add(`is empty. ${HOW_TO_PASS}`);
  } else if (plan && !shard) {
    const names = `${shardName(1, plan.shards)} to ${shardName(plan.shards, plan.shards)}`;
    reader.problems
      .at('shard')
      .add(`${quote(name ?? '')} is not one of the shards of the plan, ${names}. ${HOW_TO_PASS}`);
  }
  if (shard) checkMaxParallel(reader, shard, maxParallel === '');
  return { isShard: true, shard };
}

/** Returns the inputs that come from the plan of a shard. */
export function inputsOfShard(shard: PlannedShard): Partial<Inputs> {
  const { prefix, fileSize, segments, shards, readCapacity, readFraction, maxParallel } = shard.plan;
  return {
    shard,
    keyPrefix: prefix,
    attemptIndependentPrefix: prefix,
    keyPrefixAt: () => prefix,
    fileSize,
    totalSegments: segments / shards,
    readCapacity: { kind: 'part', unitsPerSecond: readCapacity, fraction: readFraction, parts: maxParallel },
    ifEmpty: 'ignore',
  };
}

/**
 * The read limit of a shard is that of the plan, divided by the number of shards that are copied at the same time. With
 * more of them, all together would exceed the limit. A job without `max-parallel` can run all jobs of its matrix.
 *
 * https://docs.github.com/actions/reference/workflows-and-actions/contexts#strategy-context
 */
function checkMaxParallel(reader: InputReader, { plan }: PlannedShard, isUnknown: boolean): void {
  const { shards, maxParallel } = plan;
  if (isUnknown && maxParallel < shards) {
    reader.problems
      .at('max-parallel')
      .add(
        'is empty, so it is unknown whether the job runs more shards at the same time than the plan is made for, which ' +
          `is ${formatCount(maxParallel)}. Leave it out: its default is strategy.max-parallel of this job`,
      );
  }
  const atOnce = reader.parsed('max-parallel', 1, 'a whole number', (text) =>
    /^\d{1,9}$/.test(text) ? Math.min(Number(text) || shards, shards) : undefined,
  );
  if (atOnce <= maxParallel) return;
  reader.problems
    .at('max-parallel')
    .add(
      `the job runs up to ${formatCount(atOnce)} shards at the same time, but the plan is made for ` +
        `${formatCount(maxParallel)}. Set strategy.max-parallel of this job to ${maxParallel}, or set max-parallel to ` +
        `${atOnce} in the step that makes the plan`,
    );
}

/** Returns the name of a shard in the matrix of the job. */
function shardInMatrix(reader: InputReader): string | undefined {
  try {
    const matrix: unknown = JSON.parse(reader.text('matrix'));
    const values: unknown[] = Object.values(matrix ?? {});
    return values.filter((value) => typeof value === 'string').find(isShardName);
  } catch {
    // Outside a workflow, there is no matrix.
    return undefined;
  }
}

const LEAVE = 'Leave it out';
const HOW_TO_PASS =
  // biome-ignore lint/suspicious/noTemplateCurlyInString: an expression of a workflow
  'Use a value of a matrix with all shards, such as ${{ matrix.shard }} with `matrix: {shard: ${{ fromJSON(needs.plan.outputs.shards) }}}`';

const FROM_PLAN = `comes from the plan. ${LEAVE}, and set it in the step that makes the plan`;
const EXPORTS = `cannot be set with plan, because a shard is always scanned. ${LEAVE}`;

/** Inputs that a step with a shard cannot set, with the values that mean the same as leaving them out. */
const NOT_FOR_SHARDS: Readonly<Record<string, { readonly allowed: readonly string[]; readonly problem: string }>> = {
  's3-key-prefix': { allowed: [''], problem: FROM_PLAN },
  'file-size': { allowed: ['', '128mib'], problem: FROM_PLAN },
  'total-segments': { allowed: ['', 'auto'], problem: FROM_PLAN },
  'read-capacity': { allowed: ['', 'auto'], problem: FROM_PLAN },
  'max-consumed-read-capacity': {
    allowed: [''],
    problem: `cannot be set with plan, because the jobs of the shards have no common budget. ${LEAVE}`,
  },
  'if-empty': {
    allowed: ['', 'warn'],
    problem: `applies to the whole copy. ${LEAVE}, and set it in the step that finishes the copy`,
  },
  'point-in-time-export': { allowed: ['', 'false'], problem: EXPORTS },
  'export-time': { allowed: [''], problem: EXPORTS },
  'export-table-to-point-in-time-kwargs': { allowed: ['', '{}'], problem: EXPORTS },
  'check-interval': { allowed: ['', '30'], problem: EXPORTS },
  'max-attempts': { allowed: ['', '690'], problem: EXPORTS },
  'enable-point-in-time-recovery': { allowed: ['', 'false'], problem: EXPORTS },
  'commit-status': {
    allowed: [''],
    problem: `cannot be set with plan, because a shard is not a complete copy. ${LEAVE}`,
  },
  resume: {
    allowed: ['', 'true'],
    problem: `cannot be false with plan. Checkpoints prevent two jobs from copying the same shard. ${LEAVE}`,
  },
};
