import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DescribeExportCommand, ExportTableToPointInTimeCommand } from '@aws-sdk/client-dynamodb';
import { CopyObjectCommand } from '@aws-sdk/client-s3';
import { describeExportScope } from '../../src/export/describe-export-scope.ts';
import { checkDataObjects } from '../../src/manifest/data-objects.ts';
import { findCopy } from '../../src/manifest/find-copy.ts';
import { copyInFolder } from '../../src/manifest/layout.ts';
import { type CopyAccess, openCopy } from '../../src/manifest/open-copy.ts';
import { Bucket } from '../../src/s3/bucket.ts';
import { clientOfTable } from '../aws/clients-for-tests.ts';
import { openExportService } from '../emulators/export-service/export-service.ts';
import { itemsOf, openScanFixture } from '../scan/scan-fixture.ts';

const SIGNAL = AbortSignal.timeout(120_000);

describe('a copy by the scan engine', () => {
  for (const compression of ['gzip', 'zstd', 'none'] as const) {
    it(`with compression ${compression} is found, opened and checked`, async () => {
      await using fixture = await openScanFixture(itemsOf(50, 100));
      const { copy } = await fixture.run({ compression, fileSize: 1_000 });
      assert.ok(copy.stage === 'complete');
      const access = {
        bucket: new Bucket({ client: fixture.store.proxiedClient, name: fixture.bucket }),
        signal: SIGNAL,
      };
      const found = await findCopy({ template: [['', '']] }, access);
      const stored = await openCopy(found, access);
      assert.equal(stored.exportId, copy.exportId);
      assert.equal(stored.scope, 'table');
      assert.equal(stored.compression, compression);
      assert.equal(stored.itemCount, 50);
      assert.equal(stored.tableName, fixture.table);
      assert.deepEqual(stored.snapshotTime, copy.snapshotTime);
      assert.deepEqual(
        stored.files.map(({ key }) => key),
        copy.files.map(({ key }) => key),
      );
      assert.equal(stored.uncompressedBytes, copy.uncompressedBytes);
      assert.equal((await checkDataObjects(stored, access)).sizeBytes, stored.sizeBytes);
    });
  }

  it('is found, opened and checked after it was moved to another bucket and prefix', async () => {
    await using fixture = await openScanFixture(itemsOf(50, 100));
    const { store, bucket } = fixture;
    await fixture.run();
    const replica = await store.createBucket();
    for (const { key } of await store.list(bucket)) {
      const Key = key.replace(/^backups\//, 'moved/here/');
      await store.client.send(new CopyObjectCommand({ Bucket: replica, Key, CopySource: `${bucket}/${key}` }));
    }
    const access = { bucket: new Bucket({ client: store.proxiedClient, name: replica }), signal: SIGNAL };
    const stored = await openCopy(await findCopy({ template: [['moved'], ['here']] }, access), access);
    assert.ok(stored.files.every(({ key }) => key.startsWith('moved/here/AWSDynamoDB/')));
    assert.equal((await checkDataObjects(stored, access)).sizeBytes, stored.sizeBytes);
  });
});

describe('a native export of another tool', () => {
  it('is found by its description in DynamoDB, opened and checked, and an incremental export is not found', async () => {
    await using fixture = await openScanFixture(itemsOf(12, 10));
    const { source, store, table } = fixture;
    await using service = await openExportService({ source, store });
    using client = clientOfTable(service.endpoint);
    const exportTo = async (more: object): Promise<string> => {
      const request = { TableArn: service.tableArn(table), S3Bucket: fixture.bucket, S3Prefix: 'native', ...more };
      const { ExportDescription } = await client.send(new ExportTableToPointInTimeCommand(request));
      const { ExportArn = '' } = ExportDescription ?? {};
      await service.settle(ExportArn);
      const described = await client.send(new DescribeExportCommand({ ExportArn }));
      assert.equal(described.ExportDescription?.ExportStatus, 'COMPLETED');
      return ExportArn;
    };
    const HOUR = 3_600_000;
    const window = (hours: number) => new Date(service.clock.now() - hours * HOUR);
    const full = await exportTo({ ExportTime: window(2) });
    service.clock.advance(1_000);
    const incremental = await exportTo({
      ExportType: 'INCREMENTAL_EXPORT',
      IncrementalExportSpecification: { ExportFromTime: window(5), ExportToTime: window(4) },
    });
    const access: CopyAccess = {
      bucket: new Bucket({ client: store.proxiedClient, name: fixture.bucket }),
      describeExportScope: (arn) => describeExportScope(client, arn, SIGNAL),
      signal: SIGNAL,
    };
    const found = await findCopy({ template: [['native']] }, access);
    assert.equal(found.exportId, full.split('/').at(-1));
    const stored = await openCopy(found, access);
    assert.equal(stored.scope, 'table');
    assert.equal(stored.engine, 'export');
    assert.equal(stored.itemCount, 12);
    assert.ok((await checkDataObjects(stored, access)).sizeBytes > 0);

    const exportId = incremental.split('/').at(-1) ?? '';
    const root = `native/AWSDynamoDB/${exportId}/`;
    const increments = await openCopy(copyInFolder(root) ?? assert.fail(), access);
    assert.equal(increments.exportType, 'INCREMENTAL_EXPORT');
    assert.equal(increments.dataFolder, 'native/AWSDynamoDB/data/');
    await checkDataObjects(increments, access);
  });
});
