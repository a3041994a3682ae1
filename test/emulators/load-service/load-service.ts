import { CREDENTIALS_ENV, REGION } from '../../fixtures/credentials.ts';
import { passOn, resourceOf } from '../dynamodb-service/forwarding.ts';
import { createRateLimits, type Rate } from '../dynamodb-service/rates.ts';
import { notAuthorized, Refusal, respondWith, respondWithRejection } from '../dynamodb-service/responses.ts';
import { findTable, type Place, tableArn } from '../dynamodb-service/tables.ts';
import type { HttpResponse } from '../faults.ts';
import { type FaultHook, type RawRequest, startRecordingProxy } from '../recording-proxy.ts';
import { type DynamoDbDetails, type DynamoDbRequest, describeDynamoDbRequest, type Source } from '../source.ts';
import type { Store } from '../store.ts';
import { describeBulkJob } from './bulk-operations.ts';
import { describeImportJob } from './import-operations.ts';
import { type Backstage, createBackstage, type Fate, type JobStart, type Limits } from './load-backstage.ts';
import { OPERATIONS } from './load-operations.ts';
import type { Delays } from './load-schedule.ts';
import { backupsUnavailable, checkCreation } from './table-gate.ts';
import { type Pass, type TableDelays, tableOperation } from './table-operations.ts';
import type { Cooldowns, TableSettings } from './table-settings.ts';

export interface LoadServiceOptions extends Partial<Place>, Partial<Limits>, Partial<TableDelays> {
  /** Server with the tables. Requests for them go through its proxy, which records them and injects faults as usual. */
  readonly source: Source;
  /** Store that imports and bulk operations read, without its proxy. */
  readonly store: Store;
  /** Default: 10 ms for each phase of a job. */
  readonly delays?: Delays;
  /** Milliseconds by which the clock of the service is ahead of the clock of this machine. */
  readonly clockOffsetMs?: number;
  /** Owner by bucket. Other buckets belong to the account of the service. */
  readonly bucketOwners?: Readonly<Record<string, string>>;
  /** Rate limits. Default: none, so that tests can poll at any rate. */
  readonly rates?: Readonly<Record<string, Rate>>;
  /** Periods in which a second change is rejected, such as COOLDOWNS_OF_AWS. Default: none. */
  readonly cooldowns?: Partial<Cooldowns>;
  /** Milliseconds after the creation of a table in which its continuous backups cannot be changed. Default: 0. */
  readonly backupsAfterMs?: number;
  readonly tagsPerPage?: number;
  /** FailureCode of an import whose objects change. Default: as observed on AWS; the other one is documented. */
  readonly onChangedObject?: Backstage['onChangedObject'];
}

/** Settings of a table for a test. */
export interface KeptSettings {
  readonly tags: Readonly<Record<string, string>>;
  /** Attribute of TTL; undefined if TTL is disabled. */
  readonly timeToLive: string | undefined;
  readonly pointInTimeRecovery: boolean;
  readonly policy: string | undefined;
  readonly deletionProtection: boolean;
  readonly streamViewType: string | undefined;
}

/**
 * DynamoDB that can load tables from S3 and keeps the settings of a table. Emulates ImportTable, StartBulkPutItems,
 * tags, TTL, point-in-time recovery, resource policies, deletion protection and streams, and forwards all other
 * operations to the source.
 */
export interface LoadService extends AsyncDisposable {
  readonly endpoint: string;
  /** Variables that make the Action use this endpoint. */
  readonly env: Readonly<Record<string, string>>;
  /** All requests in order, including those that were forwarded to the source. */
  readonly requests: readonly DynamoDbRequest[];
  /** Sets the hook that injects faults; see faults.ts. `"lose-httpResponse"` starts a job whose response is lost. */
  readonly inject: (hook?: FaultHook<DynamoDbDetails>) => void;
  /** Denies exactly these operations, with the error of IAM. */
  readonly deny: (...operations: readonly string[]) => void;
  /** Sets the hook that decides the outcome of jobs that are accepted from now on. */
  readonly decide: (fateOf?: (job: JobStart) => Fate | undefined) => void;
  /** Begins the next phase of one job, or of all jobs in progress. */
  readonly advance: (arn?: string) => Promise<void>;
  /** Ends one job, or all jobs in progress. */
  readonly settle: (arn?: string) => Promise<void>;
  /** Returns the ImportTableDescription of each import, oldest first. */
  readonly imports: () => readonly Readonly<Record<string, unknown>>[];
  /** Returns the BulkOperationDescription of each bulk operation, oldest first. */
  readonly bulkOperations: () => readonly Readonly<Record<string, unknown>>[];
  /** Returns the settings of an existing table. */
  readonly settings: (tableName: string) => Promise<KeptSettings>;
  /** Adds replicas in these Regions to a table. */
  readonly replicate: (tableName: string, ...regions: readonly string[]) => Promise<void>;
  /** Adds a Kinesis stream as a destination of the changes of a table. */
  readonly streamToKinesis: (tableName: string, streamArn: string) => Promise<void>;
  readonly tableArn: (name: string) => string;
  readonly clock: {
    /** Returns the time of the service in milliseconds since the epoch. */
    readonly now: () => number;
    readonly advance: (milliseconds: number) => void;
  };
}

