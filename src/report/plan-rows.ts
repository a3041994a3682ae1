import type { PlanCopyInputs } from '../inputs/plan-copy-inputs.ts';
import { formatBytes, formatCount, formatCountOf, formatSeconds } from '../message-text.ts';
import type { PreparedPlan } from '../preflight/prepare-plan.ts';
import { RUNNER_CORES } from '../preflight/size-shards.ts';
import { formatCapacityUnits, type ReadLimit } from '../scan/pacing/read-limit.ts';

const NOT_COUNTED = 'unknown: the table is empty, or DynamoDB has not counted it yet';

/** Returns the properties of a plan for the log and the job summary. */
export function planRows(
  inputs: PlanCopyInputs,
  { plan, size, target, layout, readLimit, estimate }: PreparedPlan,
): (readonly [name: string, value: string])[] {
  const { shards, segments, maxParallel, fileSize } = plan;
  const index = plan.indexName === undefined ? '' : `, index ${plan.indexName}`;
  const { sizeBytes = 0, itemCount = 0 } = target;
  return [
    ['Table', `${inputs.table.name}${index} (${inputs.sourceRegion})`],
    ['Copy', `s3://${inputs.bucket}/${layout.root}`],
    [
      'Size',
      sizeBytes === 0
        ? NOT_COUNTED
        : `about ${formatCountOf(itemCount, 'item')}, ${formatBytes(sizeBytes)} (DynamoDB updates these counts about every 6 hours)`,
    ],
    ['Shards', `${formatCount(shards)}, at most ${formatCount(maxParallel)} at the same time: ${size.why}`],
    ['Segments', `${formatCount(segments)}, ${formatCount(segments / shards)} in each shard`],
    ['Objects', `at most ${formatBytes(fileSize)} each, before compression`],
    ['Read limit', describeLimit(readLimit, maxParallel)],
    [
      'Read capacity units',
      estimate.readUnits === undefined ? NOT_COUNTED : `about ${formatCount(estimate.readUnits)}`,
    ],
    [
      'Time',
      estimate.seconds === undefined
        ? NOT_COUNTED
        : `about ${formatSeconds(Math.max(1, Math.round(estimate.seconds)))}, on runners with ${RUNNER_CORES} cores`,
    ],
  ];
}

function describeLimit({ unitsPerSecond, why }: ReadLimit, maxParallel: number): string {
  if (unitsPerSecond === undefined) return `none, because ${why}`;
  const perShard = formatCapacityUnits(unitsPerSecond / maxParallel);
  return `${formatCapacityUnits(unitsPerSecond)} RCU per second for all shards together, at most ${perShard} for each: ${why}`;
}
