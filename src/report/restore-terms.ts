import { CopyError } from '../errors.ts';

/**
 * Names of inputs in errors that the Actions share, and the names of the same inputs in the restore Action, whose sides
 * are called by what they are.
 */
const INPUTS: readonly (readonly [pattern: RegExp, name: string])[] = [
  [/\bsource-(aws-region|role-to-assume)\b/g, 'table-$1'],
  [/\bdest-(aws-region|role-to-assume)\b/g, 'bucket-$1'],
];

/** Returns an error in the terms of the restore Action. */
export function inRestoreTerms(error: CopyError): CopyError {
  const translate = (text: string) => INPUTS.reduce((so, [pattern, name]) => so.replace(pattern, name), text);
  return new CopyError(error.code, translate(error.message), translate(error.remedy), { cause: error.cause });
}
