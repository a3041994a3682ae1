import assert from 'node:assert/strict';
import { isUtf8 } from 'node:buffer';
import { spawnSync } from 'node:child_process';
import { suite, test } from 'node:test';
import { FastLines, type KeyDefinition } from '../../src/format/check-lines.ts';
import { ItemChecker } from '../../src/format/item-checker.ts';
import { MAX_LINE_BYTES } from '../../src/format/line-input.ts';
import { MalformedPage } from '../../src/format/malformed-page.ts';
import { itemOfShape } from '../emulators/replay-items.ts';
import { integer, pick, type Random, randomPage, seeded } from '../fixtures/random-pages.ts';
import { byEffort } from '../run/effort.ts';
import { dynamoDbJsonOf } from './reference.ts';

const SEED = Number(process.env['RANDOM_LINES_SEED'] ?? 20261128);
const CORRUPTED = byEffort({ quick: 5_000, thorough: 30_000 });
const KEYS: readonly KeyDefinition[] = [
  { name: 'key', type: 'S' },
  { name: 'sort-key', type: 'N' },
];
/** Accepts no line, as on a processor without SIMD. */
const NOTHING_FAST = { load: () => {}, accepted: () => ({ count: 0, length: 0 }) };

interface Checked {
  readonly count: number;
  readonly lines: Buffer;
}

/** Checks text in chunks that end at random places. Returns undefined if a line is invalid. */
function check(text: Buffer, keys = KEYS, fast?: typeof NOTHING_FAST, random: Random = () => 1): Checked | undefined {
  const found: Buffer[] = [];
  const checker = new ItemChecker(keys, (lines) => found.push(Buffer.from(lines)), fast);
  try {
    for (let at = 0; at < text.length; ) {
      const end = at + Math.max(1, Math.floor(random() * (text.length - at)));
      checker.append(text.subarray(at, end));
      at = end;
    }
    checker.finish();
  } catch (error) {
    assert.ok(error instanceof MalformedPage, String(error));
    return undefined;
  }
  return { count: checker.count, lines: Buffer.concat(found) };
}

/** Number of lines that WebAssembly accepts. */
function fastCount(text: Buffer, keys = KEYS): number {
  const fast = new FastLines(keys);
  fast.load(text);
  return fast.accepted(0).count;
}

/**
 * Reference: reads the tokens of a line with a regular expression and follows the grammar. Knows no whitespace, because
 * the lines of the tests that it judges contain none.
 */
class Reference {
  private readonly tokens: readonly string[];
  private at = 0;

  constructor(line: string) {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: JSON does not allow these characters in strings.
    const found = line.match(/"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"|[{}[\]:,]|true|false|./gsu);
    this.tokens = found ?? [];
  }

  accepts(keys: readonly KeyDefinition[]): boolean {
    try {
      for (const token of ['{', '"Item"', ':']) this.take(token);
      const item = this.map(0);
      this.take('}');
      assert.equal(this.at, this.tokens.length);
      for (const { name, type } of keys) {
        const values = item.filter((entry) => entry.name === name);
        assert.equal(values.length, 1);
        assert.equal(values[0]?.type, `"${type}"`);
        assert.notEqual(values[0]?.content, '""');
      }
      return true;
    } catch {
      return false;
    }
  }

  private take(expected?: string): string {
    const token = this.tokens[this.at] ?? '';
    this.at += 1;
    if (expected !== undefined) assert.equal(token, expected);
    return token;
  }

  private string(form = /^/): string {
    const token = this.take();
    assert.ok(token.length >= 2 && token.startsWith('"') && form.test(token));
    return token;
  }

  private list(close: string, read: () => void, isEmptyAllowed: boolean): void {
    if (isEmptyAllowed && this.tokens[this.at] === close) {
      this.at += 1;
      return;
    }
    for (;;) {
      read();
      if (this.take() === close) return;
      assert.equal(this.tokens[this.at - 1], ',');
    }
  }

  private map(depth: number): { name: string; type: string; content: string }[] {
    assert.ok(depth <= 100);
    const entries: { name: string; type: string; content: string }[] = [];
    this.take('{');
    this.list(
      '}',
      () => {
        const name = JSON.parse(this.string()) as string;
        this.take(':');
        entries.push({ name, ...this.value(depth) });
      },
      true,
    );
    return entries;
  }

