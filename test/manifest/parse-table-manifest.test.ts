import assert from 'node:assert/strict';
import test, { suite } from 'node:test';
import { CopyError } from '../../src/errors.ts';
import { parseTableManifest } from '../../src/manifest/parse-table-manifest.ts';
import { type TableManifest, tableManifestJson } from '../../src/manifest/table-manifest.ts';

/** A manifest with every member. */
const MANIFEST: TableManifest = {
  describedAt: '2026-11-27T21:00:00.000Z',
  tableArn: 'arn:aws:dynamodb:eu-central-1:111111111111:table/orders',
  tableId: '8dee4e27-6be3-4358-9987-8b55b06a732e',
  scope: 'table',
  CreateTable: {
    TableName: 'orders',
    AttributeDefinitions: [
      { AttributeName: 'pk', AttributeType: 'S' },
      { AttributeName: 'sk', AttributeType: 'N' },
      { AttributeName: 'b', AttributeType: 'B' },
    ],
    KeySchema: [
      { AttributeName: 'pk', KeyType: 'HASH' },
      { AttributeName: 'sk', KeyType: 'RANGE' },
    ],
    LocalSecondaryIndexes: [
      {
        IndexName: 'local',
        KeySchema: [
          { AttributeName: 'pk', KeyType: 'HASH' },
          { AttributeName: 'b', KeyType: 'RANGE' },
        ],
        Projection: { ProjectionType: 'INCLUDE', NonKeyAttributes: ['x'] },
      },
    ],
    GlobalSecondaryIndexes: [
      {
        IndexName: 'global',
        KeySchema: [
          { AttributeName: 'b', KeyType: 'HASH' },
          { AttributeName: 'sk', KeyType: 'HASH' },
        ],
        Projection: { ProjectionType: 'ALL' },
        ProvisionedThroughput: { ReadCapacityUnits: 1, WriteCapacityUnits: 2 },
        OnDemandThroughput: { MaxReadRequestUnits: 3 },
      },
    ],
    VectorIndexes: [
      {
        IndexName: 'vector',
        VectorAttribute: { AttributeName: 'embedding' },
        SearchSchema: [{ AttributeName: 'pk', SearchSchemaElementType: 'HASH' }],
        Projection: { ProjectionType: 'KEYS_ONLY' },
        Dimensions: 8,
        DistanceFunction: 'COSINE',
      },
    ],
    BillingMode: 'PROVISIONED',
    ProvisionedThroughput: { ReadCapacityUnits: 5, WriteCapacityUnits: 6 },
    OnDemandThroughput: { MaxReadRequestUnits: 7, MaxWriteRequestUnits: 8 },
    StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_AND_OLD_IMAGES' },
    SSESpecification: { Enabled: true, SSEType: 'KMS', KMSMasterKeyId: 'arn:aws:kms:eu-central-1:111111111111:key/1' },
    TableClass: 'STANDARD',
    DeletionProtectionEnabled: true,
  },
  TimeToLive: { AttributeName: 'expires', Enabled: true },
  PointInTimeRecovery: { PointInTimeRecoveryEnabled: true, RecoveryPeriodInDays: 35 },
  Tags: [{ Key: 'team', Value: '' }],
  ResourcePolicy: '{"Version":"2012-10-17"}',
  unknown: ['Tags: not authorized to perform dynamodb:ListTagsOfResource'],
  notIncluded: ['auto scaling'],
};

/** A manifest with only what every table has. */
const SMALLEST: TableManifest = {
  describedAt: '2026-11-27T21:00:00Z',
  tableArn: 'arn:aws:dynamodb:ddblocal:000000000000:table/abc',
  tableId: null,
  scope: 'subset',
  CreateTable: {
    TableName: 'abc',
    AttributeDefinitions: [{ AttributeName: 'p\nk', AttributeType: 'S' }],
    KeySchema: [{ AttributeName: 'p\nk', KeyType: 'HASH' }],
    BillingMode: 'PAY_PER_REQUEST',
  },
  unknown: [],
  notIncluded: [],
};

