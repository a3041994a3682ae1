import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ionDecimal } from '../../emulators/export-service/export-ion.ts';
import { changeLine, itemLine } from '../../emulators/export-service/export-lines.ts';
import type { WireItem } from '../../fixtures/items.ts';
import { readIonLine } from '../../fixtures/read-ion.ts';

const NEW_IMAGE: WireItem = { test: { S: 'test2' }, pk: { S: '2' }, sk: { S: '1' } };
const KEYS: WireItem = { pk: { S: '2' }, sk: { S: '1' } };
const AT = 1_768_386_096_366;

test('the export emulator writes JSON lines like a real export', () => {
  const item: WireItem = { pk: { S: '1' }, sk: { S: '3' }, test2: { S: '2' }, test1: { S: '1' } };
  assert.equal(
    itemLine('DYNAMODB_JSON', item),
    '{"Item":{"pk":{"S":"1"},"sk":{"S":"3"},"test2":{"S":"2"},"test1":{"S":"1"}}}',
  );
  const inserted = { keys: KEYS, newImage: NEW_IMAGE, at: AT };
  assert.equal(
    changeLine('DYNAMODB_JSON', 'NEW_AND_OLD_IMAGES', inserted),
    '{"Metadata":{"WriteTimestampMicros":{"N":"1768386096366000"}},"Keys":{"pk":{"S":"2"},"sk":{"S":"1"}},"NewImage":{"pk":{"S":"2"},"sk":{"S":"1"},"test":{"S":"test2"}}}',
  );
  const before: WireItem = { '9': { S: 'x' }, '10': { S: 'y' }, ...KEYS };
  const changed = { ...inserted, oldImage: before };
  assert.match(
    changeLine('DYNAMODB_JSON', 'NEW_AND_OLD_IMAGES', changed),
    /"OldImage":\{"10":\{"S":"y"\},"9":\{"S":"x"\},"pk":\{"S":"2"\},"sk":\{"S":"1"\}\},"NewImage":\{"pk"/,
  );
  assert.equal(changeLine('DYNAMODB_JSON', 'NEW_IMAGE', changed), changeLine('DYNAMODB_JSON', 'NEW_IMAGE', inserted));
  const deleted = { keys: KEYS, oldImage: before, at: AT };
  assert.match(changeLine('DYNAMODB_JSON', 'NEW_IMAGE', deleted), /"Keys":\{"pk":\{"S":"2"\},"sk":\{"S":"1"\}\}\}$/);
});

test('the export emulator writes Ion lines like the AWS documentation', () => {
  const item: WireItem = {
    Authors: { SS: ['Author1', 'Author2'] },
    ISBN: { S: '333-3333333333' },
    Id: { N: '103' },
    InPublication: { BOOL: false },
    PageCount: { N: '600' },
    Price: { N: '2000' },
  };
  assert.equal(
    itemLine('ION', item),
    '$ion_1_0 {Item:{Authors:$dynamodb_SS::["Author1","Author2"],ISBN:"333-3333333333",Id:103.,InPublication:false,PageCount:6d2,Price:2d3}}',
  );
  assert.equal(
    changeLine('ION', 'NEW_AND_OLD_IMAGES', { keys: { pk: { S: '2' } }, newImage: { pk: { S: '2' } }, at: AT }),
    '$ion_1_0 {Record:{Keys:{pk:"2"},Metadata:{WriteTimestampMicros:1768386096366d3},NewImage:{pk:"2"}}}',
  );
  const decimals = ['0', '103', '-600', '1.50', '0.000001', '0.0000001', '-12300', '0.5', '123.456', '1e-130'];
  assert.deepEqual(decimals.map(ionDecimal), [
    '0.',
    '103.',
    '-6d2',
    '1.5',
    '0.000001',
    '1d-7',
    '-123d2',
    '0.5',
    '123.456',
    '1d-130',
  ]);
});

test('readIonLine reads the Ion lines of the export emulator and rejects other lines', () => {
  const item: WireItem = {
    pk: { S: 'quote " and \\ and \' and \n\t\u0001\u0085\u2028 and 🎁' },
    null: { NULL: true },
    "it's": { BOOL: true },
    '10': { N: '0.00000000000000000000012' },
    $10: { N: '-12345678901234567890123456789012345678' },
    big: { N: `9${'0'.repeat(125)}` },
    '': { B: 'AAEC/+8=' },
    sets: { L: [{ NS: ['3', '0.5', '600'] }, { BS: ['AA=='] }, { SS: ['', '"'] }, { L: [] }, { M: {} }] },
    map: { M: { 'a.b': { M: { nan: { S: '' } } } } },
  };
  assert.deepEqual(readIonLine(itemLine('ION', item), 'Item'), item);
  assert.throws(() => readIonLine('{Item:{}}', 'Item'), /does not start with the Ion version marker/);
  assert.throws(() => readIonLine('$ion_1_0 {Record:{}}', 'Item'), /The line is not \{Item:\{\.\.\.\}\}/);
  assert.throws(() => readIonLine('$ion_1_0 {Item:{}} {Item:{}}', 'Item'), /The line is not/);
  assert.throws(() => readIonLine('$ion_1_0 {Item:{a:103}}', 'Item'), /DynamoDB does not support the Ion type int/);
});
