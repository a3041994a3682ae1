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

/** An Action with one side */
const ONE_SIDE: Names = [
  [/ \(or source-aws-region\)/g, ''],
  [/\b(?:source|dest)-(aws-region|role-to-assume)\b/g, '$1'],
];

/** The table of a verification is the one to compare with. */
const VERIFY: Names = [...SIDES, [/\bdynamodb-table-name\b/g, 'compare-with']];

/** The inputs of the copy are other ones for the copy to compare with, which is never searched. */
const COMPARED_COPY: Names = [
  [/\bs3-bucket-name, s3-key-prefix, source-table-name and before\b|\bs3-bucket-name\b/g, 'compare-with'],
  [/\bs3-bucket-owner\b/g, 'compare-bucket-owner'],
  [/\b([Ss])et copy to its s3-uri(?:, or set before to [^.]*)?/g, '$1et compare-with to its s3-uri'],
  [/\b([Ss])et copy to ([^.]*?), or to latest\b/g, '$1et compare-with to $2'],
];

/** Returns an error in the terms of the restore Action. */
export function inRestoreTerms(error: CopyError): CopyError {
  return inTerms(error, SIDES);
}

/** Returns an error in the terms of the verify Action. */
export function inVerifyTerms(error: CopyError): CopyError {
  return inTerms(error, VERIFY);
}

/** Returns an error about the copy to compare with in the terms of the verify Action. */
export function inComparedCopyTerms(error: CopyError): CopyError {
  return inTerms(error, COMPARED_COPY);
}

/** Returns an error in the terms of the list-tables Action. */
export function inListTablesTerms(error: CopyError): CopyError {
  return inTerms(error, ONE_SIDE);
}

function inTerms(error: CopyError, names: Names): CopyError {
  const translate = (text: string) => names.reduce((so, [pattern, name]) => so.replace(pattern, name), text);
  return new CopyError(error.code, translate(error.message), translate(error.remedy), { cause: error.cause });
}
