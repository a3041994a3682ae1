import { nameOf } from '../aws/aws-error.ts';

/**
 * Returns true if S3 refused a request because the role is not authorized. Other 403 responses, such as those for a wrong
 * clock or signature, say nothing about permissions. A response to HEAD has no error code, so that any 403 counts there.
 */
export function isDenied(error: unknown): boolean {
  return error instanceof Error && statusOf(error) === 403 && nameOf(error) === 'AccessDenied';
}

/** Returns true if a store does not support a request or one of its headers. Stores report this in several ways. */
export function isUnsupported(error: unknown): boolean {
  return [400, 405, 501].includes(statusOf(error));
}

/**
 * Returns true if S3 refused a conditional write: 412, 409 while another write of the key is in progress, or 404 if the
 * object to be replaced does not exist.
 */
export function isConditionUnmet(error: unknown): boolean {
  return [404, 409, 412].includes(statusOf(error)) && (error as Error).name !== 'NoSuchBucket';
}

/** Returns the HTTP status of a failed request; 0 if no response arrived. */
export function statusOf(error: unknown): number {
  return (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode ?? 0;
}
