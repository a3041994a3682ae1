import { CREDENTIALS_ENV, REGION } from '../../fixtures/credentials.ts';
import { type WireItem, wireJson } from '../../fixtures/items.ts';
import { passOn, resourceOf } from '../dynamodb-service/forwarding.ts';
import { createRateLimits, type Rate } from '../dynamodb-service/rates.ts';
import type { Recovery } from '../dynamodb-service/recovery.ts';
import { notAuthorized, Refusal, respondWith, respondWithRejection } from '../dynamodb-service/responses.ts';
import { type Place, tableArn } from '../dynamodb-service/tables.ts';
import type { HttpResponse } from '../faults.ts';
import { type FaultHook, startRecordingProxy } from '../recording-proxy.ts';
import {
  type DynamoDbDetails,
  type DynamoDbRequest,
  describeDynamoDbRequest,
  type Item,
  type Source,
} from '../source.ts';
import type { Store } from '../store.ts';
import type { TableChange } from './export-data.ts';
import type { Surroundings } from './export-failures.ts';
import { createJobBook, describeJob } from './export-jobs.ts';
import { createLifecycle, type Fate } from './export-lifecycle.ts';
import { type Backstage, type ListingOrder, OPERATIONS } from './export-operations.ts';
import type { ExportParameters } from './export-parameters.ts';

export interface ExportServiceOptions extends Partial<Place>, Partial<Surroundings> {
  /** Source of the tables. Requests for them go through its proxy, which records them and injects faults as usual. */
  readonly source: Source;
  /** Destination of the exports, which are written without its proxy. */
  readonly store: Store;
  /** Duration of an export; with `"manual"`, exports end only when `settle` is called. Default: 50 ms. */
  readonly settleAfterMs?: number | 'manual';
  /** Milliseconds by which the clock of the service is ahead of the clock of this machine. */
  readonly clockOffsetMs?: number;
  /** PITR of every table before UpdateContinuousBackups. Default: enabled 2 days ago with a period of 35 days. */
  readonly recovery?: Partial<Recovery>;
  /** Rate limits, such as RATES_OF_AWS. Default: none, so that tests can poll at any rate. */
  readonly rates?: Readonly<Record<string, Rate>>;
  /** Default: newest first. */
  readonly listingOrder?: ListingOrder;
  /** Number of data files per export. Default: 4, as for a new on-demand table. */
  readonly partitions?: number;
}

/** A write to a table. Incremental exports contain it, and full exports at an earlier time undo it. */
export interface RecordedChange {
  readonly keys: Item;
  /** Absent if the item did not exist. */
  readonly oldImage?: Item;
  /** Absent if the item was deleted. */
  readonly newImage?: Item;
  readonly at: Date;
}

/** DynamoDB with point-in-time exports. Emulates the exports and forwards all other operations to the source. */
export interface ExportService extends AsyncDisposable {
  readonly endpoint: string;
  /** Variables that make the Action use this endpoint. */
  readonly env: Readonly<Record<string, string>>;
  /** All requests in order, including those that were forwarded to the source. */
  readonly requests: readonly DynamoDbRequest[];
  /** Sets the hook that injects faults; see faults.ts. `"lose-httpResponse"` starts an export whose response is lost. */
  readonly inject: (hook?: FaultHook<DynamoDbDetails>) => void;
  /** Denies exactly these operations, with the error of IAM. */
  readonly deny: (...operations: readonly string[]) => void;
  /** Sets the hook that decides the outcome of exports that are accepted from now on. */
  readonly decide: (fateOf?: (parameters: ExportParameters) => Fate | undefined) => void;
  /** Ends one export, or all exports in progress. */
  readonly settle: (exportArn?: string) => Promise<void>;
  /** Returns the ExportDescription of each export, oldest first. */
  readonly exports: () => readonly Readonly<Record<string, unknown>>[];
  readonly recordChange: (tableName: string, change: RecordedChange) => void;
  readonly tableArn: (name: string) => string;
  readonly clock: {
    /** Returns the time of the service in milliseconds since the epoch. */
    readonly now: () => number;
    readonly advance: (milliseconds: number) => void;
  };
}

