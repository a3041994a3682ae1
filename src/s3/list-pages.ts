import { isDeepStrictEqual } from 'node:util';

/**
 * Requests a list page by page.
 *
 * @param request requests the page that starts at `next`, or the first page
 * @param nextOf returns the start of the next page; undefined after the last page
 * @throws {Error} if a page is truncated and names no new start for the next page: the list would be incomplete
 */
export async function* listPages<Page extends { readonly IsTruncated?: boolean | undefined }, Next>(
  request: (next: Next | undefined) => Promise<Page>,
  nextOf: (page: Page) => Next | undefined,
): AsyncGenerator<Page, void, void> {
  let next: Next | undefined;
  do {
    const page = await request(next);
    yield page;
    const before = next;
    next = nextOf(page);
    const isStuck = next === undefined ? page.IsTruncated === true : isDeepStrictEqual(next, before);
    if (isStuck) throw new Error('S3 returned a truncated list that does not continue');
  } while (next !== undefined);
}
