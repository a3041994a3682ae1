import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { listCopies, matchesFolder } from '../../src/manifest/copy-folders.ts';
import { s3Error } from '../emulators/faults.ts';
import { integer, seeded } from '../fixtures/random-pages.ts';
import { EPOCH, exportIdAt, openCopyBucket } from './stored-copies.ts';

const SIGNAL = AbortSignal.timeout(60_000);

describe('a folder name', () => {
  for (const [name, texts, matches] of [
    ['a', ['a'], true],
    ['ab', ['a'], false],
    ['', [''], true],
    ['a', ['', ''], true],
    ['', ['', ''], false],
    ['a-1', ['a-', ''], true],
    ['a-', ['a-', ''], false],
    ['1-z', ['', '-z'], true],
    ['-z', ['', '-z'], false],
    ['aa', ['a', 'a'], false],
    ['aba', ['a', 'a'], true],
    ['ab', ['', '', ''], true],
    ['a', ['', '', ''], false],
    ['x-y', ['', '-', ''], true],
    ['x--y', ['', '-', ''], true],
    ['-y', ['', '-', ''], false],
    ['x-', ['', '-', ''], false],
    ['2026-01-02', ['', '-', '-', ''], true],
    ['2026-01', ['', '-', '-', ''], false],
    ['a.b', ['a', 'b'], true],
  ] as const) {
    it(`${JSON.stringify(name)} ${matches ? 'matches' : 'does not match'} ${JSON.stringify(texts)}`, () =>
      assert.equal(matchesFolder(name, texts), matches));
  }

  it('matches the same templates as a regular expression', () => {
    const random = seeded(7);
    const text = (max: number) =>
      Array.from({ length: integer(random, 0, max) }, () => 'ab'[integer(random, 0, 1)]).join('');
    let matched = 0;
    for (let i = 0; i < 20_000; i += 1) {
      const texts = Array.from({ length: integer(random, 1, 4) }, () => text(2));
      const name = text(9);
      const expected = new RegExp(`^${texts.join('.+')}$`).test(name);
      assert.equal(matchesFolder(name, texts), expected, JSON.stringify([name, texts]));
      if (expected) matched += 1;
    }
    assert.ok(matched > 1_000, `${matched} of the names match`);
  });

  it('that needs many comparisons is matched within a second', () => {
    const texts = ['', ...Array.from({ length: 8 }, () => 'a'), 'b'];
    const started = performance.now();
    assert.equal(matchesFolder('a'.repeat(1_000), texts), false);
    assert.ok(performance.now() - started < 1_000);
  });
});

describe('listCopies', () => {
  const id = exportIdAt(EPOCH);

  /** Writes empty objects and lists the copies under a template. */
  async function listIn(keys: readonly string[], template: readonly (readonly string[])[]) {
    await using fixture = await openCopyBucket();
    for (const key of keys) await fixture.put(key, '');
    const copies = await listCopies(fixture.bucket, template, SIGNAL);
    const listed = fixture.store.requests.map(({ query }) => `${query.get('prefix')} ${query.get('delimiter')}`);
    return { roots: copies.map(({ layout }) => layout.root).sort(), listed: listed.sort() };
  }

  it('lists only the folder of the copies if the template has no placeholders', async () => {
    const keys = [`a/b/AWSDynamoDB/${id}/_started`, `a/AWSDynamoDB/${id}/_started`, `a/b/c/AWSDynamoDB/${id}/_started`];
    const { roots, listed } = await listIn(keys, [['a'], ['b']]);
    assert.deepEqual(roots, [`a/b/AWSDynamoDB/${id}/`]);
    assert.deepEqual(listed, ['a/b/AWSDynamoDB/ /']);
  });

  it('finds copies without a prefix', async () => {
    const { roots } = await listIn([`AWSDynamoDB/${id}/_started`, `a/AWSDynamoDB/${id}/_started`], []);
    assert.deepEqual(roots, [`AWSDynamoDB/${id}/`]);
  });

  it('does not take other folders and objects beside the copies for copies', async () => {
    const other = `${id}0`;
    const keys = [
      ...['data/a.json.gz', '_resume/x/run.json', `${other}/_started`, `x${id}/_started`, `${id}.txt`, 'a.txt'],
      `${id}/_started`,
    ].map((key) => `p/AWSDynamoDB/${key}`);
    assert.deepEqual((await listIn(keys, [['p']])).roots, [`p/AWSDynamoDB/${id}/`]);
  });

  it('descends only into folders that match the template', async () => {
    const keys = ['b/orders-1/x', 'b/orders-2/x', 'b/orders-/x', 'b/users-1/x', 'b/orders-3/y/x', 'c/orders-1/x'].map(
      (folder) => `${folder}/AWSDynamoDB/${id}/_started`,
    );
    const { roots, listed } = await listIn(keys, [['b'], ['orders-', ''], ['x']]);
    const found = ['b/orders-1/x', 'b/orders-2/x'].map((folder) => `${folder}/AWSDynamoDB/`);
    assert.deepEqual(
      roots,
      found.map((folder) => `${folder}${id}/`),
    );
    assert.deepEqual(
      listed,
      [...found, 'b/orders-3/x/AWSDynamoDB/', 'b/orders-'].map((prefix) => `${prefix} /`).sort(),
    );
  });

  it('never descends if a store ignores the delimiter', async () => {
    await using fixture = await openCopyBucket();
    await fixture.put(`p/AWSDynamoDB/${id}/data/a`, '');
    const listing = (prefix: string) =>
      Buffer.from(
        `<?xml version="1.0"?><ListBucketResult><Name>b</Name><KeyCount>1</KeyCount><IsTruncated>false</IsTruncated><CommonPrefixes><Prefix>${prefix}</Prefix></CommonPrefixes></ListBucketResult>`,
      );
    fixture.store.inject(() => ({
      httpResponse: { status: 200, headers: {}, body: listing(`p/AWSDynamoDB/${id}/data/`) },
    }));
    assert.deepEqual(await listCopies(fixture.bucket, [['p']], SIGNAL), []);
  });

  it('fails if the role is not authorized to list the bucket', async () => {
    await using fixture = await openCopyBucket();
    fixture.store.inject(() => s3Error('AccessDenied', 403));
    await assert.rejects(listCopies(fixture.bucket, [['p']], SIGNAL), { name: 'AccessDenied' });
  });
});
