import { passOn, withParameters } from '../dynamodb-service/forwarding.ts';
import { invalid } from '../dynamodb-service/responses.ts';
import { findTable } from '../dynamodb-service/tables.ts';
import { type HttpResponse, resealed } from '../faults.ts';
import type { RawRequest } from '../recording-proxy.ts';
import type { DynamoDbRequest } from '../source.ts';
import type { Backstage, Parameters } from './load-backstage.ts';
import { isCoolingDown, modifiedRecently } from './named-tables.ts';
import { importCreating, inUse, nameOf } from './table-gate.ts';
import { describeSettings, type KeptMembers, type TableSettings } from './table-settings.ts';
import { checkTags } from './tag-operations.ts';

/** Forwards a request to the emulated server. */
export type Pass = (raw: RawRequest) => Promise<HttpResponse>;

type Request = Pick<DynamoDbRequest, 'operation' | 'parameters'>;

/** Milliseconds for which a table is CREATING after CreateTable, and UPDATING after UpdateTable. */
export interface TableDelays {
  readonly createMs: number;
  readonly updateMs: number;
}

/** Members that the service keeps instead of the server. */
const KEPT = [
  'StreamSpecification',
  'SSESpecification',
  'TableClass',
  'OnDemandThroughput',
  'DeletionProtectionEnabled',
  'VectorIndexes',
  'Tags',
  'ResourcePolicy',
  'WarmThroughput',
] as const;

/** Forwards CreateTable, DescribeTable, UpdateTable or DeleteTable, and adds the settings that the service keeps. */
export async function tableOperation(
  request: Request,
  raw: RawRequest,
  pass: Pass,
  backstage: Backstage,
  delays: TableDelays,
): Promise<HttpResponse> {
  const { operation, parameters } = request;
  const name = nameOf(parameters['TableName'], backstage);
  if (operation === 'DescribeTable') {
    return described(await passOn(request, raw, pass, backstage.place), backstage, delays);
  }
  if (operation === 'CreateTable') return createTable(parameters, raw, pass, backstage, delays);
  const table = await findTable(backstage.source, backstage.place, name);
  // Without the table, the server returns the error.
  const settings = table === undefined ? undefined : backstage.settingsOf(table.id);
  if (settings !== undefined) {
    if (operation === 'DeleteTable') checkDeletion(settings, backstage);
    else return updateTable(name, parameters, raw, pass, backstage, delays, settings);
  }
  return described(await passOn(request, raw, pass, backstage.place), backstage, delays);
}

async function createTable(
  parameters: Parameters,
  raw: RawRequest,
  pass: Pass,
  backstage: Backstage,
  delays: TableDelays,
): Promise<HttpResponse> {
  const tags = (parameters['Tags'] ?? []) as { readonly Key: string; readonly Value: string }[];
  checkTags(tags);
  const forwarded = without(parameters);
  const request = { operation: 'CreateTable', parameters: forwarded };
  const response = await passOn(request, withParameters(raw, forwarded), pass, backstage.place);
  if (response.status === 200) {
    const { TableDescription } = JSON.parse(response.body.toString()) as { TableDescription: { TableId: string } };
    const settings = backstage.settingsOf(TableDescription.TableId);
    for (const { Key, Value } of tags) settings.tags.set(Key, Value);
    const policy = parameters['ResourcePolicy'];
    if (typeof policy === 'string') settings.policy = { document: policy, revision: String(backstage.now()) };
    keepMembers(settings, parameters, backstage.now());
  }
  return described(response, backstage, delays);
}

/** https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateTable.html */
async function updateTable(
  name: string,
  parameters: Parameters,
  raw: RawRequest,
  pass: Pass,
  backstage: Backstage,
  delays: TableDelays,
  settings: TableSettings,
): Promise<HttpResponse> {
  const now = backstage.now();
  if (now < settings.updatingUntil) throw inUse(`Table is being updated: ${name}`);
  const { StreamSpecification: stream, DeletionProtectionEnabled: isProtected } = parameters as KeptMembers;
  if (stream?.StreamEnabled === true && settings.streamSince !== undefined) {
    throw invalid(`Table already has an enabled stream: TableName: ${name}`);
  }
  if (isProtected !== undefined && isCoolingDown('protectionMs', settings, backstage)) {
    throw modifiedRecently(`Deletion protection setting for table ${name}`, 'protectionMs', settings, backstage);
  }
  const forwarded = without(parameters);
  const isForwarded = Object.keys(forwarded).some((member) => member !== 'TableName');
  const operation = isForwarded ? 'UpdateTable' : 'DescribeTable';
  const response = await passOn(
    { operation, parameters: forwarded },
    withTarget(withParameters(raw, forwarded), operation),
    pass,
    backstage.place,
  );
  if (response.status !== 200) return response;
  keepMembers(settings, parameters, now);
  if (isProtected !== undefined) settings.changed.protectionMs = now;
  // Deletion protection changes at once, everything else takes time.
  if (Object.keys(parameters).some((member) => !['TableName', 'DeletionProtectionEnabled'].includes(member))) {
    settings.updatingUntil = now + delays.updateMs;
  }
  return described(response, backstage, delays, 'TableDescription');
}

/** https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/WorkingWithTables.Basics.html (deletion protection) */
function checkDeletion(settings: TableSettings, backstage: Backstage): void {
  if (settings.members.DeletionProtectionEnabled) {
    throw invalid(
      'Resource cannot be deleted as it is currently protected against deletion. Disable deletion protection first.',
    );
  }
  if (isCoolingDown('tagsMs', settings, backstage)) throw inUse('Table tags are being updated');
}

function keepMembers(settings: TableSettings, parameters: Parameters, now: number): void {
  const { StreamSpecification: stream } = parameters as KeptMembers;
  const sent = Object.entries(parameters).filter(([member]) => (KEPT as readonly string[]).includes(member));
  settings.members = { ...settings.members, ...Object.fromEntries(sent) };
  if (stream !== undefined) settings.streamSince = stream.StreamEnabled === true ? now : undefined;
}

function without(parameters: Parameters): Parameters {
  return Object.fromEntries(
    Object.entries(parameters).filter(([member]) => !(KEPT as readonly string[]).includes(member)),
  );
}

function withTarget(raw: RawRequest, operation: string): RawRequest {
  return { ...raw, headers: { ...raw.headers, 'x-amz-target': `DynamoDB_20120810.${operation}` } };
}

/** Returns the response with the settings that the service keeps, and the status that the table has on AWS. */
function described(
  response: HttpResponse,
  backstage: Backstage,
  delays: TableDelays,
  member?: 'TableDescription',
): HttpResponse {
  if (response.status !== 200) return response;
  const [[name, table] = ['', {}]] = Object.entries(
    JSON.parse(response.body.toString()) as Record<string, Record<string, unknown>>,
  );
  const job = importCreating(String(table['TableName']), backstage);
  if (job !== undefined) table['TableId'] = job.tableId;
  const settings = backstage.settingsOf(String(table['TableId']));
  const isCreating =
    job !== undefined || backstage.serverNow() < Number(table['CreationDateTime']) * 1_000 + delays.createMs;
  if (isCreating && table['TableStatus'] === 'ACTIVE') table['TableStatus'] = 'CREATING';
  describeSettings(table, settings, backstage.now());
  return resealed({ ...response, body: Buffer.from(JSON.stringify({ [member ?? name]: table })) });
}
