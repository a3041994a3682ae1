import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { dirname } from 'node:path';
import { before, describe, it } from 'node:test';
import { FORMATS } from '../../src/format/formats.ts';
import { itemResults } from '../../src/transform/item-results.ts';
import { loadTransform } from '../../src/transform/load-transform.ts';
import { TEXT_RESULTS } from '../../src/transform/result-encoder.ts';
import { transformLines } from '../../src/transform/transform-lines.ts';

const PROJECT = dirname(dirname(import.meta.dirname));

/** Returns the output of the example for items in DynamoDB JSON, with its header and extension. */
async function outputOf(example: string, ...items: readonly object[]) {
  const module = await loadTransform(`examples/process-func/${example}`, PROJECT);
  const lines = Buffer.from(items.map((Item) => `${JSON.stringify({ Item })}\n`).join(''));
  const context = { table: 'customers', segment: 0, runId: '' };
  const results = module.output === 'item' ? itemResults(FORMATS.DYNAMODB_JSON.transcode, []) : TEXT_RESULTS;
  const { bytes } = await transformLines(lines, { module, results }, context, new AbortController().signal);
  return { header: module.header?.toString(), extension: module.extension, text: bytes.toString() };
}

describe('mask-personal-fields.mjs', () => {
  const KEY = 'a key that only this test uses for pseudonyms';

  before(() => {
    process.env['MASKING_KEY'] = KEY;
  });

  /** Returns the masked item in DynamoDB JSON. */
  async function masked(item: object): Promise<Record<string, object>> {
    const { text } = await outputOf('mask-personal-fields.mjs', item);
    return (JSON.parse(text) as { Item: Record<string, object> }).Item;
  }

  const pseudonym = (text: string) => createHmac('sha256', KEY).update(text).digest('hex').slice(0, 24);

  it('masks names and addresses and removes phone numbers at every level', async () => {
    const person = {
      name: { S: 'Ada' },
      'First-Name': { L: [{ S: 'Ada' }, { BOOL: true }, { N: '4711' }] },
      e_mail: { S: 'ada@example.com' },
      email: { SS: ['ada@example.com', ''] },
      EmailAddress: { M: { home: { S: 'ada@example.com' }, codes: { NS: ['4711'] }, scan: { B: 'QWRh' } } },
      phone: { S: '4711' },
      'Mobile Phone': { N: '4711' },
    };
    const { id, orders, ...rest } = await masked({
      id: { S: 'c1' },
      ...person,
      orders: { L: [{ M: { ...person, sku: { S: 'x' } } }] },
    });
    const [ada, mail] = [{ S: pseudonym('Ada') }, `${pseudonym('ada@example.com')}@example.com`];
    const expected = {
      name: ada,
      'First-Name': { L: [ada, { BOOL: true }, { NULL: true }] },
      e_mail: { S: mail },
      email: { SS: [mail, ''] },
      EmailAddress: { M: { home: { S: mail }, codes: { NULL: true }, scan: { NULL: true } } },
    };
    assert.deepEqual(id, { S: 'c1' });
    assert.deepEqual(rest, expected);
    assert.deepEqual(orders, { L: [{ M: { ...expected, sku: { S: 'x' } } }] });
  });

  it('keeps every other attribute unchanged', async () => {
    const item = {
      big: { N: '12345678901234567890123456789012345678' },
      small: { N: '1.5' },
      bytes: { B: 'AAEC' },
      set: { NS: ['1', '9007199254740993'] },
      binaries: { BS: ['AA==', ''] },
      list: { L: [{ NULL: true }, { BOOL: false }, { S: 'a\nb' }, { M: {} }] },
      filename: { S: 'kept' },
    };
    assert.deepEqual(await masked(item), item);
  });

  it('treats __proto__ as an ordinary attribute name', async () => {
    const json = '{"__proto__":{"M":{"name":{"S":""}}}}';
    const { text } = await outputOf('mask-personal-fields.mjs', JSON.parse(json) as object);
    assert.equal(text, `{"Item":${json}}\n`);
  });

  it('cannot be loaded without a key of at least 32 characters', () => {
    for (const key of [undefined, 'short']) {
      const env = { ...process.env, MASKING_KEY: key };
      const script = "import('./examples/process-func/mask-personal-fields.mjs').catch(() => process.exit(9))";
      assert.equal(spawnSync(process.execPath, ['-e', script], { cwd: PROJECT, env }).status, 9);
    }
  });
});

describe('columns-as-csv.ts', () => {
  it('writes a header and one row per item', async () => {
    const { header, extension, text } = await outputOf(
      'columns-as-csv.ts',
      { id: { S: 'a' }, customer: { S: 'Ada, "Countess"\nof Lovelace' }, amount: { N: '1.50' }, more: { S: 'x' } },
      { amount: { N: '12345678901234567890123456789012345678' }, id: { S: '' } },
      { id: { BOOL: false }, customer: { SS: ['x', 'y'] }, amount: { NULL: true } },
    );
    assert.equal(header, 'id,customer,amount\n');
    assert.equal(extension, 'csv');
    assert.equal(
      text,
      'a,"Ada, ""Countess""\nof Lovelace",1.5\n,,12345678901234567890123456789012345678\nfalse,x y,\n',
    );
  });

  it('fails if a column contains a map or a list', async () => {
    for (const customer of [{ M: {} }, { L: [] }]) {
      await assert.rejects(outputOf('columns-as-csv.ts', { customer }), { code: 'PROCESS_FUNC_FAILED' });
    }
  });
});

describe('paid-orders-as-csv.mjs', () => {
  it('writes two columns of the paid items', async () => {
    const { header, extension, text } = await outputOf(
      'paid-orders-as-csv.mjs',
      { id: { S: 'a' }, status: { S: 'paid' }, total: { N: '12345678901234567890.50' } },
      { id: { S: 'b' }, status: { S: 'open' }, total: { N: '2' } },
    );
    assert.equal(header, 'id,total\n');
    assert.equal(extension, 'csv');
    assert.equal(text, 'a,12345678901234567890.50\n');
  });
});
