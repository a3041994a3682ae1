// Import this first: it sets the time scale.
import '../aws/shorter-waits.ts';
import assert from 'node:assert/strict';
import test, { suite } from 'node:test';
import type { ExportDescription, TableDescription } from '@aws-sdk/client-dynamodb';
import { writeDefinition } from '../../src/export/write-definition.ts';
import { copyLayout } from '../../src/manifest/layout.ts';
import { parseTableManifest } from '../../src/manifest/parse-table-manifest.ts';
import { Bucket } from '../../src/s3/bucket.ts';
import { clientOfBucket } from '../aws/clients-for-tests.ts';
import { type Fault, s3Error } from '../emulators/faults.ts';
import { openStore } from '../emulators/store.ts';
import { RespondingClient, serviceError } from './responding-client.ts';

const TABLE: TableDescription & { TableArn: string } = {
  TableName: 'orders',
  TableArn: 'arn:aws:dynamodb:us-east-1:111111111111:table/orders',
  TableId: '8dee4e27-6be3-4358-9987-8b55b06a732e',
  AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
  KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
};

const LAYOUT = copyLayout('nightly', '01715685260608-c488b4e1');

/** Writes the definition of an export. Returns the content of the object, if it exists, and what was logged. */
async function write(
  change: Omit<ExportDescription, 'ExportArn'>,
  { fault, existing, scope = 'table' as const }: { fault?: Fault; existing?: string; scope?: 'table' | 'subset' } = {},
) {
  await using store = await openStore();
  const name = await store.createBucket();
  using s3 = clientOfBucket(store.endpoint);
  const bucket = new Bucket({ client: s3, name });
  const signal = new AbortController().signal;
  if (existing !== undefined) {
    await bucket.put({ key: LAYOUT.manifestTable, body: Buffer.from(existing), parameters: {} }, signal);
  }
  store.inject(() => fault);
  const client = new RespondingClient(() => {
    throw serviceError('AccessDeniedException');
  });
  const logged: string[] = [];
  const log = (kind: string) => (line: string) => void logged.push(`${kind}: ${line}`);
  const logger = { info: () => {}, notice: log('notice'), warning: log('warning') };
  const request = { tableName: 'orders', tableArn: TABLE.TableArn, table: TABLE, scope, parameters: {} };
  const description = { ExportArn: `${TABLE.TableArn}/export/1`, TableId: TABLE.TableId, ...change };
  await writeDefinition({ client, bucket, logger, signal }, request, description, { layout: LAYOUT });
  store.inject();
  const isWritten = (await store.list(name)).some(({ key }) => key === LAYOUT.manifestTable);
  return { content: isWritten ? (await store.read(name, LAYOUT.manifestTable)).toString() : undefined, logged };
}

suite('writeDefinition', () => {
  for (const [title, change, scope, expected] of [
    ['table for a full export', {}, 'table', 'table'],
    ['subset if the inputs describe a subset', {}, 'subset', 'subset'],
    ['subset for an export that was found with a filter', { FilterSpecification: {} }, 'table', 'subset'],
    ['subset for an incremental export', { IncrementalExportSpecification: {} }, 'table', 'subset'],
  ] as const) {
    test(`writes the scope ${title}`, async () => {
      const { content = '', logged } = await write({ ...change, ExportStatus: 'IN_PROGRESS' }, { scope });
      assert.equal(parseTableManifest(Buffer.from(content)).scope, expected);
      assert.deepEqual(logged, []);
    });
  }

  test('writes nothing for a failed export', async () => {
    assert.deepEqual(await write({ ExportStatus: 'FAILED' }), { content: undefined, logged: [] });
  });

  test('writes nothing if the table was re-created after the export was started', async () => {
    const { content, logged } = await write({ TableId: 'another' });
    assert.equal(content, undefined);
    assert.equal(logged.length, 1);
    assert.match(
      logged[0] ?? '',
      /^notice: manifest-table\.json was not written: the table was deleted and re-created/,
    );
  });

  test('keeps the object of an earlier attempt without a message', async () => {
    assert.deepEqual(await write({}, { existing: 'earlier' }), { content: 'earlier', logged: [] });
  });

  for (const [title, fault, message] of [
    [
      'denies',
      s3Error('AccessDenied', 403, 'raw text'),
      /not authorized to perform s3:PutObject on s3:\/\/.*table\.json/,
    ],
    ['rejects', s3Error('InvalidRequest', 400, 'raw text'), /S3 did not store it in s3:\/\//],
    ['does not respond to', 'hang', /S3 did not store it in s3:\/\//],
  ] as const) {
    test(`logs a warning without the text of S3 if S3 ${title} the request`, async () => {
      const { content, logged } = await write({}, { fault });
      assert.equal(content, undefined);
      assert.equal(logged.length, 1);
      assert.match(logged[0] ?? '', /^warning: manifest-table\.json was not written: /);
      assert.match(logged[0] ?? '', message);
      assert.doesNotMatch(logged[0] ?? '', /raw text/);
    });
  }
});
