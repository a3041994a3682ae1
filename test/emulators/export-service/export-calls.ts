import { DeleteTableCommand, waitUntilTableNotExists } from '@aws-sdk/client-dynamodb';
import { sendRaw } from '../../fixtures/raw-dynamodb.ts';
import { type Item, openSource, type Source } from '../source.ts';
import { openStore, type Store } from '../store.ts';
import { type ExportService, type ExportServiceOptions, openExportService } from './export-service.ts';

/** Response to a request sent without the SDK, including what the SDK would hide. */
export interface RawResponse {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Readonly<Record<string, unknown>>;
}

/** Sends a request without the SDK. */
export async function call(service: ExportService, operation: string, parameters: object): Promise<RawResponse> {
  const response = await sendRaw(service.endpoint, operation, parameters);
  const body = (await response.json()) as Record<string, unknown>;
  return { status: response.status, headers: response.headers, body };
}

/** Returns `ValidationException: message`, or `200` if the request succeeds. */
export async function refusal(service: ExportService, operation: string, parameters: object): Promise<string> {
  const { status, body } = await call(service, operation, parameters);
  if (status === 200) {
    return '200';
  }
  return `${String(body['__type']).replace(/^.*#/, '')}: ${body['message'] ?? body['Message']}`;
}

/** Returns the ExportDescription of a response; throws if the request fails. */
export async function description(
  service: ExportService,
  operation: string,
  parameters: object,
): Promise<Readonly<Record<string, unknown>>> {
  const { status, body } = await call(service, operation, parameters);
  if (status !== 200) {
    throw new Error(`${operation} returned status ${status}: ${JSON.stringify(body)}`);
  }
  return body['ExportDescription'] as Record<string, unknown>;
}

/** Deletes a table and creates it again with the same name. */
export async function replaceTable({ client, createTable }: Source, TableName: string): Promise<void> {
  // The table may already be deleted or in DELETING. If the deletion fails, the wait below times out.
  await client.send(new DeleteTableCommand({ TableName })).catch(() => undefined);
  await waitUntilTableNotExists({ client, maxWaitTime: 20, minDelay: 0.01, maxDelay: 0.1 }, { TableName });
  await createTable([], { TableName });
}

/** An export service with one table and one bucket, for most of its tests. */
export interface ExportSetting extends AsyncDisposable {
  readonly source: Source;
  readonly store: Store;
  readonly service: ExportService;
  readonly table: string;
  readonly bucket: string;
  /** Returns the parameters of an export of the table to the bucket, merged with `more`. */
  readonly request: (more?: object) => Record<string, unknown>;
}

export async function openExportSetting(
  options: Partial<ExportServiceOptions> = {},
  items: readonly Item[] = [{ pk: { S: 'a' }, n: { N: '1' } }, { pk: { S: 'b' } }, { pk: { S: 'c' } }],
): Promise<ExportSetting> {
  await using stack = new AsyncDisposableStack();
  const source = stack.use(await openSource());
  const store = stack.use(await openStore());
  const service = stack.use(await openExportService({ source, store, settleAfterMs: 'manual', ...options }));
  const table = await source.createTable(items);
  const bucket = await store.createBucket();
  const resources = stack.move();
  return {
    source,
    store,
    service,
    table,
    bucket,
    request: (more = {}) => ({ TableArn: service.tableArn(table), S3Bucket: bucket, ...more }),
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}
