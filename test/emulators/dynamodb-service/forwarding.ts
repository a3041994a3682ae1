import { type HttpResponse, resealed } from '../faults.ts';
import type { RawRequest } from '../recording-proxy.ts';
import type { DynamoDbRequest } from '../source.ts';
import { inPlace, type Place, tableArn } from './tables.ts';

const NAMES_OF_RESOURCES = ['ExportArn', 'ImportArn', 'BulkOperationArn', 'ResourceArn', 'TableArn', 'TableName'];

/** Returns the resource that IAM names in an error. */
export function resourceOf(parameters: Readonly<Record<string, unknown>>, place: Place): string {
  const { TableCreationParameters: created } = parameters;
  const sent: Readonly<Record<string, unknown>> = { ...Object(created), ...parameters };
  const named = String(NAMES_OF_RESOURCES.map((name) => sent[name]).find((value) => value !== undefined) ?? '*');
  return named.startsWith('arn:') ? named : tableArn(place, named);
}

/**
 * Forwards a request to the emulated server. Replaces ARNs, because not every server accepts an ARN as TableName and
 * none knows this account.
 */
export async function passOn(
  { operation, parameters }: Pick<DynamoDbRequest, 'operation' | 'parameters'>,
  raw: RawRequest,
  pass: (raw: RawRequest) => Promise<HttpResponse>,
  place: Place,
): Promise<HttpResponse> {
  const tableName = parameters['TableName'];
  const start = tableArn(place, '');
  const isArn = typeof tableName === 'string' && tableName.startsWith(start);
  const httpResponse = await pass(
    isArn ? withParameters(raw, { ...parameters, TableName: tableName.slice(start.length) }) : raw,
  );
  const body = httpResponse.status === 200 ? inPlace(operation, httpResponse.body, place) : httpResponse.body;
  return body === httpResponse.body ? httpResponse : resealed({ ...httpResponse, body });
}

/** Returns the request with other parameters. */
export function withParameters(raw: RawRequest, parameters: object): RawRequest {
  const body = Buffer.from(JSON.stringify(parameters));
  return { ...raw, headers: { ...raw.headers, 'content-length': String(body.length) }, body };
}
