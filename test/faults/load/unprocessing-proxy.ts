import { resealed } from '../../emulators/faults.ts';
import { type FaultHook, type RecordingProxy, startRecordingProxy } from '../../emulators/recording-proxy.ts';
import { type DynamoDbDetails, describeDynamoDbRequest } from '../../emulators/source.ts';

interface Body {
  readonly RequestItems: Readonly<Record<string, readonly unknown[]>>;
}

/**
 * Starts a proxy in front of an emulated DynamoDB that does not process some items of BatchWriteItem requests: it
 * forwards the others, and returns these as UnprocessedItems, in reverse order.
 *
 * @param unprocessed returns the fraction of the items of a request that are not processed
 */
export async function startUnprocessingProxy(
  endpoint: string,
  unprocessed: (nth: number) => number,
  onRequest: FaultHook<DynamoDbDetails>,
): Promise<RecordingProxy<DynamoDbDetails>> {
  const proxy = await startRecordingProxy<DynamoDbDetails>({
    target: new URL(endpoint),
    describe: describeDynamoDbRequest,
    async serve({ operation, nth }, raw, pass) {
      if (operation !== 'BatchWriteItem') return pass(raw);
      const { RequestItems, ...others } = JSON.parse(raw.body.toString()) as Body;
      const [[table = '', puts = []] = []] = Object.entries(RequestItems);
      const kept = Math.ceil(puts.length * unprocessed(nth));
      if (kept === 0) return pass(raw);
      const forwarded = Buffer.from(JSON.stringify({ ...others, RequestItems: { [table]: puts.slice(kept) } }));
      const headers = { ...raw.headers, 'content-length': String(forwarded.length) };
      const response = kept < puts.length ? await pass({ ...raw, headers, body: forwarded }) : EMPTY;
      if (response.status !== 200) return response;
      const parsed = JSON.parse(response.body.toString()) as object;
      const body = Buffer.from(
        JSON.stringify({ ...parsed, UnprocessedItems: { [table]: puts.slice(0, kept).reverse() } }),
      );
      return resealed({ ...response, body });
    },
  });
  proxy.inject(onRequest);
  return proxy;
}

const EMPTY = {
  status: 200,
  headers: { 'content-type': 'application/x-amz-json-1.0', 'x-amz-crc32': '0' },
  body: Buffer.from('{}'),
};
