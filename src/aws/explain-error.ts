import { CopyError } from '../errors.ts';
import { remedies } from '../remedies.ts';
import { ACCESS_ERRORS } from './access-errors.ts';
import {
  type AwsError,
  type ErrorContext,
  type Explanation,
  type ExplanationRow,
  errorName,
  matchesError,
  safeName,
  unknownError,
} from './aws-error.ts';
import { type FailedCall, failedCall } from './client-middleware.ts';
import { DYNAMODB_ERRORS } from './dynamodb-errors.ts';
import { S3_ERRORS } from './s3-errors.ts';
import { isThrottle } from './throttle.ts';

/**
 * Returns an error that names the cause of a failure, if it is known, and what to do.
 *
 * @param subject undefined if the inputs could not be read
 */
export function explainError(error: unknown, subject: ErrorContext | undefined): CopyError {
  if (error instanceof CopyError) return error;
  const call = error instanceof Error ? failedCall(error) : undefined;
  if (!(error instanceof Error) || !call || !subject) return unexpected(error);
  const [, known] = rowsOf(call).find(([matcher]) => matchesError(matcher, error)) ?? [undefined, unknownError];
  const [code, message, remedy] = known(error, call, subject);
  return new CopyError(code, message, remedy, { cause: error });
}

/**
 * Returns the rows for a service. The first match applies. The names come from the API models, from the SDK, and from
 * Node for errors below HTTP.
 */
function rowsOf({ service }: FailedCall): readonly ExplanationRow[] {
  return [...ACCESS_ERRORS, ...(service === 'S3' ? S3_ERRORS : DYNAMODB_ERRORS), ...TRANSPORT_ERRORS];
}

const TRANSPORT_ERRORS: readonly ExplanationRow[] = [
  [isThrottle, throttled],
  [/^(E[A-Z_]+|HPE_\w+|TimeoutError|CERT_\w+|DEPTH_ZERO_\w+|SELF_SIGNED_\w+|UNABLE_TO_\w+)$/, network],
];

function throttled(_: AwsError, { service, operation }: FailedCall): Explanation {
  return [
    'THROTTLED',
    `${service} throttled ${operation} for 10 minutes. No request succeeded.`,
    remedyForThrottle(service, operation),
  ];
}

/** Operations whose limit applies to the account, and not to a table. */
const LISTS = /^List(?:Tables|TagsOfResource)$/;

function remedyForThrottle(service: FailedCall['service'], operation: string): string {
  if (service === 'S3') return remedies.separatePrefix;
  if (LISTS.test(operation)) return remedies.reduceMatrix;
  return operation === 'BatchWriteItem' ? remedies.changeWriteCapacity : remedies.changeReadCapacity;
}

function network(error: AwsError, { service, operation }: FailedCall, subject: ErrorContext): Explanation {
  const region = service === 'S3' ? (subject.destRegion ?? subject.sourceRegion) : subject.sourceRegion;
  const variable = service === 'S3' ? 'AWS_ENDPOINT_URL_S3' : 'AWS_ENDPOINT_URL_DYNAMODB';
  return [
    'NETWORK',
    `Network error in ${operation}: cannot reach ${service} in ${region} (${safeName(errorName(error))}).`,
    `Check the name of the Region, ${variable}, HTTPS_PROXY and NO_PROXY, and that the runner can connect to this endpoint.`,
  ];
}

/**
 * Explains a bug in the Action. The message is not shown, because JSON.parse and others quote their input in messages.
 */
function unexpected(error: unknown): CopyError {
  const name = error instanceof Error ? safeName(error.name) : 'a value that is not an Error';
  return new CopyError(
    'UNEXPECTED',
    `The Action failed unexpectedly: ${name} ${placeOf(error)}.`,
    'This is a bug in the Action. Please report it with the version of the Action.',
    {
      cause: error,
    },
  );
}

/**
 * Returns the top frame of the stack. Skips the message at its start, which can contain lines that look like frames.
 */
function placeOf(error: unknown): string {
  const { stack = '', message } = error instanceof Error ? error : { message: '' };
  const frames = stack.includes(message) ? stack.slice(stack.indexOf(message) + message.length) : '';
  return /^ +at .*$/m.exec(frames)?.[0].trim() ?? 'at an unknown location';
}