const DAY = 24 * 3_600_000;

export async function openExportService(options: ExportServiceOptions): Promise<ExportService> {
  await using stack = new AsyncDisposableStack();
  const { source, store, account = '123456789012', region = REGION } = options;
  const place = { account, region };
  let offset = options.clockOffsetMs ?? 0;
  const now = (): number => Date.now() + offset;
  const initialRecovery: Recovery = { enabled: true, since: now() - 2 * DAY, days: 35, ...options.recovery };
  const recoveries = new Map<string, Recovery>();
  const changes = new Map<string, TableChange[]>();
  const denied = new Set<string>();
  const isWithinRate = createRateLimits(options.rates ?? {});
  let fateOf: (parameters: ExportParameters) => Fate | undefined = () => undefined;

  const book = createJobBook(now);
  const lifecycle = stack.use(
    createLifecycle({
      client: store.client,
      place,
      surroundings: { bucketOwners: options.bucketOwners ?? {}, kmsKeys: options.kmsKeys },
      now,
      fateOf: (parameters) => fateOf(parameters),
      settleAfterMs: options.settleAfterMs ?? 50,
    }),
  );
  const backstage: Backstage = {
    source,
    place,
    now,
    partitions: options.partitions ?? 4,
    book,
    recoveryOf: (table) => recoveries.get(table.id) ?? initialRecovery,
    setRecovery: (table, recovery) => void recoveries.set(table.id, recovery),
    changesOf: (tableName) => changes.get(tableName) ?? [],
    listingOrder: options.listingOrder ?? 'newest first',
    carryOut: lifecycle.carryOut,
  };

  /** Returns the response of the service, or undefined if the request is forwarded. */
  const responseOf = async ({ operation, parameters }: DynamoDbRequest): Promise<HttpResponse | undefined> => {
    try {
      if (denied.has(operation)) {
        throw notAuthorized(account, operation, resourceOf(parameters, place));
      }
      if (!isWithinRate(operation)) {
        throw new Refusal('ThrottlingException', 'Rate exceeded');
      }
      const implemented = OPERATIONS[operation];
      return implemented && respondWith(await implemented(parameters, backstage));
    } catch (error) {
      // An error of the emulator itself becomes the message, so that it appears in the log of the client.
      return respondWithRejection(
        error instanceof Refusal ? error : new Refusal('InternalServerError', String((error as Error).stack), 500),
      );
    }
  };

  const proxy = stack.use(
    await startRecordingProxy<DynamoDbDetails>({
      target: new URL(source.endpoint),
      describe: describeDynamoDbRequest,
      async serve(request, raw, pass) {
        const httpResponse = (await responseOf(request)) ?? (await passOn(request, raw, pass, place));
        return { ...httpResponse, headers: { ...httpResponse.headers, date: new Date(now()).toUTCString() } };
      },
      observe: (request, httpResponse) => {
        request.httpResponse = httpResponse.body;
      },
    }),
  );
  const resources = stack.move();
  return {
    endpoint: proxy.endpoint,
    env: { ...CREDENTIALS_ENV, AWS_ENDPOINT_URL_DYNAMODB: proxy.endpoint },
    requests: proxy.requests,
    inject: proxy.inject,
    deny(...operations) {
      denied.clear();
      for (const operation of operations) {
        denied.add(operation);
      }
    },
    decide(next = () => undefined) {
      fateOf = next;
    },
    settle: lifecycle.settle,
    exports: () => book.all().map(describeJob),
    recordChange(tableName, { at, ...images }) {
      const known = changes.get(tableName) ?? [];
      known.push({ ...(JSON.parse(wireJson(images)) as Record<'keys', WireItem>), at: at.getTime() });
      changes.set(tableName, known);
    },
    tableArn: (name) => tableArn(place, name),
    clock: {
      now,
      advance(milliseconds) {
        offset += milliseconds;
      },
    },
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}
