import type { RoleSettings } from '../aws/credentials/identities.ts';
import { accountOf, type Partition, partitionOfRegion, partitionOfRole } from '../aws/partition.ts';
import { canRequestIdTokens } from '../github/id-token.ts';
import { formatChoices, quote } from '../message-text.ts';
import type { InputReader } from './input-reader.ts';
import type { Regions } from './regions.ts';
import { COPY_SIDES, type Sides } from './sides.ts';

/** Inputs that have an effect only if a role is assumed. */
const ROLE_OPTIONS = [
  'role-chaining',
  'role-session-name',
  'role-duration-seconds',
  'role-external-id',
  'audience',
] as const;

/** Same defaults as aws-actions/configure-aws-credentials. */
const DEFAULT_SESSION_NAME = 'GitHubActions';
const DEFAULT_SECONDS = 3600;
const MIN_SECONDS = 900;
const MAX_SECONDS = 43_200;

/**
 * Reads the roles for table and bucket. The role of one side (source-role-to-assume) takes precedence over
 * role-to-assume. A bucket without a role is accessed with the credentials for the table.
 */
export function readRoles(
  reader: InputReader,
  env: NodeJS.ProcessEnv,
  regions: Regions,
  sides: Sides = COPY_SIDES,
): RoleSettings {
  const both = readRole(reader, 'role-to-assume');
  const roleOf = (side: Side) => (side && readRole(reader, roleInput(side))) ?? both;
  const [source, dest] = [roleOf(sides.table), roleOf(sides.bucket)];
  const chaining = reader.boolean('role-chaining', false);
  const externalId = readExternalId(reader);
  const audience = reader.text('audience');
  const roles: RoleSettings = {
    ...(source !== undefined && { source }),
    ...(dest !== undefined && { dest }),
    chaining,
    sessionName: reader.parsed('role-session-name', DEFAULT_SESSION_NAME, NAME_ALLOWED, (name) =>
      /^[\w+=,.@-]{2,64}$/.test(name) ? name : undefined,
    ),
    durationSeconds: readDuration(reader, chaining),
    ...(externalId !== undefined && { externalId }),
    ...(audience !== '' && { audience }),
  };
  if (source === undefined && dest === undefined) {
    reportUnusedInputs(reader, sides);
  } else {
    checkOidcInputs(reader, roles, canRequestIdTokens(env));
    checkPartitions(reader, roles, regions, sides);
  }
  return roles;
}

type Side = Sides['table' | 'bucket'];

function roleInput(side: Side): string {
  return side === undefined ? 'role-to-assume' : `${side}-role-to-assume`;
}

/**
 * Requires the bucket owner for an export to another account. DynamoDB writes with the permissions of the source and
 * rejects such an export without S3BucketOwner.
 */
export function requireOwnerForExport(reader: InputReader, { source, dest }: RoleSettings): void {
  if (source === undefined || dest === undefined || accountOf(source) === accountOf(dest)) return;
  reader.problems
    .at('s3-bucket-owner')
    .add(
      `is required for an export to another account. dest-role-to-assume is a role in account ${accountOf(dest)}, but the role for the table is in account ${accountOf(source)}. Set s3-bucket-owner to the ID of the account that owns the bucket`,
    );
}

const NAME_ALLOWED = '2 to 64 letters, digits and the characters _+=,.@-';

/**
 * Accepts aws, aws-cn, aws-us-gov and future partitions.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
 */
const ROLE_ARN = /^arn:aws(?:-[a-z]+)*:iam::\d{12}:role\/[\w+=,.@/-]{1,576}$/;

function readRole(reader: InputReader, name: string): string | undefined {
  const value = reader.text(name);
  if (value === '' || ROLE_ARN.test(value)) return value || undefined;
  const problems = reader.problems.at(name);
  const allowed = 'arn:aws:iam::<account>:role/<name>';
  if (value.includes(':assumed-role/')) {
    problems.add(`${quote(value)} is the ARN of a role session. Use the ARN of the role (${allowed})`);
  } else {
    problems.add(`${quote(value)} is invalid. Use the ARN of an IAM role (${allowed})`);
  }
  return undefined;
}

