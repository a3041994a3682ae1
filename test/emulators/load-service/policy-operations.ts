import { conforming } from '../dynamodb-service/constraints.ts';
import { invalid, Refusal } from '../dynamodb-service/responses.ts';
import type { TableFacts } from '../dynamodb-service/tables.ts';
import type { Backstage, Operation, Parameters } from './load-backstage.ts';
import { isCoolingDown, modifiedRecently, NAME_OR_ARN, tableOfResource } from './named-tables.ts';
import type { TableSettings } from './table-settings.ts';

export const POLICY_OPERATIONS: Readonly<Record<string, Operation>> = {
  PutResourcePolicy: putResourcePolicy,
  GetResourcePolicy: getResourcePolicy,
  DeleteResourcePolicy: deleteResourcePolicy,
};

const REVISION = { type: 'string', min: 1, max: 255 } as const;
/** https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_PutResourcePolicy.html: 20 KB with whitespace */
const MAX_POLICY_BYTES = 20 * 1024;

/** The same document again keeps its revision ID. */
async function putResourcePolicy(sent: Parameters, backstage: Backstage): Promise<unknown> {
  const { ResourceArn, Policy, ExpectedRevisionId } = conforming<{
    ResourceArn: string;
    Policy: string;
    ExpectedRevisionId?: string;
  }>(sent, {
    ResourceArn: NAME_OR_ARN,
    Policy: { type: 'string', required: true },
    ExpectedRevisionId: REVISION,
    ConfirmRemoveSelfResourceAccess: { type: 'boolean' },
  });
  const { settings, table } = await tableOfResource(ResourceArn, backstage);
  if (!isJsonObject(Policy) || Buffer.byteLength(Policy) > MAX_POLICY_BYTES) {
    throw invalid('Resource-based policy document is not valid');
  }
  checkRevision(ExpectedRevisionId, settings, table);
  if (settings.policy?.document !== Policy) {
    checkPolicyCooldown(settings, table, backstage);
    settings.policy = { document: Policy, revision: String(backstage.now()) };
    settings.changed.policyMs = backstage.now();
  }
  return { RevisionId: settings.policy?.revision };
}

async function getResourcePolicy(sent: Parameters, backstage: Backstage): Promise<unknown> {
  const { ResourceArn } = conforming<{ ResourceArn: string }>(sent, { ResourceArn: NAME_OR_ARN });
  const { settings } = await tableOfResource(ResourceArn, backstage);
  if (settings.policy === undefined) {
    throw policyNotFound(ResourceArn);
  }
  return { Policy: settings.policy.document, RevisionId: settings.policy.revision };
}

/** Deleting a policy that does not exist succeeds, without a revision ID. */
async function deleteResourcePolicy(sent: Parameters, backstage: Backstage): Promise<unknown> {
  const { ResourceArn, ExpectedRevisionId } = conforming<{ ResourceArn: string; ExpectedRevisionId?: string }>(sent, {
    ResourceArn: NAME_OR_ARN,
    ExpectedRevisionId: REVISION,
  });
  const { settings, table } = await tableOfResource(ResourceArn, backstage);
  checkRevision(ExpectedRevisionId, settings, table);
  if (settings.policy === undefined) return {};
  checkPolicyCooldown(settings, table, backstage);
  settings.policy = undefined;
  settings.changed.policyMs = backstage.now();
  return { RevisionId: String(backstage.now()) };
}

function checkRevision(expected: string | undefined, { policy }: TableSettings, { name }: TableFacts): void {
  if (expected === undefined || (expected === 'NO_POLICY' ? undefined : expected) === policy?.revision) return;
  const found =
    policy === undefined
      ? `but table ${name} does not have a policy`
      : `but the policy associated to target table ${name} has revision id ${policy.revision}`;
  throw policyNotFound(`Requested update for policy with revision id ${expected}, ${found}.`);
}

function policyNotFound(detail: string): Refusal {
  return new Refusal(
    'PolicyNotFoundException',
    `Resource-based policy not found for the provided ResourceArn: ${detail}`,
  );
}

function checkPolicyCooldown(settings: TableSettings, { name }: TableFacts, backstage: Backstage): void {
  if (isCoolingDown('policyMs', settings, backstage)) {
    throw modifiedRecently(`Resource-based policy for table ${name}`, 'policyMs', settings, backstage, '.');
  }
}

function isJsonObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null;
  } catch {
    return false;
  }
}