  private value(depth: number): { type: string; content: string } {
    this.take('{');
    const type = this.take();
    this.take(':');
    const content = this.tokens[this.at] ?? '';
    this.content(type, depth);
    this.take('}');
    return { type, content };
  }

  private content(type: string, depth: number): void {
    const scalars: Readonly<Record<string, () => void>> = {
      S: () => void this.string(),
      N: () => void this.string(/^"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"$/),
      B: () => {
        const text = JSON.parse(this.string()) as string;
        assert.ok(text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text));
      },
    };
    const [, scalar = '', set] = /^"([SNB])(S?)"$/.exec(type) ?? [];
    const read = scalars[scalar];
    if (read && set === '') read();
    else if (read) {
      this.take('[');
      this.list(']', read, false);
    } else if (type === '"M"') this.map(depth + 1);
    else if (type === '"L"') {
      assert.ok(depth < 100);
      this.take('[');
      this.list(']', () => this.value(depth + 1), true);
    } else if (type === '"BOOL"') assert.match(this.take(), /^(?:true|false)$/);
    else {
      assert.equal(type, '"NULL"');
      this.take('true');
    }
  }
}

function isValid(text: Buffer, keys: readonly KeyDefinition[]): boolean {
  if (!isUtf8(text)) return false;
  const lines = text.toString().split('\n');
  if (lines.at(-1) === '') lines.pop();
  return lines.every((line) => new Reference(line).accepts(keys));
}

/** Returns a random item with the key attributes in random places. */
function randomLine(random: Random): string {
  const page = randomPage(random, { items: 1, rawSeparators: false, loneSurrogates: true, oddNumbers: random() < 0.1 });
  const json = dynamoDbJsonOf(page.items[0] ?? []);
  const keys = [`"key":{"S":"${integer(random, 0, 9)}"}`, `"sort-key":{"N":"${integer(random, 0, 9)}"}`];
  const attributes =
    json === '{}' ? keys : random() < 0.5 ? [...keys, json.slice(1, -1)] : [json.slice(1, -1), ...keys];
  return `{"Item":{${attributes.join()}}}\n`;
}

const BYTES = Buffer.from('"\\{}[],:\0\x1f\x20u0fG\xff\nSNBML+-.eE=/ ptk', 'latin1');

/** Changes one place in a line. */
function corrupted(line: Buffer, random: Random): Buffer {
  const at = integer(random, 0, line.length - 1);
  const length = integer(random, 0, 20);
  switch (integer(random, 0, 4)) {
    case 0: {
      const changed = Buffer.from(line);
      changed[at] = pick(random, [...BYTES]);
      return changed;
    }
    case 1:
      return Buffer.concat([line.subarray(0, at), Buffer.of(pick(random, [...BYTES])), line.subarray(at)]);
    case 2:
      return Buffer.concat([line.subarray(0, at), line.subarray(at + 1)]);
    case 3:
      return Buffer.concat([line.subarray(0, at + length), line.subarray(at)]);
    default: {
      const tokens = line.toString().split(/(?<=[{}[\],:])|(?=[{}[\],:])/);
      const [a, b] = [integer(random, 0, tokens.length - 1), integer(random, 0, tokens.length - 1)];
      [tokens[a], tokens[b]] = [tokens[b] ?? '', tokens[a] ?? ''];
      return Buffer.from(tokens.join(''));
    }
  }
}

/** Lines of the test that contain whitespace between tokens are judged by another test. */
const hasWhitespace = (line: Buffer) => /[ \t\r]/.test(line.toString().replace(/"(?:[^"\\]|\\.)*"/gs, ''));

test('ItemChecker accepts random items, with WebAssembly and without it', () => {
  for (let i = 0; i < 300; i += 1) {
    const random = seeded(SEED + i);
    const text = Buffer.from(Array.from({ length: integer(random, 1, 20) }, () => randomLine(random)).join(''));
    assert.ok(isValid(text, KEYS), `seed ${SEED + i}`);
    const count = text.toString().split('\n').length - 1;
    for (const fast of [undefined, NOTHING_FAST]) {
      const found = check(text, KEYS, fast, random);
      assert.equal(found?.count, count, `seed ${SEED + i}`);
      assert.ok(found?.lines.equals(text), `seed ${SEED + i}`);
    }
  }
});

