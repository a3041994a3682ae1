import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { formatChecksums, parseChecksums, sha256 } from '../../src/manifest/checksum-list.ts';
import { integer, seeded } from '../fixtures/random-pages.ts';
import { byEffort } from '../run/effort.ts';

const A = 'a'.repeat(64);
const B = 'b'.repeat(64);
const VALID = `${A}  data/one.json.gz\n${B}  manifest-copy.json\n`;

describe('sha256', () => {
  it('returns the lower-case hexadecimal SHA-256', () => {
    // The test vector of https://csrc.nist.gov/csrc/media/projects/cryptographic-standards-and-guidelines/documents/examples/sha256.pdf
    assert.equal(sha256(Buffer.from('abc')), 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
  });
});

describe('formatChecksums', () => {
  it('writes one line per object, sorted by path', () => {
    const checksums = [
      ['manifest-copy.json', B],
      ['data/one.json.gz', A],
    ] as const;
    assert.equal(formatChecksums(checksums).toString(), VALID);
  });
});

describe('parseChecksums', () => {
  it('returns the SHA-256 of each path', () => {
    const expected = [
      ['data/one.json.gz', A],
      ['manifest-copy.json', B],
    ];
    assert.deepEqual([...(parseChecksums(Buffer.from(VALID)) ?? [])], expected);
    assert.equal(parseChecksums(Buffer.alloc(0))?.size, 0);
  });

  for (const [what, text] of Object.entries({
    'without the last line break': VALID.trimEnd(),
    'with an empty line': `${VALID}\n`,
    'with line breaks of Windows': VALID.replaceAll('\n', '\r\n'),
    'with an upper-case digit': VALID.replace('a', 'A'),
    'with a SHA-256 that is too short': VALID.slice(1),
    'with a SHA-256 that is too long': `a${VALID}`,
    'with one space': VALID.replace('  ', ' '),
    'with the mark of binary mode': VALID.replace('  ', ' *'),
    'with a byte order mark': `\ufeff${VALID}`,
    'with a line that occurs twice': `${A}  data/one.json.gz\n${VALID}`,
    'with a path that occurs twice': `${B}  data/one.json.gz\n${VALID}`,
    'that is not sorted': `${B}  manifest-copy.json\n${A}  data/one.json.gz\n`,
    'with a path outside of the folder': `${A}  ../one.json.gz\n`,
    'with an absolute path': `${A}  /data/one.json.gz\n`,
    'with a path to the current folder': `${A}  data/.\n`,
    'with a path in a subfolder': `${A}  data/more/one.json.gz\n`,
    'with a path that is not ASCII': `${A}  data/\u00e9.json.gz\n`,
    'with a path of 400 characters': `${A}  data/${'x'.repeat(400)}\n`,
    'without a path': `${A}  \n`,
    'of line breaks': '\n'.repeat(100),
  })) {
    it(`rejects a file ${what}`, () => assert.equal(parseChecksums(Buffer.from(text)), undefined));
  }

  it('rejects a long file without line breaks', () => {
    assert.equal(parseChecksums(Buffer.alloc(64 * 1024 * 1024, 'a')), undefined);
  });

  it('accepts exactly the bytes that formatChecksums writes', () => {
    const random = seeded(16);
    for (let i = 0; i < byEffort({ quick: 200, thorough: 5_000 }); i += 1) {
      const names = new Set(Array.from({ length: integer(random, 0, 5) }, () => `data/${integer(random, 0, 99)}.json`));
      const content = formatChecksums([...names].map((name) => [name, sha256(Buffer.from(name))] as const));
      const read = parseChecksums(content);
      assert.ok(read);
      assert.deepEqual(formatChecksums(read), content);
      if (content.length === 0) continue;
      const changed = Buffer.from(content);
      const at = integer(random, 0, changed.length - 1);
      changed[at] = integer(random, 0, 255);
      const readChanged = parseChecksums(changed);
      if (readChanged) assert.deepEqual(formatChecksums(readChanged), changed);
    }
  });
});
