import type { CreateTableInput, Tag } from '@aws-sdk/client-dynamodb';
import type { Scope } from './layout.ts';

/** Settings of a table that CreateTable does not take, as far as the role is allowed to read them. */
export interface TableSettings {
  /** Undefined if unknown. `AttributeName` is missing if time to live (TTL) is disabled. */
  readonly TimeToLive?: { readonly AttributeName?: string; readonly Enabled: boolean };
  /** Undefined if unknown. */
  readonly PointInTimeRecovery?: {
    readonly PointInTimeRecoveryEnabled: boolean;
    readonly RecoveryPeriodInDays?: number;
  };
  /** Undefined if unknown. */
  readonly Tags?: readonly Required<Tag>[];
  /** The JSON of the policy; null if the table has none, undefined if unknown. */
  readonly ResourcePolicy?: string | null;
  /** What is missing above although the table may have it, and why: `Tags: not authorized to perform ...`. */
  readonly unknown: readonly string[];
}

/** Contents of manifest-table.json: what is needed to create a table like the one that was copied. */
export interface TableManifest extends TableSettings {
  /** Time of the description, in ISO 8601. For an export, it can be later than the time that the export represents. */
  readonly describedAt: string;
  readonly tableArn: string;
  /** Null for servers that report none. */
  readonly tableId: string | null;
  readonly scope: Scope;
  /** Input of `aws dynamodb create-table --cli-input-json`. */
  readonly CreateTable: CreateTableInput;
  /** Settings that the Action does not read. */
  readonly notIncluded: readonly string[];
}

/** Returns the content of manifest-table.json. The order of the members is stable. */
export function tableManifestJson(manifest: TableManifest): Buffer {
  const { describedAt, tableArn, tableId, scope, CreateTable } = manifest;
  const { TimeToLive, PointInTimeRecovery, Tags, ResourcePolicy, unknown, notIncluded } = manifest;
  return Buffer.from(
    JSON.stringify({
      ...{ describedAt, tableArn, tableId, scope, CreateTable },
      ...{ TimeToLive, PointInTimeRecovery, Tags, ResourcePolicy, unknown, notIncluded },
    }),
  );
}
