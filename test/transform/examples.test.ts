import assert from 'node:assert/strict';
import { dirname } from 'node:path';
import { describe, it } from 'node:test';
import { loadTransform } from '../../src/transform/load-transform.ts';
import { transformLines } from '../../src/transform/transform-lines.ts';

const PROJECT = dirname(dirname(import.meta.dirname));

/** Returns the output of the example for items in DynamoDB JSON, with its header and extension. */
async function outputOf(example: string, ...items: readonly object[]) {
  const module = await loadTransform(`examples/process-func/${example}`, PROJECT);
  const lines = Buffer.from(items.map((Item) => `${JSON.stringify({ Item })}\n`).join(''));
  const context = { table: 'customers', segment: 0, runId: '' };
  const { bytes } = await transformLines(lines, module, context, new AbortController().signal);
  return { header: module.header?.toString(), extension: module.extension, text: bytes.toString() };
}

describe('mask-personal-fields.mjs', () => {
  it('masks names and addresses and removes phone numbers at every level', async () => {
    const person = {
      name: { S: 'Ada' },
      'First-Name': { L: [{ S: 'Ada' }] },
      e_mail: { S: 'ada@example.com' },
      email: { SS: ['ada@example.com'] },
      EmailAddress: { M: { home: { S: 'ada@example.com' } } },
      phone: { S: '4711' },
      'Mobile Phone': { N: '4711' },
    };
    const { text, extension } = await outputOf('mask-personal-fields.mjs', {
      id: { S: 'c1' },
      ...person,
      orders: { L: [{ M: { ...person, sku: { S: 'x' } } }] },
    });
    assert.doesNotMatch(text, /Ada|ada@|4711/);
    assert.equal(extension, 'jsonl');
    assert.ok(text.endsWith('\n'));
    const { id, orders, ...masked } = JSON.parse(text);
    assert.equal(id, 'c1');
    const expected = { name: '***', 'First-Name': '***', e_mail: '***', email: '***', EmailAddress: '***' };
    assert.deepEqual(masked, expected);
    assert.deepEqual(orders, [{ ...expected, sku: 'x' }]);
  });

  it('keeps every other attribute unchanged', async () => {
    const { text } = await outputOf('mask-personal-fields.mjs', {
      big: { N: '12345678901234567890123456789012345678' },
      small: { N: '1.50' },
      bytes: { B: 'AAEC' },
      set: { NS: ['1', '9007199254740993'] },
      list: { L: [{ NULL: true }, { BOOL: false }, { S: 'a\nb' }] },
      filename: { S: 'kept' },
    });
    assert.equal(
      text,
      '{"big":12345678901234567890123456789012345678,"small":1.5,"bytes":"AAEC","set":[1,9007199254740993],' +
        '"list":[null,false,"a\\nb"],"filename":"kept"}\n',
    );
  });

  it('treats __proto__ as an ordinary attribute name', async () => {
    const json = '{"__proto__":{"M":{"name":{"S":"Ada"}}}}';
    const { text } = await outputOf('mask-personal-fields.mjs', JSON.parse(json) as object);
    assert.equal(text, '{"__proto__":{"name":"***"}}\n');
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
