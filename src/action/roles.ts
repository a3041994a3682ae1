import { accountOf, type Partition, partitionOfRegion, partitionOfRole } from '../aws/credentials/partition.ts';
import type { WantedRoles } from '../aws/credentials/sides.ts';
import { oneOf, quoted } from '../parameters/problems.ts';
import type { InputReader } from './input-reader.ts';
import { offersOidc } from './oidc.ts';
import type { Regions } from './regions.ts';

/** What only says how a role is assumed. */
const HOW = ['role-chaining', 'role-session-name', 'role-duration-seconds', 'role-external-id', 'audience'] as const;

/** As in aws-actions/configure-aws-credentials. */
const DEFAULT_SESSION_NAME = 'GitHubActions';
const DEFAULT_SECONDS = 3600;
const FEWEST_SECONDS = 900;
const MOST_SECONDS = 43_200;

/** Who the sides act as. A side's own role wins over role-to-assume; a destination without one follows the source. */
export function readRoles(reader: InputReader, env: NodeJS.ProcessEnv, regions: Regions): WantedRoles {
  const both = readRole(reader, 'role-to-assume');
  const source = readRole(reader, 'source-role-to-assume') ?? both;
  const dest = readRole(reader, 'dest-role-to-assume') ?? both;
  const chaining = reader.boolean('role-chaining', false);
  const externalId = readExternalId(reader);
  const audience = reader.text('audience');
  const roles: WantedRoles = {
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
    checkNothingIsLost(reader);
  } else {
    checkMechanism(reader, roles, offersOidc(env));
    checkPartitions(reader, roles, regions);
  }
  return roles;
}

/**
 * An export to a bucket of another account needs the account's id: DynamoDB, which writes with the source's rights,
 * refuses to without.
 */
export function checkOwnerOfExport(reader: InputReader, { source, dest }: WantedRoles): void {
  if (source === undefined || dest === undefined || accountOf(source) === accountOf(dest)) return;
  reader.problems
    .at('s3-bucket-owner')
    .add(
      `is required for an export to another account: dest-role-to-assume is a role of ${accountOf(dest)}, and the table's is of ${accountOf(source)}. Use the id of the account that owns the bucket`,
    );
}

const NAME_ALLOWED = '2 to 64 letters, digits and characters of _+=,.@-';

/** aws, aws-cn, aws-us-gov and what may come. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html */
const ROLE_ARN = /^arn:aws(?:-[a-z]+)*:iam::\d{12}:role\/[\w+=,.@/-]{1,576}$/;

function readRole(reader: InputReader, name: string): string | undefined {
  const value = reader.text(name);
  if (value === '' || ROLE_ARN.test(value)) return value || undefined;
  const problems = reader.problems.at(name);
  const allowed = 'arn:aws:iam::<account>:role/<name>';
  if (value.includes(':assumed-role/')) {
    problems.add(`${quoted(value)} is a session of a role. Use the ARN of the role itself (${allowed})`);
  } else {
    problems.add(`${quoted(value)} is not allowed. Use the ARN of an IAM role (${allowed})`);
  }
  return undefined;
}

/** Never shown: some people take it for a secret. */
function readExternalId(reader: InputReader): string | undefined {
  const value = reader.text('role-external-id');
  if (value !== '' && !/^[\w+=,.@:/-]{2,1224}$/.test(value)) {
    reader.problems
      .at('role-external-id')
      .add('is not allowed. Use 2 to 1,224 letters, digits and characters of _+=,.@:/-');
  }
  return value || undefined;
}

function readDuration(reader: InputReader, chaining: boolean): number {
  const most = chaining ? DEFAULT_SECONDS : MOST_SECONDS;
  const allowed = chaining
    ? 'a whole number from 900 to 3,600: AWS gives chained sessions an hour at most (they are renewed)'
    : 'a whole number from 900 to 43,200';
  return reader.parsed('role-duration-seconds', DEFAULT_SECONDS, allowed, (text) => {
    const seconds = /^\d{1,6}$/.test(text) ? Number(text) : 0;
    return seconds >= FEWEST_SECONDS && seconds <= most ? seconds : undefined;
  });
}

/** Without a role, how to assume one is a wish passed over in silence. */
function checkNothingIsLost(reader: InputReader): void {
  const given = ['role-to-assume', 'source-role-to-assume', 'dest-role-to-assume'].some((name) => reader.text(name));
  if (given) return;
  const set = HOW.filter((name) => !['', ...(DEFAULTS[name] ?? [])].includes(reader.text(name)));
  if (set.length === 0) return;
  reader.problems
    .at('role-to-assume')
    .add(`is not set, so ${oneOf(set)} would have no effect. Set it, or leave those out`);
}

const DEFAULTS: Readonly<Partial<Record<(typeof HOW)[number], readonly string[]>>> = {
  'role-chaining': ['false', 'False', 'FALSE'],
  'role-session-name': [DEFAULT_SESSION_NAME],
  'role-duration-seconds': [String(DEFAULT_SECONDS)],
};

function checkMechanism(reader: InputReader, { chaining, externalId, audience }: WantedRoles, oidc: boolean): void {
  if (oidc && !chaining && externalId !== undefined) {
    reader.problems
      .at('role-external-id')
      .add('has no effect: a role assumed by OIDC is asked for none. Leave it out, or set role-chaining: true');
  }
  if (audience !== undefined && (chaining || !oidc)) {
    const why = chaining
      ? 'role-chaining is true. Leave one of them out'
      : 'the job offers none. Add `permissions: id-token: write` to it, or leave audience out';
    reader.problems.at('audience').add(`is for OIDC, and ${why}`);
  }
}

/** AWS_REGION of an earlier step is what most often takes a role of one partition to an endpoint of another. */
function checkPartitions(reader: InputReader, { source, dest }: WantedRoles, regions: Regions): void {
  const check = (role: string | undefined, region: string | undefined, side: 'source' | 'dest') => {
    const [ofRole, ofRegion]: (Partition | undefined)[] = [
      role === undefined ? undefined : partitionOfRole(role),
      region === undefined ? undefined : partitionOfRegion(region),
    ];
    if (!ofRole || !ofRegion || ofRole === ofRegion) return;
    reader.problems
      .at(reader.text(`${side}-role-to-assume`) === '' ? 'role-to-assume' : `${side}-role-to-assume`)
      .add(
        `is a role of ${ofRole.title} (${ofRole.name}), and the region ${quoted(region ?? '')} is not. Set ${side}-aws-region or aws-region to one that is, such as ${ofRole.region}`,
      );
  };
  check(source, regions.source, 'source');
  check(dest, regions.dest, 'dest');
}
