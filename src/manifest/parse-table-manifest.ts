import { CopyError } from '../errors.ts';
import { MalformedJson, StrictJson } from '../strict-json.ts';
import { SCOPES } from './layout.ts';
import { ATTRIBUTE_NAME, readCreateTable } from './read-create-table.ts';
import type { TableManifest } from './table-manifest.ts';

/**
 * Reads manifest-table.json, which anyone with write access to the bucket can have changed. Members that this version
 * does not know are ignored. DynamoDB checks the values of `CreateTable` against each other.
 *
 * @throws {CopyError} EXPORT_MANIFEST_INVALID if it is not valid; names the first member that is missing or invalid
 */
export function parseTableManifest(content: Buffer): TableManifest {
  try {
    return readManifest(StrictJson.parse(content));
  } catch (error) {
    if (!(error instanceof MalformedJson)) throw error;
    const what = error.path === '' ? 'is not a JSON object' : `has a missing or invalid member: ${error.path}`;
    throw new CopyError(
      'EXPORT_MANIFEST_INVALID',
      `manifest-table.json of the copy ${what}.`,
      'If the bucket is versioned, restore the first version of the object. Otherwise, correct the member.',
      { cause: error },
    );
  }
}

function readManifest(file: StrictJson): TableManifest {
  const timeToLive = file.member('TimeToLive').optional(readTimeToLive);
  const recovery = file.member('PointInTimeRecovery').optional(readRecovery);
  const tags = file.member('Tags').optional((all) => all.list(readTag));
  const policy = file.member('ResourcePolicy').optional((text) => text.text(ANY_TEXT));
  return {
    describedAt: readTime(file.member('describedAt')),
    tableArn: file.member('tableArn').text(/^arn:[\w-]+:dynamodb:[\w-]*:\d{12}:table\/[\w.-]{3,255}$/),
    tableId: file.member('tableId').optional((id) => id.text(/^[\w-]{1,64}$/)) ?? null,
    scope: file.member('scope').oneOf(SCOPES),
    CreateTable: readCreateTable(file.member('CreateTable')),
    ...(timeToLive && { TimeToLive: timeToLive }),
    ...(recovery && { PointInTimeRecovery: recovery }),
    ...(tags && { Tags: tags }),
    // Null and a missing member differ: the table has no policy, or it is unknown whether it has one.
    ...(Object.hasOwn(file.members(), 'ResourcePolicy') && { ResourcePolicy: policy ?? null }),
    unknown: file.member('unknown').list((reason) => reason.text(ONE_LINE)),
    notIncluded: file.member('notIncluded').list((setting) => setting.text(ONE_LINE)),
  };
}

/** Text that may be logged. */
const ONE_LINE = /^\P{Cc}{1,300}$/u;
const ANY_TEXT = /./;

function readTime(from: StrictJson): string {
  const time = from.text(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z$/);
  if (Number.isNaN(Date.parse(time))) throw from.malformed();
  return time;
}

function readTimeToLive(from: StrictJson): NonNullable<TableManifest['TimeToLive']> {
  const Enabled = from.member('Enabled').boolean();
  const name = from.member('AttributeName');
  if (Enabled) return { AttributeName: name.text(ATTRIBUTE_NAME), Enabled };
  const AttributeName = name.optional((text) => text.text(ATTRIBUTE_NAME));
  return { ...(AttributeName !== undefined && { AttributeName }), Enabled };
}

function readRecovery(from: StrictJson): NonNullable<TableManifest['PointInTimeRecovery']> {
  const RecoveryPeriodInDays = from.member('RecoveryPeriodInDays').optional((days) => days.integer(1));
  return {
    PointInTimeRecoveryEnabled: from.member('PointInTimeRecoveryEnabled').boolean(),
    ...(RecoveryPeriodInDays !== undefined && { RecoveryPeriodInDays }),
  };
}

function readTag(from: StrictJson): { readonly Key: string; readonly Value: string } {
  return { Key: from.member('Key').text(/^.{1,128}$/su), Value: from.member('Value').text() };
}
