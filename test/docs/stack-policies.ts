import { policiesBelow } from '../fixtures/iam-policy.ts';

export interface StackNames {
  readonly bucket: string;
  readonly region: string;
  readonly account: string;
}

export interface Policy {
  readonly Version: '2012-10-17';
  readonly Statement: readonly unknown[];
}

/** Policies by name. */
export type Policies = Readonly<Record<string, Policy>>;

/**
 * Returns the policies that docs/credentials.md describes for the roles in examples/aws/backup-role.yaml, for the table
 * orders.
 */
export function documentedPolicies(names: StackNames): Readonly<Record<'copy' | 'export' | 'restore', Policies>> & {
  readonly verify: Readonly<Record<'manifests' | 'data' | 'compare', Policies>>;
} {
  const policy = (heading: string, index = 0): Policy => withNames(policiesBelow(heading)[index] ?? [], names);
  const manifests = policy('Verify');
  const data = withNames(
    (policiesBelow('Verify')[0] ?? []).map((statement) =>
      statement.Action === 's3:GetObject' ? { ...statement, Resource: 'arn:aws:s3:::my-backups/orders/*' } : statement,
    ),
    names,
  );
  const copy = { Scan: policy('Scan'), Resume: policy('Resume'), TableDefinition: policy('Table definition') };
  return {
    copy,
    export: { ...copy, Export: policy('Export') },
    restore: { Restore: policy('Restore'), RestoreDrill: policy('Verify', 2) },
    verify: {
      manifests: { Verify: manifests },
      data: { Verify: data },
      compare: { Verify: data, Compare: policy('Verify', 1) },
    },
  };
}

/** Replaces the names of the examples in the document. */
function withNames(Statement: readonly unknown[], { bucket, region, account }: StackNames): Policy {
  const text = JSON.stringify({ Version: '2012-10-17', Statement })
    .replaceAll('my-backups', bucket)
    .replaceAll('eu-central-1', region)
    .replaceAll('111111111111', account);
  return JSON.parse(text) as Policy;
}
