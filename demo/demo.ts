// `npm run demo`: runs the Action on a machine that has only Node. Starts an embedded DynamoDB and an embedded S3,
// creates a table of 10,000 orders, runs one step the way a GitHub runner does, and prints the result.
//
// `npm run demo -- --verify` also compares the copy with the table, damages the copy, and changes the table.
//
// `npm run demo -- --restore` then deletes the table, restores it from the copy, and compares every item.
//
// `npm run demo -- --export` uses the export engine instead of the scan engine. Only AWS implements exports, so the demo
// uses the simulated export service of the tests, in front of the embedded DynamoDB.
import { openExportService } from '../test/emulators/export-service/export-service.ts';
import { openSource } from '../test/emulators/source.ts';
import { openStore } from '../test/emulators/store.ts';
import { assertSameItems } from '../test/fixtures/items.ts';
import { readCopy } from '../test/fixtures/read-copy.ts';
import { runAction } from '../test/runner/runner.ts';
import { orders } from './orders.ts';
import { restoreDeletedTable } from './restore.ts';
import { aligned, bytes, heading, indented, kept, say, seconds, shownLog, table } from './show.ts';
import { verifyAndDamage } from './verify.ts';

const ITEMS = 10_000;
const EXPORT_TAKES_MS = 2_500;
const exporting = process.argv.includes('--export');
const INPUTS = {
  'dynamodb-table-name': 'orders',
  's3-bucket-name': 'backups',
  's3-key-prefix': 'nightly/{date}',
  ...(exporting ? { 'point-in-time-export': 'true', 'check-interval': '1' } : { 'total-segments': '4' }),
};

const startedAt = performance.now();
say('DynamoDB to S3: copies a DynamoDB table to S3 without loss.');

heading('Source table');
await using source = await openSource('dynalite');
await using store = await openStore('fauxqs');
await source.createTable([...orders(ITEMS)], {
  TableName: INPUTS['dynamodb-table-name'],
  KeySchema: [
    { AttributeName: 'pk', KeyType: 'HASH' },
    { AttributeName: 'sk', KeyType: 'RANGE' },
  ],
  AttributeDefinitions: [
    { AttributeName: 'pk', AttributeType: 'S' },
    { AttributeName: 'sk', AttributeType: 'S' },
  ],
});
await store.createBucket(INPUTS['s3-bucket-name']);
await using service = exporting
  ? await openExportService({ source, store, settleAfterMs: EXPORT_TAKES_MS })
  : undefined;
say(`Table orders in an embedded DynamoDB at ${source.endpoint}: ${ITEMS.toLocaleString('en')} items`);
say(`Bucket backups in an embedded S3 at ${store.endpoint}: empty`);
say('No data leaves this machine.');
if (service !== undefined) {
  say(`Simulated export service at ${service.endpoint}: exports take seconds instead of minutes.`);
  say('Point-in-time recovery of the table is enabled.');
}

heading('Workflow step');
say(indented(`- id: copy\n  uses: ./\n  with:\n${aligned(INPUTS, '    ')}`));

heading('Log of the step');
await using run = await runAction({
  entry: 'dist/index.js',
  inputs: INPUTS,
  env: { ...source.env, ...store.env, ...service?.env },
});
say(shownLog(run.log));
if (run.exitCode !== 0) {
  say(run.stderr);
  throw new Error(`The step failed with exit code ${run.exitCode}`);
}

heading('Outputs of the step');
say(table(Object.entries(run.outputs).map(([name, value]) => [`steps.copy.outputs.${name}`, kept(value, 90)])));

heading('Job summary (Markdown that GitHub renders)');
say(indented(run.summary.trim()));

heading('Objects in the bucket');
const copy = await readCopy(store, INPUTS['s3-bucket-name'], run.outputs['manifest-key'] ?? '', {
  writer: exporting ? 'dynamodb' : 'scan',
});
const objects = await store.list(INPUTS['s3-bucket-name']);
say(table(objects.map(({ key, size }) => [bytes(size), key])));

const object = copy.objects.find(({ itemCount }) => itemCount > 0);
const [item] = copy.items();
if (object === undefined || item === undefined) {
  throw new Error('The copy has no items');
}
heading(`First line of ${object.dataFileS3Key.replace(/^.*\//, '')}, decompressed`);
say(indented(object.lines[0] ?? ''));
say('\n  The item in this line:');
say(table(Object.entries(item).map(([name, value]) => [name, JSON.stringify(value)])));

heading('Verification');
const original = await source.readItems(INPUTS['dynamodb-table-name']);
assertSameItems(copy.items(), original);
say(`Read from the bucket: ${copy.items().length.toLocaleString('en')} items in ${copy.objects.length} objects`);
say('All checksums, counts and keys in the manifests match. All items are identical to those in the table.');
if (process.argv.includes('--verify')) {
  const { 's3-bucket-name': bucket, 'dynamodb-table-name': copied } = INPUTS;
  await verifyAndDamage({ source, store, bucket, copyUri: run.outputs['s3-uri'] ?? '', table: copied });
}
if (process.argv.includes('--restore')) {
  await restoreDeletedTable({ source, store, copyUri: run.outputs['s3-uri'] ?? '', table: 'orders', original });
}
say(`\nThe demo took ${seconds(performance.now() - startedAt)}. To copy your own tables, see README.md.`);