const TABLE_OPERATIONS = new Set(['CreateTable', 'DescribeTable', 'UpdateTable', 'DeleteTable']);

export async function openLoadService(options: LoadServiceOptions): Promise<LoadService> {
  await using stack = new AsyncDisposableStack();
  const { source, account = '123456789012', region = REGION } = options;
  const assigned = new Map<string, string>();
  const place: Place = { account, region, tableId: (derived) => assigned.get(derived) ?? derived };
  const delays: TableDelays = { createMs: options.createMs ?? 0, updateMs: options.updateMs ?? 0 };
  const denied = new Set<string>();
  const isWithinRate = createRateLimits(options.rates ?? {});
  let advanced = 0;
  let fateOf: (job: JobStart) => Fate | undefined = () => undefined;

  const backstage = createBackstage(options, place, {
    now: () => Date.now() + advanced + (options.clockOffsetMs ?? 0),
    serverNow: () => Date.now() + advanced,
    fateOf: (job) => fateOf(job),
    assignTableId: (derived, tableId) => void assigned.set(derived, tableId),
  });
  const { now, serverNow, schedule, settingsOf } = backstage;
  stack.use(schedule);

  const respond = async (request: DynamoDbRequest, raw: RawRequest, pass: Pass): Promise<HttpResponse> => {
    const { operation, parameters } = request;
    if (denied.has(operation)) throw notAuthorized(account, operation, resourceOf(parameters, place));
    if (!isWithinRate(operation)) throw new Refusal('ThrottlingException', 'Rate exceeded');
    await checkCreation(request, backstage, delays.createMs);
    if (operation === 'UpdateContinuousBackups') {
      const table = await findTable(source, place, String(parameters['TableName']));
      if (table !== undefined && serverNow() < table.createdAt + (options.backupsAfterMs ?? 0))
        throw backupsUnavailable(String(parameters['TableName']));
    }
    const implemented = OPERATIONS[operation];
    if (implemented !== undefined) return respondWith(await implemented(parameters, backstage));
    if (TABLE_OPERATIONS.has(operation)) return tableOperation(request, raw, pass, backstage, delays);
    return passOn(request, raw, pass, place);
  };

  const proxy = stack.use(
    await startRecordingProxy<DynamoDbDetails>({
      target: new URL(source.endpoint),
      describe: describeDynamoDbRequest,
      async serve(request, raw, pass) {
        const httpResponse = await respond(request, raw, pass).catch((error: unknown) => {
          // Faults of the source reach the client. An error of the emulator itself becomes the message of the response.
          if (isConnectionError(error)) throw error;
          return respondWithRejection(
            error instanceof Refusal ? error : new Refusal('InternalServerError', String((error as Error).stack), 500),
          );
        });
        return { ...httpResponse, headers: { ...httpResponse.headers, date: new Date(now()).toUTCString() } };
      },
      observe: (request, httpResponse) => {
        request.httpResponse = httpResponse.body;
      },
    }),
  );

  const settingsOfName = async (name: string): Promise<TableSettings> => {
    const table = await findTable(source, place, name);
    if (table === undefined) throw new Error(`The table ${name} does not exist`);
    return settingsOf(table.id);
  };

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
    advance: schedule.advance,
    settle: schedule.settle,
    imports: () => backstage.imports.map((job) => describeImportJob(job, place)),
    bulkOperations: () => backstage.bulkJobs.map((job) => describeBulkJob(job, place)),
    async settings(name) {
      const { tags, ttlAttribute, recovery, policy, members, streamSince } = await settingsOfName(name);
      return {
        tags: Object.fromEntries(tags),
        timeToLive: ttlAttribute,
        pointInTimeRecovery: recovery.enabled,
        policy: policy?.document,
        deletionProtection: members.DeletionProtectionEnabled ?? false,
        streamViewType: streamSince === undefined ? undefined : members.StreamSpecification?.StreamViewType,
      };
    },
    async replicate(name, ...regions) {
      (await settingsOfName(name)).replicas = regions;
    },
    async streamToKinesis(name, streamArn) {
      const settings = await settingsOfName(name);
      settings.kinesis = [...settings.kinesis, streamArn];
    },
    tableArn: (name) => tableArn(place, name),
    clock: {
      now,
      advance(milliseconds) {
        advanced += milliseconds;
      },
    },
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}

function isConnectionError(error: unknown): boolean {
  return ['ECONNRESET', 'ECONNREFUSED', 'EPIPE'].includes(String((error as { code?: unknown }).code));
}