suite('parseTableManifest', () => {
  for (const [title, manifest] of Object.entries({
    'every member': MANIFEST,
    'only required members': SMALLEST,
    'a disabled time to live and no resource policy': {
      ...SMALLEST,
      TimeToLive: { Enabled: false },
      PointInTimeRecovery: { PointInTimeRecoveryEnabled: false },
      Tags: [],
      ResourcePolicy: null,
    },
  } satisfies Record<string, TableManifest>)) {
    test(`returns what tableManifestJson has written, with ${title}`, () => {
      const json = tableManifestJson(manifest);
      assert.deepEqual(parseTableManifest(json), manifest);
      assert.deepEqual(tableManifestJson(parseTableManifest(json)), json);
    });
  }

  test('ignores members that it does not know', () => {
    const { CreateTable } = MANIFEST;
    const [first, ...others] = CreateTable.GlobalSecondaryIndexes ?? [];
    const extended = {
      ...MANIFEST,
      __proto__: null,
      future: { a: [1] },
      CreateTable: { ...CreateTable, Future: [], GlobalSecondaryIndexes: [{ ...first, Future: 1 }, ...others] },
    };
    assert.deepEqual(parseTableManifest(Buffer.from(JSON.stringify(extended))), MANIFEST);
  });

  for (const content of ['', '{', '[]', 'null', '"text"', '7', '\u0000', '['.repeat(200_000)]) {
    test(`rejects content that is not a JSON object: ${JSON.stringify(content.slice(0, 10))}`, () => {
      assertRejected(Buffer.from(content), 'is not a JSON object');
    });
  }

  test('names each member whose value has a wrong type', () => {
    const paths = pathsOf(MANIFEST);
    assert.ok(paths.length > 60, String(paths.length));
    for (const path of paths) {
      const [holder, name, changed] = holderOf(MANIFEST, path);
      for (const wrong of wrongValues(holder[name])) {
        holder[name] = wrong;
        const { message } = rejection(changed);
        const [, named = ''] = /^manifest-table\.json of the copy has a .* member: ([\w.[\]]+)\.$/.exec(message) ?? [];
        assert.equal(named, writtenPath(path), message);
      }
    }
  });

  test('names each required member that is missing', () => {
    for (const path of pathsOf(SMALLEST)) {
      const [holder, name, changed] = holderOf(SMALLEST, path);
      if (Array.isArray(holder)) holder.length = 0;
      else delete holder[name];
      const isOptional = path.join() === 'tableId';
      if (isOptional) parseTableManifest(Buffer.from(JSON.stringify(changed)));
      else assert.match(rejection(changed).message, /has a missing or invalid member: /, path.join());
    }
  });

  for (const [title, change, member] of [
    ['a date that does not exist', { describedAt: '2026-13-27T21:00:00Z' }, 'describedAt'],
    ['a scope that does not exist', { scope: 'all' }, 'scope'],
    ['an enabled time to live without an attribute', { TimeToLive: { Enabled: true } }, 'TimeToLive.AttributeName'],
    ['a text to log with a line break', { unknown: ['a\n::error::b'] }, 'unknown[0]'],
    [
      'a key attribute without a definition',
      { CreateTable: { ...SMALLEST.CreateTable, AttributeDefinitions: [] } },
      'CreateTable.KeySchema[0].AttributeName',
    ],
    [
      'a key schema without a partition key',
      { CreateTable: { ...SMALLEST.CreateTable, KeySchema: [{ AttributeName: 'p\nk', KeyType: 'RANGE' }] } },
      'CreateTable.KeySchema',
    ],
    ['a table with two partition keys', { CreateTable: withKeys('HASH', 'HASH') }, 'CreateTable.KeySchema'],
    // The check of lines has room for a few key attributes.
    [
      'a table with 32 key attributes',
      { CreateTable: withKeys('HASH', ...Array<'RANGE'>(31).fill('RANGE')) },
      'CreateTable.KeySchema',
    ],
    [
      'a table with one attribute as both keys',
      { CreateTable: { ...SMALLEST.CreateTable, KeySchema: bothKeysOf(SMALLEST) } },
      'CreateTable.KeySchema',
    ],
  ] as const) {
    test(`rejects ${title}`, () => {
      const { message } = rejection({ ...SMALLEST, ...change });
      assert.equal(message, `manifest-table.json of the copy has a missing or invalid member: ${member}.`);
    });
  }
});

/** Returns the smallest definition with these key attributes instead. */
function withKeys(...types: readonly ('HASH' | 'RANGE')[]) {
  return {
    ...SMALLEST.CreateTable,
    AttributeDefinitions: types.map((_, index) => ({ AttributeName: `k${index}`, AttributeType: 'S' })),
    KeySchema: types.map((KeyType, index) => ({ AttributeName: `k${index}`, KeyType })),
  };
}

function bothKeysOf({ CreateTable: { KeySchema = [] } }: TableManifest) {
  return (['HASH', 'RANGE'] as const).map((KeyType) => ({ ...KeySchema[0], KeyType }));
}

interface Container {
  [name: string]: unknown;
}

/** Returns the path of every value below an object or list, the outer ones first. */
function pathsOf(value: unknown, path: readonly string[] = []): string[][] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) => [[...path, name], ...pathsOf(inner, [...path, name])]);
}

function writtenPath(path: readonly string[]): string {
  return path.map((name, index) => (/^\d+$/.test(name) ? `[${name}]` : index === 0 ? name : `.${name}`)).join('');
}

/** Returns the object or list that contains a value, the name of the value, and the changeable copy that they are in. */
function holderOf(manifest: TableManifest, path: readonly string[]): [Container, string, unknown] {
  const changed = structuredClone(manifest) as unknown as Container;
  return [path.slice(0, -1).reduce((at, name) => at[name] as Container, changed), path.at(-1) ?? '', changed];
}

function wrongValues(value: unknown): unknown[] {
  if (Array.isArray(value)) return [7, true, 'text', { a: 1 }];
  if (typeof value === 'object') return [7, true, 'text', [{}]];
  if (typeof value === 'number') return [-1, 0.5, 1e300, '7', [7], { a: 7 }];
  if (typeof value === 'boolean') return [0, 'true', [true], { a: true }];
  return [7, false, ['text'], { a: 'text' }];
}

function rejection(manifest: unknown): CopyError {
  try {
    parseTableManifest(Buffer.from(JSON.stringify(manifest)));
  } catch (error) {
    assert.ok(error instanceof CopyError, String(error));
    assert.equal(error.code, 'EXPORT_MANIFEST_INVALID');
    return error;
  }
  throw new Error(`accepted ${JSON.stringify(manifest)}`);
}

function assertRejected(content: Buffer, what: string): void {
  assert.throws(() => parseTableManifest(content), {
    name: 'CopyError',
    code: 'EXPORT_MANIFEST_INVALID',
    message: `manifest-table.json of the copy ${what}.`,
  });
}
