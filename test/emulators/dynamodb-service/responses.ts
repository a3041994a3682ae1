import { randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { HttpResponse } from '../faults.ts';

/** An error of an emulated service, with the code and the message of AWS. */
export class Refusal extends Error {
  readonly code: string;
  readonly status: number;

  constructor(code: string, message: string, status = 400) {
    super(message);
    this.code = code;
    this.status = status;
  }
}

export function invalid(message: string): Refusal {
  return new Refusal('ValidationException', message);
}

/** Returns the error of IAM. For resources of another account, DynamoDB itself returns only "Access is denied". */
export function notAuthorized(account: string, operation: string, resource: string): Refusal {
  const caller = `arn:aws:sts::${account}:assumed-role/table-backup/GitHubActions`;
  const action = `dynamodb:${operation}`;
  return new Refusal(
    'AccessDeniedException',
    `User: ${caller} is not authorized to perform: ${action} on resource: ${resource} because no identity-based policy allows the ${action} action`,
  );
}

export function respondWith(content: unknown, status = 200): HttpResponse {
  const body = Buffer.from(JSON.stringify(content));
  return {
    status,
    headers: {
      'content-type': 'application/x-amz-json-1.0',
      'content-length': String(body.length),
      'x-amzn-requestid': randomBytes(26).toString('hex').toUpperCase(),
      'x-amz-crc32': String(crc32(body)),
    },
    body,
  };
}

export function respondWithRejection({ code, message, status }: Refusal): HttpResponse {
  const __type = `${PREFIXES[code] ?? 'com.amazonaws.dynamodb.v20120810'}#${code}`;
  // The layer in front of DynamoDB, such as the authorization check, spells `Message` with a capital letter.
  return respondWith(__type.includes('coral.service') ? { __type, Message: message } : { __type, message }, status);
}

const PREFIXES: Readonly<Record<string, string>> = {
  ValidationException: 'com.amazon.coral.validate',
  ThrottlingException: 'com.amazon.coral.availability',
  AccessDeniedException: 'com.amazon.coral.service',
  SerializationException: 'com.amazon.coral.service',
};