/** Never shows the value, because some users treat it as a secret. */
function readExternalId(reader: InputReader): string | undefined {
  const value = reader.text('role-external-id');
  if (value !== '' && !/^[\w+=,.@:/-]{2,1224}$/.test(value)) {
    reader.problems
      .at('role-external-id')
      .add('is invalid. Use 2 to 1,224 letters, digits and the characters _+=,.@:/-');
  }
  return value || undefined;
}

function readDuration(reader: InputReader, chaining: boolean): number {
  const max = chaining ? DEFAULT_SECONDS : MAX_SECONDS;
  const allowed = chaining
    ? 'a whole number of seconds from 900 to 3,600. AWS limits sessions with role chaining to 1 hour; the Action renews them'
    : 'a whole number of seconds from 900 to 43,200';
  return reader.parsed('role-duration-seconds', DEFAULT_SECONDS, allowed, (text) => {
    const seconds = /^\d{1,6}$/.test(text) ? Number(text) : 0;
    return seconds >= MIN_SECONDS && seconds <= max ? seconds : undefined;
  });
}

/** Reports inputs that have no effect without a role. Otherwise they would be ignored silently. */
function reportUnusedInputs(reader: InputReader, sides: Sides): void {
  const roles = ['role-to-assume', roleInput(sides.table), roleInput(sides.bucket)];
  const given = roles.some((name) => reader.text(name));
  if (given) return;
  const set = ROLE_OPTIONS.filter((name) => !['', ...(DEFAULTS[name] ?? [])].includes(reader.text(name)));
  if (set.length === 0) return;
  reader.problems
    .at('role-to-assume')
    .add(
      `is not set, so ${formatChoices(set)} has no effect. Set role-to-assume, or leave out the inputs that require it`,
    );
}

const DEFAULTS: Readonly<Partial<Record<(typeof ROLE_OPTIONS)[number], readonly string[]>>> = {
  'role-chaining': ['false', 'False', 'FALSE'],
  'role-session-name': [DEFAULT_SESSION_NAME],
  'role-duration-seconds': [String(DEFAULT_SECONDS)],
};

function checkOidcInputs(reader: InputReader, { chaining, externalId, audience }: RoleSettings, oidc: boolean): void {
  if (oidc && !chaining && externalId !== undefined) {
    reader.problems
      .at('role-external-id')
      .add(
        'has no effect with OIDC: AssumeRoleWithWebIdentity has no external ID. Set role-chaining to true, or leave role-external-id out',
      );
  }
  if (audience !== undefined && (chaining || !oidc)) {
    const why = chaining
      ? 'role-chaining is true. Leave one of them out'
      : 'the job has no permission to request an ID token. Add `permissions: id-token: write` to the job, or leave audience out';
    reader.problems.at('audience').add(`applies only to OIDC, but ${why}`);
  }
}

/**
 * Reports a role whose partition differs from that of the Region. The usual cause is AWS_REGION from an earlier step.
 */
function checkPartitions(reader: InputReader, { source, dest }: RoleSettings, regions: Regions, sides: Sides): void {
  const check = (role: string | undefined, region: string | undefined, side: Side) => {
    const [ofRole, ofRegion]: (Partition | undefined)[] = [
      role === undefined ? undefined : partitionOfRole(role),
      region === undefined ? undefined : partitionOfRegion(region),
    ];
    if (!ofRole || !ofRegion || ofRole === ofRegion) return;
    reader.problems
      .at(reader.text(roleInput(side)) === '' ? 'role-to-assume' : roleInput(side))
      .add(
        `is a role in ${ofRole.title} (${ofRole.name}), but the Region ${quote(region ?? '')} is in another partition. Set ${side === undefined ? '' : `${side}-aws-region or `}aws-region to a Region of ${ofRole.title}, such as ${ofRole.region}`,
      );
  };
  check(source, regions.source, sides.table);
  if (sides.bucket !== undefined) check(dest, regions.dest, sides.bucket);
}
