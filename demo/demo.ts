// `npm run demo`: the Action's main job on a machine with nothing but Node. An embedded DynamoDB and an embedded S3, a
// table of 10,000 orders, one step run as a GitHub runner runs it, and what that step leaves behind.
//
// `npm run demo -- --export` lets DynamoDB export the table instead of scanning it. No server but AWS's own does that:
// there it is the double that the tests use, in front of the embedded DynamoDB.
import { openExportService } from '../test/support/export-service/export-service.ts';
import { assertSameItems } from '../test/support/items.ts';
import { readCopy } from '../test/support/read-copy.ts';
import { runAction } from '../test/support/runner.ts';
import { openSource } from '../test/support/source.ts';
import { openStore } from '../test/support/store.ts';
import { orders } from './orders.ts';
import { aligned, bytes, heading, indented, kept, say, seconds, shownLog, table } from './show.ts';

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
say('DynamoDB to S3: copies a DynamoDB table to S3, exactly.');

heading('A table to copy');
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
say(`An embedded DynamoDB at ${source.endpoint} holds the table orders, ${ITEMS.toLocaleString('en')} items;`);
say(`an embedded S3 at ${store.endpoint} holds the empty bucket backups. Nothing leaves this machine.`);
if (service !== undefined) {
  say(`Exports are made by a stand-in for DynamoDB's export service at ${service.endpoint}, in seconds instead of`);
  say('minutes; point-in-time recovery of the table is on.');
}

heading('The step');
say(indented(`- id: copy\n  uses: ./\n  with:\n${aligned(INPUTS, '    ')}`));

heading('Its log, as GitHub shows it');
await using run = await runAction({
  entry: 'dist/index.js',
  inputs: INPUTS,
  env: { ...source.env, ...store.env, ...service?.env },
});
say(shownLog(run.log));
if (run.exitCode !== 0) {
  say(run.stderr);
  throw new Error(`the step failed with exit code ${run.exitCode}`);
}

heading('Its outputs, for the steps after it');
say(table(Object.entries(run.outputs).map(([name, value]) => [`steps.copy.outputs.${name}`, kept(value, 90)])));

heading('Its job summary (Markdown, rendered by GitHub)');
say(indented(run.summary.trim()));

heading('What lies in the bucket now');
const copy = await readCopy(store, INPUTS['s3-bucket-name'], run.outputs['manifest-key'] ?? '', {
  writer: exporting ? 'dynamodb' : 'scan',
});
const objects = await store.list(INPUTS['s3-bucket-name']);
say(table(objects.map(({ key, size }) => [bytes(size), key])));

const object = copy.objects.find(({ itemCount }) => itemCount > 0);
const [item] = copy.items();
if (object === undefined || item === undefined) {
  throw new Error('the copy holds nothing');
}
heading(`The first line of ${object.dataFileS3Key.replace(/^.*\//, '')}, unzipped`);
say(indented(object.lines[0] ?? ''));
say('\n  ... which is this item:');
say(table(Object.entries(item).map(([name, value]) => [name, JSON.stringify(value)])));

heading('Is it all there?');
assertSameItems(copy.items(), await source.readItems(INPUTS['dynamodb-table-name']));
say(`Read back from the bucket: ${copy.items().length.toLocaleString('en')} items in ${copy.objects.length} objects.`);
say('Every checksum, count and key in the manifests fits, and every item is the table’s, digit for digit.');
say(`\nThat took ${seconds(performance.now() - startedAt)}. README.md tells how to use it on a table of yours.`);