test('WebAssembly accepts all items in the form that DynamoDB sends', () => {
  for (const shape of ['mixed', 'plain', 'tiny', 'large', 'escaped', 'deep'] as const) {
    const make = itemOfShape(shape);
    const [name = ''] = Object.keys(make('x', seeded(0)));
    const lines = Array.from({ length: 10 }, (_, i) => JSON.stringify({ Item: make(`id-${i}`, seeded(i)) }));
    assert.equal(fastCount(Buffer.from(lines.map((line) => `${line}\n`).join('')), [{ name, type: 'S' }]), 10, shape);
  }
});

test('ItemChecker accepts exactly what the reference accepts, and WebAssembly nothing else', (t) => {
  const counts = { valid: 0, fast: 0 };
  for (let i = 0; i < CORRUPTED; i += 1) {
    const random = seeded(SEED + i);
    let line: Buffer = Buffer.from(randomLine(random));
    for (let changes = integer(random, 1, 2); changes > 0 && line.length > 1; changes -= 1)
      line = corrupted(line, random);
    if (hasWhitespace(line) || line.length === 0) continue;
    const keys = random() < 0.5 ? KEYS : [];
    const [found, slow] = [check(line, keys), check(line, keys, NOTHING_FAST)];
    const what = () => `seed ${SEED + i}: ${JSON.stringify(line.toString())}`;
    assert.equal(found !== undefined, isValid(line, keys), what());
    assert.deepEqual(found, slow, what());
    // LineInput checks for UTF-8 before.
    const first = line.subarray(0, line.includes(0x0a) ? line.indexOf(0x0a) : line.length);
    const fast = isUtf8(line) ? fastCount(Buffer.concat([first, Buffer.from('\n')]), keys) : 0;
    if (fast > 0) assert.ok(isValid(first, keys), what());
    counts.valid += found ? 1 : 0;
    counts.fast += fast > 0 ? 1 : 0;
  }
  t.diagnostic(
    `${counts.valid} of ${CORRUPTED} corrupted lines were valid, ${counts.fast} for WebAssembly; seed ${SEED}`,
  );
  assert.ok(counts.valid > CORRUPTED / 20 && counts.fast > CORRUPTED / 20, JSON.stringify(counts));
});

