import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { copyPrefixTemplate, parseCopyUri } from '../../src/inputs/copy-inputs.ts';
import { InputProblems } from '../../src/inputs/problems.ts';

const ID = '01791506414432-3f2e5aa4';

function parse(uri: string, forcePathStyle = false) {
  const problems = new InputProblems();
  const parsed = parseCopyUri(uri, forcePathStyle, problems.at('copy'));
  return { bucket: parsed?.bucket, root: parsed?.copy.layout.root, id: parsed?.copy.exportId, lines: problems.lines };
}

describe('the URI of a copy', () => {
  for (const [uri, bucket, root] of [
    [`s3://backups/AWSDynamoDB/${ID}/`, 'backups', `AWSDynamoDB/${ID}/`],
    [`s3://backups/AWSDynamoDB/${ID}`, 'backups', `AWSDynamoDB/${ID}/`],
    [`s3://backups/AWSDynamoDB/${ID}/manifest-summary.json`, 'backups', `AWSDynamoDB/${ID}/`],
    [`s3://b.b/a/b/AWSDynamoDB/${ID}/`, 'b.b', `a/b/AWSDynamoDB/${ID}/`],
    [`s3://backups/a b%20+é/AWSDynamoDB/${ID}/`, 'backups', `a b%20+é/AWSDynamoDB/${ID}/`],
    [`s3://backups/a//AWSDynamoDB/${ID}/`, 'backups', `a//AWSDynamoDB/${ID}/`],
    [`s3://backups/AWSDynamoDB/x/AWSDynamoDB/${ID}/`, 'backups', `AWSDynamoDB/x/AWSDynamoDB/${ID}/`],
  ] as const) {
    it(`${uri} names a copy`, () => assert.deepEqual(parse(uri), { bucket, root, id: ID, lines: [] }));
  }

  for (const uri of [
    '',
    'latest',
    'backups',
    's3://backups',
    's3://backups/',
    `s3:///AWSDynamoDB/${ID}/`,
    `s3://backups//AWSDynamoDB/${ID}/`,
    `s3://backups/${ID}/`,
    `s3://backups/xAWSDynamoDB/${ID}/`,
    `s3://backups/awsdynamodb/${ID}/`,
    `s3://backups/AWSDynamoDB/${ID}/data/`,
    `s3://backups/AWSDynamoDB/${ID}//`,
    `s3://backups/AWSDynamoDB/${ID}/manifest-files.json`,
    `s3://backups/AWSDynamoDB/${ID}/manifest-summary.json/`,
    `s3://backups/AWSDynamoDB/${ID.toUpperCase()}/`,
    's3://backups/AWSDynamoDB/data/',
    's3://backups/AWSDynamoDB/_resume/',
    `S3://backups/AWSDynamoDB/${ID}/`,
    `https://backups.s3.amazonaws.com/AWSDynamoDB/${ID}/`,
    `arn:aws:s3:::backups/AWSDynamoDB/${ID}/`,
  ]) {
    it(`${JSON.stringify(uri)} is rejected`, () => {
      const { root, lines } = parse(uri);
      assert.equal(root, undefined);
      assert.equal(lines.length, 1);
      assert.match(lines[0] ?? '', /^copy: .* is not the URI of a copy\. Use the output s3-uri .*s3:\/\/<bucket>/);
    });
  }

  for (const [what, uri, expected] of [
    ['an invalid bucket name', `s3://My_Bucket/AWSDynamoDB/${ID}/`, /"My_Bucket" is not a valid bucket name/],
    ['a directory bucket', `s3://b--use1-az4--x-s3/AWSDynamoDB/${ID}/`, /is a directory bucket/],
    ['a line break', `s3://backups/a\nb/AWSDynamoDB/${ID}/`, /control character/],
    ['a folder named ..', `s3://backups/a/../AWSDynamoDB/${ID}/`, /a folder named \. or \.\./],
  ] as const) {
    it(`with ${what} is rejected`, () => {
      const { root, lines } = parse(uri);
      assert.equal(root, undefined);
      assert.match(lines.join('\n'), expected);
    });
  }

  it('can have a bucket name of another store with path-style addresses', () =>
    assert.equal(parse(`s3://My_Bucket/AWSDynamoDB/${ID}/`, true).bucket, 'My_Bucket'));
});

function template(text: string) {
  const problems = new InputProblems();
  return { folders: copyPrefixTemplate(text, problems.at('s3-key-prefix')), lines: problems.lines };
}

describe('a key prefix to search', () => {
  for (const [text, folders] of [
    ['', []],
    ['/', []],
    ['backups', [['backups']]],
    ['/backups/', [['backups']]],
    ['a/b', [['a'], ['b']]],
    ['a//b', [['a'], [''], ['b']]],
    ['{table}', [['', '']]],
    ['/{table}/', [['', '']]],
    ['backups/{table}/{date}', [['backups'], ['', ''], ['', '']]],
    ['a-{date}T{hour}-z/b', [['a-', 'T', '-z'], ['b']]],
    ['{year}{month}', [['', '', '']]],
    [
      '{day}/{run-id}-{run-attempt}/{sha}',
      [
        ['', ''],
        ['', '-', ''],
        ['', ''],
      ],
    ],
    ['{{date}}', [['{date}']]],
    ['{{{date}}}', [['{', '}']]],
    ['a}b', [['a}b']]],
  ] as const) {
    it(`${JSON.stringify(text)} has these folders`, () => assert.deepEqual(template(text), { folders, lines: [] }));
  }

  for (const [text, expected] of [
    ['{tabel}', /^s3-key-prefix: "\{tabel\}" is not a valid placeholder\. Use \{table\}/],
    ['a{', /"\{" is not a valid placeholder/],
    ['{constructor}', /"\{constructor\}"/],
    ['a/../{date}', /a folder named \. or \.\./],
    ['a\u0000{date}', /control character/],
    ['x'.repeat(884), /884 bytes/],
  ] as const) {
    it(`${JSON.stringify(text.slice(0, 30))} is rejected`, () => {
      const { folders, lines } = template(text);
      assert.equal(folders, undefined);
      assert.equal(lines.length, 1, lines.join('\n'));
      assert.match(lines[0] ?? '', expected);
    });
  }

  it('reports each unknown placeholder once', () => assert.equal(template('{a}/{b}/{a}').lines.length, 2));
});
