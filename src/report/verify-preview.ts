import type { VerifyInputs } from '../inputs/verify-inputs.ts';
import { formatBytes, formatCount, formatCountOf } from '../message-text.ts';
import type { ComparedWith } from '../preflight/compared-with.ts';
import type { FoundStoredCopy } from '../preflight/prepare-verify.ts';
import { RCU_BYTES } from '../scan/pacing/read-capacity.ts';
import type { Sample } from '../verify/sample.ts';

type Row = readonly [name: string, value: string];

/** Returns what a run with these inputs reads, in the order of reading. */
export function plannedReads(
  { check, sample }: VerifyInputs,
  { copy }: Pick<FoundStoredCopy, 'copy'>,
  comparedWith: ComparedWith | undefined,
): Row[] {
  if (check === 'manifests') return [['A run reads', 'nothing else']];
  const again = comparedWith ? '. If differences exist, a run reads everything twice' : '';
  return [
    ['A run reads', `${sample ? `${formatSample(sample)} of ` : ''}${describeObjects(copy)}`],
    ...(comparedWith ? [['And compares it with', `${describeOther(comparedWith)}${again}`] satisfies Row] : []),
  ];
}

/** Returns text such as `part 1 of 7`. */
export function formatSample(sample: Sample): string {
  return sample.kind === 'part' ? `part ${sample.part} of ${sample.parts}` : `${sample.percent}%`;
}

/** Returns the log line for a sample. It contains the seed, which selects the same objects again. */
export function describeSample(sample: Sample): string {
  const seed = sample.kind === 'part' ? '' : ` (seed ${sample.seed})`;
  return `Sample: ${formatSample(sample)} of the data objects${seed}`;
}

function describeObjects({ files, sizeBytes }: FoundStoredCopy['copy']): string {
  const size = sizeBytes === undefined ? '' : `, ${formatBytes(sizeBytes)}`;
  return `${formatCountOf(files.length, 'data object')}${size}`;
}

function describeOther(comparedWith: ComparedWith): string {
  if (comparedWith.kind === 'copy') return describeObjects(comparedWith.copy);
  const { TableName = '', TableSizeBytes: bytes, ItemCount: items } = comparedWith.side.table;
  const units = bytes
    ? `about ${formatCount(Math.ceil(bytes / RCU_BYTES))} read capacity units (DynamoDB updates the size about every 6 hours)`
    : 'the read capacity is unknown, because DynamoDB has not counted the table yet';
  return `table ${TableName}, ${items ? `about ${formatCountOf(items, 'item')}, ` : ''}${units}`;
}
