import {
  ListObjectsV2Command,
  type ListObjectsV2CommandInput,
  type ListObjectsV2CommandOutput,
} from '@aws-sdk/client-s3';
import { requireResult } from './attempt-middleware.ts';
import type { Bucket } from './bucket.ts';
import { listPages } from './list-pages.ts';

/**
 * Sends ListObjectsV2 page by page. A page has at most 1,000 objects and folders.
 *
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html
 */
export function listingPages(
  { client, address }: Bucket,
  what: Pick<ListObjectsV2CommandInput, 'Prefix' | 'Delimiter'>,
  signal: AbortSignal,
): AsyncGenerator<ListObjectsV2CommandOutput, void, void> {
  const request = (ContinuationToken?: string) => {
    const command = new ListObjectsV2Command({ ...address, ...what, ContinuationToken });
    requireResult(command, ({ IsTruncated, KeyCount, Name }) => (IsTruncated ?? KeyCount ?? Name) !== undefined);
    return client.send(command, { abortSignal: signal });
  };
  return listPages(request, (page) => page.NextContinuationToken || undefined);
}

/**
 * Lists the folders whose keys start with `prefix`, without what is in them: for `a/b`, the folders `a/b/` and `a/bc/`,
 * but not `a/b/c/`.
 *
 * @returns keys with a trailing slash
 */
export async function* listFolders(
  bucket: Bucket,
  prefix: string,
  signal: AbortSignal,
): AsyncGenerator<string, void, void> {
  for await (const { CommonPrefixes = [] } of listingPages(bucket, { Prefix: prefix, Delimiter: '/' }, signal)) {
    for (const { Prefix: folder = '' } of CommonPrefixes) {
      // A store that ignores the delimiter must not make the search descend.
      if (folder.startsWith(prefix) && folder.indexOf('/', prefix.length) === folder.length - 1) yield folder;
    }
  }
}
