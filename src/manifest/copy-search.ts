import { CopyError } from '../errors.ts';
import { remedies } from '../remedies.ts';
import type { PrefixTemplate } from './copy-folders.ts';
import { decideScope, readScanFacts } from './copy-scope.ts';
import type { CopySummary } from './copy-summary.ts';
import { startTimeOf } from './export-id.ts';
import type { CopyIdentity } from './layout.ts';
import { type CopyAccess, damagedCopy } from './open-copy.ts';
import { readTableManifest } from './read-table-manifest.ts';
import { formatNames, SkippedCopies } from './skipped-copies.ts';

/** The newest copy under a prefix: what `copy: latest` means. */
export interface LatestCopy {
  readonly template: PrefixTemplate;
  /** The snapshot time must be earlier than this time, not equal to it. */
  readonly before?: Date | undefined;
  /** Table of the copy. A name matches tables of all Regions and accounts, an ARN only one table. */
  readonly sourceTable?: { readonly name: string; readonly arn?: string } | undefined;
}

/** A manifest-summary.json, the error for an invalid one, or `incomplete` if there is none. */
export type SummaryState = CopySummary | CopyError | 'incomplete';

/**
 * Maximum time in milliseconds from the snapshot to the start of an export: the 35 days of point-in-time recovery, and
 * one day for clocks that differ.
 *
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/PointInTimeRecovery_Howitworks.html
 */
const MAX_SNAPSHOT_AGE = 36 * 24 * 3_600_000;

/** State of a search for the newest copy. The copies must be considered from the newest ID downwards. */
export class CopySearch {
  private readonly wanted: LatestCopy;
  private readonly access: CopyAccess;
  private readonly skipped = new SkippedCopies();
  private best: (CopyIdentity & CopySummary) | undefined;
  /** ARNs and names of the tables of all copies that match. */
  private readonly matching = new Map<string, string>();
  /** Names of the tables of copies that do not match `sourceTable`. */
  private readonly otherTables: string[] = [];
  /** Number of copies that are not earlier than `before`. */
  private later = 0;

  constructor(wanted: LatestCopy, access: CopyAccess) {
    this.wanted = wanted;
    this.access = access;
  }

  /** Returns false if the copy cannot change the result. */
  isRelevant({ exportId }: CopyIdentity): boolean {
    const { before, sourceTable } = this.wanted;
    const start = startTimeOf(exportId);
    if (before && start - MAX_SNAPSHOT_AGE >= before.getTime()) {
      this.later += 1;
      return false;
    }
    return sourceTable === undefined || this.canBeNewest(start);
  }

  async consider(copy: CopyIdentity, summary: SummaryState): Promise<void> {
    const start = startTimeOf(copy.exportId);
    const { before, sourceTable } = this.wanted;
    const isEarlyEnough = (time: number) => before === undefined || time < before.getTime();
    if (summary === 'incomplete') {
      if (isEarlyEnough(start)) this.skipped.add('incomplete', start);
    } else if (summary instanceof CopyError) {
      if (!this.canBeNewest(start)) return;
      // Its snapshot may be earlier than `before`, but its start is not. Otherwise, `before` could not exclude it.
      if (!isEarlyEnough(start)) this.skipped.add('damaged', start);
      else throw summary;
    } else if (sourceTable && summary.tableArn !== sourceTable.arn && !isNamed(summary, sourceTable)) {
      this.otherTables.push(summary.tableName);
    } else if (!isEarlyEnough(summary.snapshotTime.getTime())) {
      this.later += 1;
    } else if (summary.exportType === 'INCREMENTAL_EXPORT') {
      this.skipped.add('incremental', summary.snapshotTime.getTime());
    } else {
      await this.considerFull(copy, summary);
    }
  }

  private async considerFull(copy: CopyIdentity, summary: CopySummary): Promise<void> {
    const { tableArn, tableName, snapshotTime } = summary;
    const isNewest = this.canBeNewest(snapshotTime.getTime());
    // The scope of an older copy matters only if no copy of its table has matched.
    if (!isNewest && (this.wanted.sourceTable || this.matching.has(tableArn))) return;
    const facts = await this.readScopeFacts(copy, summary).catch((error: unknown) => {
      if (isNewest || !(error instanceof CopyError)) throw error;
      return undefined;
    });
    const stated = facts ? await decideScope(...facts, undefined) : 'unknown';
    // An export that may have been filtered could be the copy that the user expects, so its table counts.
    if (stated === 'table' || stated === 'unknown') this.matching.set(tableArn, tableName);
    if (!isNewest || !facts) return;
    const scope = await decideScope(...facts, this.access.describeExportScope);
    if (scope === 'table') this.best = { ...copy, ...summary };
    else this.skipped.add(scope, snapshotTime.getTime());
  }

  /** @throws {CopyError} COPY_NOT_FOUND, AMBIGUOUS_COPY */
  result(): { readonly copy: CopyIdentity; readonly skipped: string | undefined } {
    const { best, matching } = this;
    if (!best) throw this.notFound();
    if (this.wanted.sourceTable === undefined && matching.size > 1) {
      const names = [...matching.values()];
      const sameName = new Set(names).size < names.length ? ' Some are in different Regions or accounts.' : '';
      throw new CopyError(
        'AMBIGUOUS_COPY',
        `Copies of ${matching.size} tables exist in ${this.place()}: ${formatNames(names)}.${sameName}`,
        remedies.chooseSourceTable(sameName !== ''),
      );
    }
    return { copy: best, skipped: this.skipped.describe(best.snapshotTime) };
  }

  /** @param time start or snapshot time of a copy in milliseconds since 1970 */
  private canBeNewest(time: number): boolean {
    return this.best === undefined || time > this.best.snapshotTime.getTime();
  }

  /** Reads what the manifests of a copy state about its scope. */
  private async readScopeFacts(copy: CopyIdentity, summary: CopySummary) {
    const { bucket, signal } = this.access;
    const source = { bucket, signal, invalid: damagedCopy(bucket, copy) };
    const scan = await readScanFacts(source, copy);
    const table = scan ? undefined : await readTableManifest(source, copy, summary);
    return [scan, table?.scope, summary.exportArn] as const;
  }

  private notFound(): CopyError {
    const { before, sourceTable } = this.wanted;
    const ofTable = sourceTable ? ` of table ${sourceTable.name}` : '';
    const inTime = before ? ` with a snapshot time before ${before.toISOString()}` : '';
    const sentences = [
      `No complete copy${ofTable}${inTime} exists in ${this.place()}.`,
      this.skipped.describe(undefined),
      this.otherTables.length > 0 ? `Copies of other tables exist: ${formatNames(this.otherTables)}.` : undefined,
      this.later > 0 ? 'Copies with a later snapshot time exist.' : undefined,
    ];
    return new CopyError(
      'COPY_NOT_FOUND',
      sentences.filter((sentence) => sentence !== undefined).join(' '),
      remedies.changeSearch(this.skipped.has('unknown')),
    );
  }

  /** Returns the searched prefix, with `*` for placeholders. */
  private place(): string {
    const prefix = this.wanted.template.map((texts) => `${texts.join('*')}/`).join('');
    return `s3://${this.access.bucket.name}/${prefix}AWSDynamoDB/`;
  }
}

function isNamed({ tableName }: CopySummary, { name, arn }: { readonly name: string; readonly arn?: string }): boolean {
  return arn === undefined && tableName === name;
}
