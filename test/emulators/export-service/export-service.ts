import { CREDENTIALS_ENV, REGION } from '../../fixtures/credentials.ts';
import { type WireItem, wireJson } from '../../fixtures/items.ts';
import { type Answer, resealed } from '../faults.ts';
import { type FaultHook, type RawRequest, startRecordingProxy } from '../recording-proxy.ts';
import {
  type DynamoDbDetails,
  type DynamoDbRequest,
  describeDynamoDbRequest,
  type Item,
  type Source,
} from '../source.ts';
import type { Store } from '../store.ts';
import { answerRefusing, answerWith, notAuthorized, Refusal } from './export-answers.ts';
import type { TableChange } from './export-data.ts';
import type { Surroundings } from './export-failures.ts';
import { createJobBook, describeJob } from './export-jobs.ts';
import { createLifecycle, type Fate } from './export-lifecycle.ts';
import { type Backstage, type ListingOrder, OPERATIONS } from './export-operations.ts';
import type { ExportParameters } from './export-parameters.ts';
import { createRateLimits, type Rate } from './export-rates.ts';
import { inPlace, type Place, tableArn } from './export-tables.ts';
import type { Recovery } from './export-times.ts';

export interface ExportServiceOptions extends Partial<Place>, Partial<Surroundings> {
  /** Where the tables are. Requests about them go to its proxy, so that it records and disturbs them as ever. */
  readonly source: Source;
  /** Where exports are written, past its proxy. */
  readonly store: Store;
  /** How long an export takes: 50 ms unless set. `"manual"`: until `settle` is called. */
  readonly settleAfterMs?: number | 'manual';
  /** How far the service's clock is ahead of this machine's. */
  readonly clockOffsetMs?: number;
  /** Of every table until UpdateContinuousBackups says otherwise: on for two days, with 35 to go back, unless set. */
  readonly recovery?: Partial<Recovery>;
  /** What is throttled, such as RATES_OF_AWS. Nothing unless set, so that tests may poll as fast as they like. */
  readonly rates?: Readonly<Record<string, Rate>>;
  /** Newest first unless set. */
  readonly listingOrder?: ListingOrder;
  /** Data files of an export: 4, as of a new table on demand, unless set. */
  readonly partitions?: number;
}

/** A write to a table that an incremental export will tell, and an export at an earlier time undo. */
export interface RecordedChange {
  readonly keys: Item;
  /** Absent of an item that was not there. */
  readonly oldImage?: Item;
  /** Absent of an item that was deleted. */
  readonly newImage?: Item;
  readonly at: Date;
}

/** DynamoDB with point-in-time exports: a double of these, before a real server of all the rest. */
export interface ExportService extends AsyncDisposable {
  readonly endpoint: string;
  /** The variables that point the Action at it. */
  readonly env: Readonly<Record<string, string>>;
  /** All that came in, in order, the requests among it that were passed on. */
  readonly requests: readonly DynamoDbRequest[];
  /** Sets the hook that may disturb requests; see faults.ts. `"lose-answer"` begins an export of which nobody hears. */
  readonly inject: (hook?: FaultHook<DynamoDbDetails>) => void;
  /** Refuses these operations, and no others, in the words of IAM. */
  readonly deny: (...operations: readonly string[]) => void;
  /** Sets the hook that decides how exports end that are accepted from now on. */
  readonly decide: (fateOf?: (parameters: ExportParameters) => Fate | undefined) => void;
  /** Brings every export under way, or one, to its end. */
  readonly settle: (exportArn?: string) => Promise<void>;
  /** What DescribeExport would say of each, oldest first. */
  readonly exports: () => readonly Readonly<Record<string, unknown>>[];
  readonly recordChange: (tableName: string, change: RecordedChange) => void;
  readonly tableArn: (name: string) => string;
  readonly clock: {
    /** Milliseconds since the epoch, as the service sees it. */
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
  const atFirst: Recovery = { enabled: true, since: now() - 2 * DAY, days: 35, ...options.recovery };
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
    recoveryOf: (table) => recoveries.get(table.id) ?? atFirst,
    setRecovery: (table, recovery) => void recoveries.set(table.id, recovery),
    changesOf: (tableName) => changes.get(tableName) ?? [],
    listingOrder: options.listingOrder ?? 'newest first',
    carryOut: lifecycle.carryOut,
  };

  /** What the service answers itself; undefined where it passes the request on. */
  const answerOf = async ({ operation, parameters }: DynamoDbRequest): Promise<Answer | undefined> => {
    try {
      if (denied.has(operation)) {
        throw notAuthorized(account, operation, resourceOf(parameters, place));
      }
      if (!isWithinRate(operation)) {
        throw new Refusal('ThrottlingException', 'Rate exceeded');
      }
      const own = OPERATIONS[operation];
      return own && answerWith(await own(parameters, backstage));
    } catch (error) {
      // What the double itself does wrong should be seen in the log of whoever asked.
      return answerRefusing(
        error instanceof Refusal ? error : new Refusal('InternalServerError', String((error as Error).stack), 500),
      );
    }
  };

  const proxy = stack.use(
    await startRecordingProxy<DynamoDbDetails>({
      target: new URL(source.endpoint),
      describe: describeDynamoDbRequest,
      async serve(request, raw, pass) {
        const answer = (await answerOf(request)) ?? (await passOn(request, raw, pass, place));
        return { ...answer, headers: { ...answer.headers, date: new Date(now()).toUTCString() } };
      },
      observe: (request, answer) => {
        request.answer = answer.body;
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

/** What IAM would name in a refusal. */
function resourceOf({ ExportArn, TableArn, TableName }: Readonly<Record<string, unknown>>, place: Place): string {
  const named = ExportArn ?? TableArn ?? TableName ?? '*';
  return String(named).startsWith('arn:') ? String(named) : tableArn(place, String(named));
}

/** Not every server takes an ARN for a name, and none has heard of this account. */
async function passOn(
  { operation, parameters }: DynamoDbRequest,
  raw: RawRequest,
  pass: (raw: RawRequest) => Promise<Answer>,
  place: Place,
): Promise<Answer> {
  const asked = parameters['TableName'];
  const start = tableArn(place, '');
  const isArn = typeof asked === 'string' && asked.startsWith(start);
  const answer = await pass(isArn ? withParameters(raw, { ...parameters, TableName: asked.slice(start.length) }) : raw);
  const body = answer.status === 200 ? inPlace(operation, answer.body, place) : answer.body;
  return body === answer.body ? answer : resealed({ ...answer, body });
}

function withParameters(raw: RawRequest, parameters: object): RawRequest {
  const body = Buffer.from(JSON.stringify(parameters));
  return { ...raw, headers: { ...raw.headers, 'content-length': String(body.length) }, body };
}
