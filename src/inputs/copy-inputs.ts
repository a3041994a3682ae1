import type { PrefixTemplate } from '../manifest/copy-folders.ts';
import { type CopyIdentity, copyInFolder } from '../manifest/layout.ts';
import { quote } from '../message-text.ts';
import { checkBucketName } from './bucket-inputs.ts';
import { checkKeys, splitAtPlaceholders } from './key-prefix.ts';
import type { InputProblems } from './problems.ts';

/** A copy and the bucket that contains it. */
export interface CopyUri {
  readonly bucket: string;
  readonly copy: CopyIdentity;
}

const URI_ALLOWED =
  'the output s3-uri of the step that wrote the copy: s3://<bucket>/[<prefix>/]AWSDynamoDB/<export ID>/';

/**
 * Reads the URI of a copy: that of its folder, with or without the last slash, or that of its manifest-summary.json.
 * Keys are taken literally, without percent-decoding, as in the output `s3-uri` and in the AWS CLI.
 *
 * @returns undefined if a problem was reported
 */
export function parseCopyUri(uri: string, forcePathStyle: boolean, problems: InputProblems): CopyUri | undefined {
  const [, bucket = '', key = ''] = /^s3:\/\/([^/]+)\/(.+)$/s.exec(uri) ?? [];
  const copy = copyInFolder(key.replace(/(?:\/manifest-summary\.json|\/)?$/, '/'));
  if (!copy) {
    problems.add(`${quote(uri)} is not the URI of a copy. Use ${URI_ALLOWED}`);
    return undefined;
  }
  const before = problems.lines.length;
  checkBucketName(bucket, forcePathStyle, problems);
  checkKeys(copy.layout.root.slice(0, -`AWSDynamoDB/${copy.exportId}/`.length), problems);
  return problems.lines.length === before ? { bucket, copy } : undefined;
}

/**
 * Reads the key prefix under which copies are searched. It has the syntax of `s3-key-prefix` of the main Action. Each
 * placeholder matches any text within one folder name. As in the main Action, slashes at the ends are removed.
 *
 * @returns undefined if a problem was reported
 */
export function copyPrefixTemplate(template: string, problems: InputProblems): PrefixTemplate | undefined {
  const texts = splitAtPlaceholders(template, problems);
  if (!texts) return undefined;
  const folders: [string, ...string[]][] = [['']];
  for (const [index, text] of texts.entries()) {
    const [first = '', ...others] = text.split('/');
    const folder = folders.at(-1) ?? [''];
    // A text continues the folder of the placeholder before it.
    if (index > 0) folder.push(first);
    else folder[0] = first;
    folders.push(...others.map((each): [string] => [each]));
  }
  while (isNameless(folders.at(-1))) folders.pop();
  while (isNameless(folders[0])) folders.shift();
  const before = problems.lines.length;
  // One character is the shortest text that a placeholder matches.
  checkKeys(folders.map((folder) => folder.join('*')).join('/'), problems);
  return problems.lines.length === before ? folders : undefined;
}

function isNameless(folder: readonly string[] | undefined): boolean {
  return folder?.length === 1 && folder[0] === '';
}
