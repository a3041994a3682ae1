import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AttributeDefinition } from '@aws-sdk/client-dynamodb';
import { keyDefinitions } from '../../src/manifest/key-definitions.ts';

const AttributeDefinitions: AttributeDefinition[] = [
  { AttributeName: 'status', AttributeType: 'S' },
  { AttributeName: 'pk', AttributeType: 'B' },
  { AttributeName: 'sk', AttributeType: 'N' },
];

test('keyDefinitions returns the partition key first, and no keys of indexes', () => {
  const KeySchema = [
    { AttributeName: 'sk', KeyType: 'RANGE' as const },
    { AttributeName: 'pk', KeyType: 'HASH' as const },
  ];
  assert.deepEqual(keyDefinitions({ KeySchema, AttributeDefinitions }), [
    { name: 'pk', type: 'B' },
    { name: 'sk', type: 'N' },
  ]);
});

test('keyDefinitions leaves out an attribute without a type', () => {
  assert.deepEqual(keyDefinitions({ KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }], AttributeDefinitions }), []);
  assert.deepEqual(keyDefinitions({}), []);
});
