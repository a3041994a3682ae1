import { CopyError } from '../errors.ts';
import { ACCESS_ERRORS } from './access-errors.ts';
import {
  type AwsError,
  type Explanation,
  type ExplanationRow,
  nameOf,
  other,
  type Subject,
  word,
} from './aws-error.ts';
import { DYNAMODB_ERRORS } from './dynamodb-errors.ts';
import { type FailedCall, failedCall } from './failed-call.ts';
import { S3_ERRORS } from './s3-errors.ts';

/**
 * Turns whatever a run failed with into an error that names the cause, as far as it can be known, and the next step.
 *
 * @param subject undefined where the inputs could not be read
 */
export function explain(error: unknown, subject: Subject | undefined): CopyError {
  if (error instanceof CopyError) return error;
  const call = error instanceof Error ? failedCall(error) : undefined;
  if (!(error instanceof Error) || !call || !subject) return unexpected(error);
  const [, known] = rowsOf(call).find(([names]) => names.test(nameOf(error))) ?? [undefined, other];
  const [code, message, remedy] = known(error, call, subject);
  return new CopyError(code, message, remedy, { cause: error });
}

/** The first row that matches counts: names of the API models, of the SDK, and of Node for what fails below HTTP. */
function rowsOf({ service }: FailedCall): readonly ExplanationRow[] {
  return [...ACCESS_ERRORS, ...(service === 'S3' ? S3_ERRORS : DYNAMODB_ERRORS), ...TRANSPORT_ERRORS];
}

const TRANSPORT_ERRORS: readonly ExplanationRow[] = [
  [/^(ProvisionedThroughputExceededException|Throttling\w*|RequestLimitExceeded|SlowDown)$/, throttled],
  [/^(E[A-Z_]+|HPE_\w+|TimeoutError|CERT_\w+|DEPTH_ZERO_\w+|SELF_SIGNED_\w+|UNABLE_TO_\w+)$/, network],
];

function throttled(_: AwsError, { service, operation }: FailedCall): Explanation {
  return [
    'THROTTLED',
    `${service} throttled ${operation} for ten minutes without one success.`,
    service === 'S3'
      ? 'Run the step again later; write to a prefix of its own where other jobs load the same bucket.'
      : "Run the step again when the table is less busy, raise the table's read capacity, or set read-capacity lower.",
  ];
}

function network(error: AwsError, { service, operation }: FailedCall, subject: Subject): Explanation {
  const region = service === 'S3' ? (subject.destRegion ?? subject.sourceRegion) : subject.sourceRegion;
  const variable = service === 'S3' ? 'AWS_ENDPOINT_URL_S3' : 'AWS_ENDPOINT_URL_DYNAMODB';
  return [
    'NETWORK',
    `${operation} could not reach ${service} in ${region} (${word(nameOf(error))}).`,
    `Check the region's name, ${variable}, HTTPS_PROXY and NO_PROXY, and that the runner may open connections to AWS.`,
  ];
}

/** A fault of the Action itself. Its message is not shown, as messages of JSON.parse and others quote what they read. */
function unexpected(error: unknown): CopyError {
  const name = error instanceof Error ? word(error.name) : 'something that is no error';
  return new CopyError(
    'UNEXPECTED',
    `${name} ${placeOf(error)}`,
    'Please report this with the version of the Action.',
    {
      cause: error,
    },
  );
}

/** The top frame of the stack, which starts with the message: that may hold lines that look like frames. */
function placeOf(error: unknown): string {
  const { stack = '', message } = error instanceof Error ? error : { message: '' };
  const frames = stack.includes(message) ? stack.slice(stack.indexOf(message) + message.length) : '';
  return /^ +at .*$/m.exec(frames)?.[0].trim() ?? 'at an unknown place';
}
