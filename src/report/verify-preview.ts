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
    ['A run reads', `${describeSample(sample)}${describeObjects(copy)}`],
    ...(comparedWith ? [['And compares it with', `${describeOther(comparedWith)}${again}`] satisfies Row] : []),
  ];
}

/** Returns text such as `part 1 of 7 of `; '' for all objects. */
export function describeSample(sample: Sample | undefined): string {
  if (!sample) return '';
  return sample.kind === 'part' ? `part ${sample.part} of ${sample.parts} of ` : `${sample.percent}% of `;
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
