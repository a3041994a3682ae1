import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PADDING } from '../../src/format/cursor.ts';
import { FORMATS } from '../../src/format/formats.ts';
import { LineBuffer } from '../../src/format/lines.ts';

test('a page that ends in the middle of a surrogate pair is incomplete, and its item is not invalid', () => {
  const head = '{"Count":1,"Items":[';
  const page = Buffer.from(`${head}{"a":{"S":"\\ud83d`);
  const padded = Buffer.concat([page], page.length + PADDING).subarray(0, page.length);
  assert.throws(() => FORMATS.ION.transcode(padded, head.length, new LineBuffer(Buffer.alloc(8))), {
    name: 'MalformedPage',
    message: /^expected more data/,
  });
});