suite('ItemChecker', () => {
  const accepts = (json: string, keys: readonly KeyDefinition[] = []) =>
    check(Buffer.from(json), keys)?.lines.toString();

  test('removes whitespace between tokens, which other writers may add', () => {
    const line = ' { "Item" : { "pk" : { "S" : " a  b " } ,\t"n": {"NULL": true } } } \r\n';
    assert.equal(accepts(line), '{"Item":{"pk":{"S":" a  b "},"n":{"NULL":true}}}\n');
  });

  test('adds the line feed that the last line may lack', () => {
    assert.equal(accepts('{"Item":{"pk":{"S":"a"}}}'), '{"Item":{"pk":{"S":"a"}}}\n');
  });

  test('accepts numbers in every notation that DynamoDB accepts', () => {
    for (const number of ['0', '-1', '1.50', '1E-130', '9.9e+125', '.5', '5.', '+1', '007', '1'.repeat(38)]) {
      const line = `{"Item":{"n":{"N":"${number}"},"s":{"NS":["${number}"]}}}\n`;
      assert.equal(accepts(line), line);
    }
    for (const number of ['', '-', 'NaN', '1e', '0x1', ' 1', '1 ', '1,0', '--1', '.', 'Infinity']) {
      assert.equal(accepts(`{"Item":{"n":{"N":"${number}"}}}\n`), undefined, number);
    }
  });

  test('accepts base64 of every length with padding, and nothing else', () => {
    for (let length = 0; length < 70; length += 1) {
      const base64 = Buffer.alloc(length, 0xfb).toString('base64');
      const line = `{"Item":{"b":{"B":"${base64}"}}}\n`;
      assert.equal(fastCount(Buffer.from(line), []), 1, base64);
      const wrong = [
        `${base64}A`,
        `${base64}=`,
        base64.slice(1),
        base64.replace('+', '-').replace('/', '_'),
        `${base64}*`,
      ];
      for (const text of wrong) {
        if (text !== base64)
          assert.equal(accepts(line.replace(base64 || '""', base64 ? text : `"${text}"`)), undefined, text);
      }
    }
    assert.notEqual(accepts('{"Item":{"b":{"B":"+\\/+\\u003d"}}}\n'), undefined);
    assert.equal(accepts('{"Item":{"b":{"B":"AAA\\ud800"}}}\n'), undefined);
  });

  test('finds a key attribute that an item has twice, once with an escape sequence', () => {
    const keys = [{ name: 'pk', type: 'S' }] as const;
    assert.equal(accepts('{"Item":{"pk":{"S":"a"},"\\u0070k":{"S":"b"}}}\n', keys), undefined);
    assert.notEqual(accepts('{"Item":{"\\u0070k":{"S":"b"}}}\n', keys), undefined);
    assert.notEqual(accepts('{"Item":{"pk":{"S":"a"},"m":{"M":{"pk":{"N":"1"}}}}}\n', keys), undefined);
  });

  test('finds key attributes with long names and names that are not ASCII', () => {
    const name = `Größe 😀${'x'.repeat(230)}`;
    const keys = [{ name, type: 'B' }] as const;
    const line = Buffer.from(`{"Item":{"a":{"S":""},"${name}":{"B":"AA=="}}}\n`);
    assert.equal(fastCount(line, keys), 1);
    assert.equal(check(line, [{ name: `${name.slice(0, -1)}y`, type: 'B' }]), undefined);
  });

  test('checks names that are longer than those of any key in JavaScript', () => {
    const name = 'x'.repeat(60_000);
    const line = Buffer.from(`{"Item":{"${name}":{"S":"a"}}}\n`);
    const keys = [{ name, type: 'S' }] as const;
    assert.equal(fastCount(line, keys), 0);
    assert.equal(check(line, keys)?.count, 1);
    assert.equal(check(line, [{ name: `${name}y`, type: 'S' }]), undefined);
  });

  test('limits the nesting like the loader of a restore', () => {
    const nested = (depth: number) => `{"Item":{"l":${'{"L":['.repeat(depth)}${']}'.repeat(depth)}}}\n`;
    assert.notEqual(accepts(nested(100)), undefined);
    assert.equal(accepts(nested(101)), undefined);
    assert.equal(accepts(nested(200_000)), undefined);
  });

  test('limits the length of a line', () => {
    const line = (length: number) => Buffer.from(`{"Item":{"s":{"S":"${'x'.repeat(length)}"}}}\n`);
    assert.equal(check(line(3_000_000), [])?.count, 1);
    assert.equal(check(line(MAX_LINE_BYTES), [], undefined, seeded(1)), undefined);
  });

  test('counts the valid lines before the first invalid one', () => {
    const checker = new ItemChecker([]);
    assert.throws(
      () => checker.append(Buffer.from('{"Item":{}}\n{"Item":{}}\n{"Item":[]}\n{"Item":{}}\n')),
      MalformedPage,
    );
    assert.equal(checker.count, 2);
  });

  test('checks lines in JavaScript where WebAssembly is not allowed', () => {
    const script = `
      // Node uses WebAssembly to strip types, and loads it with the first types.
      import { stripTypeScriptTypes } from 'node:module';
      stripTypeScriptTypes('');
      let rejected = 0;
      WebAssembly.Module = class {
        constructor() {
          rejected += 1;
          throw new Error('not allowed');
        }
      };
      const { ItemChecker } = await import('./src/format/item-checker.ts');
      const checker = new ItemChecker([{ name: 'pk', type: 'S' }]);
      checker.append(Buffer.from('{"Item":{"pk":{"S":"a"}}}\\n'));
      process.stdout.write((rejected > 0) + ' ' + checker.count);`;
    const args = ['--no-warnings', '--input-type=module', '-e', script];
    const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
    assert.equal(stdout, 'true 1', stderr);
  });
});
