import { type AwsError, errorName, safeName } from '../aws/aws-error.ts';
import { CopyError } from '../errors.ts';

/**
 * Returns why a setting of a table could not be read, without the text of AWS.
 *
 * @param permission permission of the operation, such as `dynamodb:ListTagsOfResource`
 */
export function reasonUnknown(permission: string, error: unknown): string {
  const operation = permission.replace(/^.*:/, '');
  if (error instanceof CopyError) return `the response to ${operation} was not valid`;
  const { name = '' } = error as Error;
  if (name === 'AccessDeniedException') return `not authorized to perform ${permission}`;
  if (name === 'UnknownOperationException') return `the server does not support ${operation}`;
  // The time for all settings has elapsed, possibly because each attempt was throttled.
  if (name === 'AbortError' || name === 'TimeoutError') return `no response to ${operation} in time`;
  return `${operation} failed with ${safeName(errorName(error as AwsError))}`;
}
