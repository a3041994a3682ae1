import { CREDENTIALS_ENV } from '../support/credentials.ts';
import type { Fault } from '../support/faults.ts';
import type { RunOptions, RunResult, startAction } from '../support/runner.ts';
import type { Item } from '../support/source.ts';
import { chosenStore } from '../support/store.ts';
import type { StoreName } from '../support/store-servers.ts';
import { type IssuerOptions, type OidcIssuer, startOidcIssuer } from '../support/sts/oidc-issuer.ts';
import { openStsService, type StsOptions, type StsService } from '../support/sts/sts.ts';
import { type Inputs, openPair, type Pair, smallItems } from './pair.ts';

export const ROLE = 'arn:aws:iam::123456789012:role/backup';
export const SOURCE_ROLE = 'arn:aws:iam::111111111111:role/reads-the-table';
export const DEST_ROLE = 'arn:aws:iam::222222222222:role/writes/the-bucket';

/** Both sides of a copy, which let in only credentials that hold, with those who issue them. */
export interface CredentialPair extends AsyncDisposable {
  readonly pair: Pair;
  readonly issuer: OidcIssuer;
  readonly sts: StsService;
  readonly table: string;
  readonly run: (inputs: Inputs, job?: Job) => Promise<RunResult>;
  readonly start: (inputs: Inputs, job?: Job) => ReturnType<typeof startAction>;
  /** The identities that each side was accessed as: roles, or 'environment'. */
  readonly seen: () => { readonly source: string[]; readonly dest: string[] };
  /** Sets what disturbs requests to the table on top. */
  readonly disturbSource: (fault: (operation: string) => Fault | undefined) => void;
}

/** What the job of a step offers it. */
export interface Job {
  /** `permissions: id-token: write`: true unless set. */
  readonly oidc?: boolean;
  /** What an earlier step left: nothing unless set. */
  readonly environment?: 'none' | 'keys' | 'session';
  readonly env?: Readonly<Record<string, string>>;
  readonly options?: RunOptions;
}

export interface CredentialOptions {
  readonly sts: StsOptions;
  readonly issuer?: IssuerOptions;
  readonly items?: readonly Item[];
  /** Where the store that the environment names cannot do. */
  readonly store?: StoreName;
  /** Asks moto's STS where moto is the store; the double otherwise. */
  readonly realWherePossible?: boolean;
}

export async function openCredentialPair(options: CredentialOptions): Promise<CredentialPair> {
  await using stack = new AsyncDisposableStack();
  // versitygw knows one secret, and would refuse what is signed with any other.
  const pair = stack.use(await openPair(options.store ?? (chosenStore() === 'versitygw' ? 'fauxqs' : undefined)));
  const issuer = stack.use(await startOidcIssuer(options.issuer));
  const moto = options.realWherePossible && chosenStore() === 'moto' ? process.env['TEST_STORE_ENDPOINT'] : undefined;
  const sts = stack.use(await openStsService({ ...options.sts, target: moto }));
  const table = await pair.source.createTable(options.items ?? smallItems(40));
  let disturb: (operation: string) => Fault | undefined = () => undefined;
  pair.source.inject(({ headers, operation }) => sts.refusal(headers, 'dynamodb') ?? disturb(operation));
  pair.store.inject(({ headers }) => sts.refusal(headers, 's3'));

  const step = (inputs: Inputs, { oidc = true, environment = 'none', env, options: more }: Job = {}) =>
    [
      { 'dynamodb-table-name': table, ...inputs },
      {
        ...more,
        env: { ...ENVIRONMENTS[environment], ...sts.env, ...(oidc && issuer.env), ...env },
        secrets: () => [
          ...issuer.tokens,
          ...sts.sessions.flatMap(({ accessKeyId, secretAccessKey, sessionToken }) => [
            accessKeyId,
            secretAccessKey,
            sessionToken,
          ]),
        ],
      },
    ] as const;
  const resources = stack.move();
  const rolesOf = (requests: Pair['source']['requests'] | Pair['store']['requests']) => [
    ...new Set(requests.map(({ headers }) => sts.roleOf(headers) ?? 'nobody')),
  ];
  return {
    pair,
    issuer,
    sts,
    table,
    run: (inputs, job) => pair.run(...step(inputs, job)),
    start: (inputs, job) => pair.start(...step(inputs, job)),
    seen: () => ({ source: rolesOf(pair.source.requests), dest: rolesOf(pair.store.requests) }),
    disturbSource(fault) {
      disturb = fault;
    },
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}

const ENVIRONMENTS: Readonly<Record<NonNullable<Job['environment']>, Readonly<Record<string, string>>>> = {
  none: { AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: '' },
  keys: CREDENTIALS_ENV,
  session: { ...CREDENTIALS_ENV, AWS_SESSION_TOKEN: 'session-token-of-the-environment' },
};
