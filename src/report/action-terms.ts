import { CopyError } from '../errors.ts';

type Names = readonly (readonly [pattern: RegExp, name: string])[];

/**
 * Names of inputs in errors that the Actions share, and the names of the same inputs in Actions whose sides are called
 * by what they are.
 */
const SIDES: Names = [
  [/\bsource-(aws-region|role-to-assume)\b/g, 'table-$1'],
  [/\bdest-(aws-region|role-to-assume)\b/g, 'bucket-$1'],
];

/** Returns an error in the terms of the restore Action. */
export function inRestoreTerms(error: CopyError): CopyError {
  return inTerms(error, SIDES);
}

/** Returns an error in the terms of the verify Action, whose table is the one to compare with. */
export function inVerifyTerms(error: CopyError): CopyError {
  return inTerms(error, [...SIDES, [/\bdynamodb-table-name\b/g, 'compare-with']]);
}

function inTerms(error: CopyError, names: Names): CopyError {
  const translate = (text: string) => names.reduce((so, [pattern, name]) => so.replace(pattern, name), text);
  return new CopyError(error.code, translate(error.message), translate(error.remedy), { cause: error.cause });
}
