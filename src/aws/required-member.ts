import { CopyError } from '../errors.ts';

/**
 * Returns a member that every response of an operation has, although the SDK declares all members of responses as
 * optional.
 *
 * @throws {CopyError} AWS_ERROR if it is missing; names the operation and the member, and shows no values
 */
export function requiredMember<Part extends object, Name extends keyof Part & string>(
  operation: string,
  part: Part,
  name: Name,
): NonNullable<Part[Name]> {
  const value = part[name];
  if (value !== undefined && value !== null) return value;
  throw new CopyError(
    'AWS_ERROR',
    `The response to ${operation} has no ${name}.`,
    'Re-run the job. If it fails again, check the endpoints in AWS_ENDPOINT_URL and AWS_ENDPOINT_URL_DYNAMODB.',
  );
}
