import type { RoleSettings } from '../aws/credentials/identities.ts';
import type { ReadCapacitySetting } from '../scan/pacing/read-limit.ts';
import type { Sample } from '../verify/sample.ts';
import { readBucketOwner } from './bucket-inputs.ts';
import { type CopyInputs, readCopyInputs } from './choose-copy.ts';
import { type CompareWith, readCompareWith } from './compare-with.ts';
import { InputReader } from './input-reader.ts';
import { invalidInputs } from './inputs.ts';
import { parseDuration } from './parse-input-time.ts';
import { parseSample, SAMPLE_ALLOWED } from './parse-sample.ts';
import { InputProblems } from './problems.ts';
import { readRegions } from './regions.ts';
import { readRoles } from './roles.ts';
import { parseReadCapacity, READ_CAPACITY_ALLOWED } from './scan-inputs.ts';
import { COMPARE_SIDES, VERIFY_SIDES } from './sides.ts';

/** Validated inputs of the verify step. */
export interface VerifyInputs extends CopyInputs {
  readonly bucketOwner?: string;
  readonly forcePathStyle: boolean;
  readonly check: CheckLevel;
  /** Undefined to read all data objects. */
  readonly sample?: Sample;
  readonly compareWith?: CompareWith;
  /** Maximum age of the copy in milliseconds; undefined for any age. */
  readonly maxAgeMs?: number;
  readonly readCapacity: ReadCapacitySetting;
  /** Table to compare with, or otherwise the copied table, as far as the inputs name one. Its name appears in errors. */
  readonly table: { readonly name: string; readonly arn?: string };
  /** Region of the table to compare with. Without one, the Region of the first requests. */
  readonly sourceRegion: string;
  /** Region of the bucket; undefined to look it up. */
  readonly destRegion?: string;
  readonly roles: RoleSettings;
  readonly dryRun: boolean;
}

/** What is checked: the manifests and the list of objects, or also the content of the data objects. */
export type CheckLevel = (typeof CHECK_LEVELS)[number];

const CHECK_LEVELS = ['manifests', 'data'] as const;

const MAX_AGE_ALLOWED = 'an ISO 8601 duration of weeks, days, hours, minutes and seconds, such as PT26H or P1DT2H';

/**
 * Reads and validates the inputs of the verify Action.
 *
 * @throws {CopyError} INVALID_INPUT with all problems, if there are any
 */
export function readVerifyInputs(env: NodeJS.ProcessEnv): VerifyInputs {
  const problems = new InputProblems();
  const reader = new InputReader(env, problems);
  const bucketOwner = readBucketOwner(reader);
  const forcePathStyle = reader.boolean('s3-force-path-style', false);
  const chosen = readCopyInputs(reader, forcePathStyle);
  const comparison = requestedCheck(reader, 'compare-with');
  const compareWith = readCompareWith(reader, comparison, forcePathStyle);
  const table = compareWith?.kind === 'table' ? compareWith.table : undefined;
  const sides = namesTable(comparison) ? COMPARE_SIDES : VERIFY_SIDES;
  const regions = readRegions(reader, env, table, sides);
  const sample = reader.parsed<Sample | undefined>('sample', undefined, SAMPLE_ALLOWED, parseSample);
  const maxAgeMs =
    requestedCheck(reader, 'max-age') === ''
      ? undefined
      : reader.parsed<number | undefined>('max-age', undefined, MAX_AGE_ALLOWED, parseMaxAge);
  const inputs: VerifyInputs = {
    ...chosen,
    ...(bucketOwner !== undefined && { bucketOwner }),
    forcePathStyle,
    check: reader.choice('check', CHECK_LEVELS, 'data'),
    ...(sample && { sample }),
    ...(compareWith && { compareWith }),
    ...(maxAgeMs !== undefined && { maxAgeMs }),
    readCapacity: reader.parsed('read-capacity', { kind: 'auto' }, READ_CAPACITY_ALLOWED, parseReadCapacity),
    table: namedTable(table) ??
      namedTable('template' in chosen.copy ? chosen.copy.sourceTable : undefined) ?? { name: '' },
    sourceRegion: regions.source,
    ...(regions.dest !== undefined && { destRegion: regions.dest }),
    roles: readRoles(reader, env, regions, sides),
    dryRun: reader.boolean('dry-run', false),
  };
  checkCombinations(reader, comparison, inputs);
  if (problems.lines.length > 0) throw invalidInputs(problems.lines);
  return inputs;
}

/** Returns the value of an input for an additional check; '' for `no`. */
function requestedCheck(reader: InputReader, name: string): string {
  const value = reader.notEmpty(name, 'no');
  return value === 'no' ? '' : value;
}

/** Returns whether compare-with names a table, valid or not. */
function namesTable(text: string): boolean {
  return text !== '' && !text.startsWith('s3://');
}

function namedTable(table: VerifyInputs['table'] | undefined): VerifyInputs['table'] | undefined {
  return table && { name: table.name, ...(table.arn !== undefined && { arn: table.arn }) };
}

/** @returns milliseconds; undefined if the text is not a duration of at least one second */
function parseMaxAge(text: string): number | undefined {
  const ms = parseDuration(text) ?? 0;
  return ms > 0 && Number.isSafeInteger(ms) ? ms : undefined;
}

function checkCombinations(reader: InputReader, comparison: string, inputs: VerifyInputs): void {
  const { bucket, check, sample, compareWith, copy, readCapacity } = inputs;
  const problems = (name: string) => reader.problems.at(name);
  const compares = comparison !== '';
  if (check === 'manifests' && sample) {
    problems('sample').add('has an effect only with check: data. Leave one of them out');
  }
  if (check === 'manifests' && compares) {
    problems('check').add('is manifests, but compare-with reads all data objects. Leave one of them out');
  }
  if (sample && compares) {
    problems('sample').add('cannot be set with compare-with, which reads all data objects. Leave one of them out');
  }
  if (compareWith?.kind === 'copy' && 'exportId' in copy) {
    const isSame = compareWith.bucket === bucket && compareWith.copy.layout.root === copy.layout.root;
    if (isSame) problems('compare-with').add('is the copy in the input copy. Use another copy or a table');
  }
  if (!namesTable(comparison) && readCapacity.kind !== 'auto') {
    problems('read-capacity').add('has an effect only if compare-with is a table. Leave it out');
  }
}
