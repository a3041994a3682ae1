import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { StorageClass } from '@aws-sdk/client-s3';
import { parseMapping } from '../../src/inputs/mapping.ts';
import { InputProblems } from '../../src/inputs/problems.ts';
import { readPutObjectParameters } from '../../src/inputs/put-object-kwargs.ts';
import { isArchived, objectParameters, type PutObjectParameters } from '../../src/s3/object-options.ts';

const INPUT = 's3-put-object-kwargs';
const NOW = new Date('2026-11-22T12:00:00Z');

function read(text: string, encryptsWithKms = false) {
  const problems = new InputProblems(INPUT);
  const mapping = parseMapping(text, problems);
  assert.ok(mapping, text);
  const parameters = readPutObjectParameters(mapping, { now: NOW, encryptsWithKms }, problems);
  return { parameters, lines: problems.lines };
}

function accepted(text: string, encryptsWithKms = false): PutObjectParameters {
  const { parameters, lines } = read(text, encryptsWithKms);
  assert.deepEqual(lines, [], text);
  return parameters;
}

describe('s3-put-object-kwargs', () => {
  it('accept an empty mapping', () => assert.deepEqual(accepted('{}'), {}));

  it('are read from YAML', () => {
    const parameters = accepted(
      `
      StorageClass: STANDARD_IA
      ACL: bucket-owner-full-control
      Tagging: team=data&purpose=nightly%20copy&empty=&novalue
      Metadata: {Team: data, note: "a  b", empty: ""}
      BucketKeyEnabled: true
      ObjectLockMode: GOVERNANCE
      ObjectLockRetainUntilDate: 2026-12-24T18:00:00+01:00
      ObjectLockLegalHoldStatus: "ON"
      RequestPayer: requester
      `,
      true,
    );
    assert.deepEqual(structuredClone(parameters), {
      StorageClass: 'STANDARD_IA',
      ACL: 'bucket-owner-full-control',
      Tagging: 'team=data&purpose=nightly%20copy&empty=&novalue',
      Metadata: { Team: 'data', note: 'a  b', empty: '' },
      BucketKeyEnabled: true,
      ObjectLockMode: 'GOVERNANCE',
      ObjectLockRetainUntilDate: new Date('2026-12-24T17:00:00Z'),
      ObjectLockLegalHoldStatus: 'ON',
      RequestPayer: 'requester',
    });
  });

  for (const [text, expected] of [
    ['2030-02-28T23:59:59Z', '2030-02-28T23:59:59.000Z'],
    ['2030-02-28T23:59Z', '2030-02-28T23:59:00.000Z'],
    ['2030-02-28T23:59:59.5Z', '2030-02-28T23:59:59.500Z'],
    ['2030-01-01T00:30:00+0100', '2029-12-31T23:30:00.000Z'],
    ['2030-01-01T00:30:00-05:30', '2030-01-01T06:00:00.000Z'],
    ['2028-02-29T00:00:00Z', '2028-02-29T00:00:00.000Z'],
  ] as const) {
    it(`accept ${text} for ObjectLockRetainUntilDate`, () => {
      const parameters = accepted(`{"ObjectLockMode": "COMPLIANCE", "ObjectLockRetainUntilDate": "${text}"}`);
      assert.deepEqual(parameters.ObjectLockRetainUntilDate, new Date(expected));
    });
  }

  for (const [text, hours] of [
    ['P35D', 35 * 24],
    ['p5w', 5 * 7 * 24],
    ['P1DT12H', 36],
    ['PT24H', 24],
    ['P36500D', 36_500 * 24],
  ] as const) {
    it(`accept the duration ${text} for ObjectLockRetainUntilDate`, () => {
      const parameters = accepted(`{"ObjectLockMode": "COMPLIANCE", "ObjectLockRetainUntilDate": "${text}"}`);
      assert.deepEqual(parameters.ObjectLockRetainUntilDate, { msFromStart: hours * 3600 * 1000 });
    });
  }

  for (const storageClass of [
    'STANDARD',
    'INTELLIGENT_TIERING',
    'ONEZONE_IA',
    'GLACIER_IR',
    'GLACIER',
    'DEEP_ARCHIVE',
  ]) {
    it(`accept the storage class ${storageClass}`, () => {
      assert.equal(accepted(`StorageClass: ${storageClass}`).StorageClass, storageClass);
    });
  }

  const tags = (count: number) => Array.from({ length: count }, (_, i) => `k${i}=v`).join('&');
  const retention = (date: string) => `{"ObjectLockMode": "GOVERNANCE", "ObjectLockRetainUntilDate": ${date}}`;
  for (const [text, path, expected] of [
    ['{"ServerSideEncryption": "AES256"}', '.ServerSideEncryption', /s3-sse-algorithm/],
    ['{"SSEKMSKeyId": "x"}', '.SSEKMSKeyId', /s3-sse-kms-key-id/],
    ['{"ExpectedBucketOwner": "1"}', '.ExpectedBucketOwner', /s3-bucket-owner/],
    ['{"Bucket": "x"}', '.Bucket', /s3-bucket-name/],
    ['{"Key": "x"}', '.Key', /s3-key-prefix/],
    ['{"Body": "x"}', '.Body', /data of the copy/],
    ['{"SSECustomerAlgorithm": "AES256"}', '.SSECustomerAlgorithm', /cannot import/],
    ['{"SSECustomerKey": "x"}', '.SSECustomerKey', /cannot import/],
    ['{"SSECustomerKeyMD5": "x"}', '.SSECustomerKeyMD5', /cannot import/],
    ['{"ContentMD5": "x"}', '.ContentMD5', /checksum/],
    ['{"ChecksumAlgorithm": "SHA256"}', '.ChecksumAlgorithm', /checksum/],
    ['{"ChecksumCRC32": "x"}', '.ChecksumCRC32', /checksum/],
    ['{"ContentEncoding": "gzip"}', '.ContentEncoding', /decompress/],
    ['{"IfMatch": "*"}', '.IfMatch', /new/],
    ['{"IfNoneMatch": "\\"0123\\""}', '.IfNoneMatch', /must be \*/],
    ['{"GrantRead": "x"}', '.GrantRead', /ACL/],
    ['{"storageclass": "GLACIER"}', '.storageclass', /spelled StorageClass/],
    ['{"CacheControl": "x"}', '.CacheControl', /StorageClass, ACL, .* or RequestPayer/],
    ['{"a b": "x"}', '[entry 1]', /not a supported parameter/],
    ['{"StorageClass": "glacier"}', '.StorageClass', /STANDARD.*DEEP_ARCHIVE|DEEP_ARCHIVE.*STANDARD/],
    ['{"StorageClass": "OUTPOSTS"}', '.StorageClass', /must be/],
    ['{"StorageClass": "EXPRESS_ONEZONE"}', '.StorageClass', /must be/],
    ['{"StorageClass": null}', '.StorageClass', /it is null/],
    ['{"ACL": "everyone"}', '.ACL', /bucket-owner-full-control/],
    ['{"BucketKeyEnabled": true}', '.BucketKeyEnabled', /s3-sse-algorithm: KMS/],
    ['{"BucketKeyEnabled": false}', '.BucketKeyEnabled', /s3-sse-algorithm: KMS/],
    ['{"ObjectLockMode": "GOVERNANCE"}', '.ObjectLockMode', /requires ObjectLockRetainUntilDate/],
    ['{"ObjectLockRetainUntilDate": "2030-01-01T00:00:00Z"}', '.ObjectLockRetainUntilDate', /requires ObjectLockMode/],
    ['{"ObjectLockLegalHoldStatus": "on"}', '.ObjectLockLegalHoldStatus', /OFF or ON|ON or OFF/],
    ['{"ObjectLockLegalHoldStatus": true}', '.ObjectLockLegalHoldStatus', /it is a boolean/],
    [retention('"2026-11-22T12:00:00Z"'), '.ObjectLockRetainUntilDate', /is in the past/],
    [retention('"2030-01-01"'), '.ObjectLockRetainUntilDate', /ISO 8601/],
    [retention('"2030-01-01T00:00:00"'), '.ObjectLockRetainUntilDate', /zone/],
    [retention('"2030-02-30T00:00:00Z"'), '.ObjectLockRetainUntilDate', /ISO 8601/],
    [retention('"2030-13-01T00:00:00Z"'), '.ObjectLockRetainUntilDate', /ISO 8601/],
    [retention('"2030-01-01T24:00:00Z"'), '.ObjectLockRetainUntilDate', /ISO 8601/],
    [retention('"2030-01-01T00:60:00Z"'), '.ObjectLockRetainUntilDate', /ISO 8601/],
    [retention('"2126-11-22T12:00:00Z"'), '.ObjectLockRetainUntilDate', /more than 100 years/],
    [retention('"PT23H59M59S"'), '.ObjectLockRetainUntilDate', /from P1D to P36500D/],
    [retention('"P0D"'), '.ObjectLockRetainUntilDate', /from P1D to P36500D/],
    [retention('"P36500DT1S"'), '.ObjectLockRetainUntilDate', /from P1D to P36500D/],
    [retention('"P99999999999999999999D"'), '.ObjectLockRetainUntilDate', /from P1D to P36500D/],
    [retention('"P1Y"'), '.ObjectLockRetainUntilDate', /weeks, days, hours, minutes and seconds, such as P35D/],
    [retention('"-P35D"'), '.ObjectLockRetainUntilDate', /ISO 8601/],
    [retention('1893456000'), '.ObjectLockRetainUntilDate', /must be a non-empty string/],
    ['{"RequestPayer": "me"}', '.RequestPayer', /must be requester/],
    ['{"Tagging": {"a": "b"}}', '.Tagging', /must be a non-empty string/],
    ['{"Tagging": ""}', '.Tagging', /empty/],
    ['{"Tagging": "a=b c"}', '.Tagging', /encoded/],
    ['{"Tagging": "a=é"}', '.Tagging', /encoded/],
    ['{"Tagging": "a=%zz"}', '.Tagging', /encoded/],
    ['{"Tagging": "a=%ff"}', '.Tagging', /UTF-8/],
    ['{"Tagging": "a=1&a=2"}', '.Tagging', /same key twice/],
    ['{"Tagging": "a=1&&b=2"}', '.Tagging', /key is not 1 to 128/],
    ['{"Tagging": "=1"}', '.Tagging', /key is not 1 to 128/],
    ['{"Tagging": "aws:x=1"}', '.Tagging', /aws:/],
    [`{"Tagging": "${'k'.repeat(129)}=1"}`, '.Tagging', /128/],
    [`{"Tagging": "k=${'v'.repeat(257)}"}`, '.Tagging', /256/],
    [`{"Tagging": "${tags(11)}"}`, '.Tagging', /10 tags/],
    ['{"Metadata": "a=b"}', '.Metadata', /must be a mapping/],
    ['{"Metadata": {"a": 5}}', '.Metadata.a', /must be a quoted string; it is a number/],
    ['{"Metadata": {"a": "é"}}', '.Metadata.a', /ASCII/],
    ['{"Metadata": {"a": "b\\nc"}}', '.Metadata.a', /one line/],
    ['{"Metadata": {"a": " b"}}', '.Metadata.a', /spaces/],
    ['{"Metadata": {"é": "b"}}', '.Metadata[entry 1]', /ASCII letters/],
    ['{"Metadata": {"a b": "b"}}', '.Metadata[entry 1]', /ASCII letters/],
    ['{"Metadata": {"": "b"}}', '.Metadata[entry 1]', /ASCII letters/],
    ['{"Metadata": {"a": "b", "A": "c"}}', '.Metadata.A', /twice/],
    [`{"Metadata": {"a": "${'b'.repeat(2048)}"}}`, '.Metadata', /2 KB/],
  ] as const) {
    it(`reject ${text.slice(0, 100)} with a message that matches ${expected}`, () => {
      const { lines } = read(text);
      assert.equal(lines.length, 1, lines.join('\n'));
      assert.ok(lines[0]?.startsWith(`${INPUT}${path}: `), lines[0]);
      assert.match(lines[0] ?? '', expected);
    });
  }

  it('accept as many tags and as much metadata as S3 accepts', () => {
    accepted(`{"Tagging": "${tags(10)}", "Metadata": {"a": "${'b'.repeat(2047)}"}}`);
    accepted(`{"Tagging": "${'%C3%A9'.repeat(128)}=${'v'.repeat(256)}"}`);
  });
});

describe('objectParameters', () => {
  const START = new Date('2026-11-22T12:00:00.789Z');
  const options = {
    putObject: {
      ACL: 'private',
      BucketKeyEnabled: false,
      Metadata: { team: 'data' },
      ObjectLockLegalHoldStatus: 'ON',
      ObjectLockMode: 'COMPLIANCE',
      ObjectLockRetainUntilDate: new Date('2030-01-01T00:00:00Z'),
      RequestPayer: 'requester',
      StorageClass: 'GLACIER_IR',
      Tagging: 'a=b',
      IfNoneMatch: '*',
    },
    encryption: { algorithm: 'KMS', kmsKeyId: 'alias/backups' },
    bucketOwner: '012345678901',
  } as const;
  const onEveryObject = {
    ACL: 'private',
    Tagging: 'a=b',
    Metadata: { team: 'data' },
    ServerSideEncryption: 'aws:kms',
    SSEKMSKeyId: 'alias/backups',
    BucketKeyEnabled: false,
    IfNoneMatch: '*',
  };
  const lock = {
    ObjectLockMode: 'COMPLIANCE',
    ObjectLockRetainUntilDate: new Date('2030-01-01T00:00:00Z'),
    ObjectLockLegalHoldStatus: 'ON',
  };

  it('sends every parameter with data objects', () => {
    assert.deepEqual(objectParameters(options, 'data', START), {
      ...onEveryObject,
      ...lock,
      StorageClass: 'GLACIER_IR',
    });
  });

  it('does not send the storage class with manifests', () => {
    assert.deepEqual(objectParameters(options, 'manifest', START), { ...onEveryObject, ...lock });
  });

  it('sends neither the storage class nor the object lock with the marker', () => {
    assert.deepEqual(objectParameters(options, 'marker'), onEveryObject);
  });

  it('counts a retention period from the start of the copy', () => {
    const putObject = { ...options.putObject, ObjectLockRetainUntilDate: { msFromStart: 35 * 24 * 3600 * 1000 } };
    for (const kind of ['data', 'manifest'] as const) {
      const sent = objectParameters({ putObject }, kind, START);
      assert.equal(sent.ObjectLockRetainUntilDate?.toISOString(), '2026-12-27T12:00:00.789Z', kind);
    }
    assert.equal(objectParameters({ putObject }, 'marker').ObjectLockRetainUntilDate, undefined);
  });

  it('sends AES256 unchanged', () => {
    assert.deepEqual(objectParameters({ putObject: {}, encryption: { algorithm: 'AES256' } }, 'data', START), {
      ServerSideEncryption: 'AES256',
    });
  });

  it('translates KMS_DSSE to aws:kms:dsse', () => {
    const encryption = { algorithm: 'KMS_DSSE', kmsKeyId: 'alias/backups' } as const;
    assert.deepEqual(objectParameters({ putObject: {}, encryption }, 'marker'), {
      ServerSideEncryption: 'aws:kms:dsse',
      SSEKMSKeyId: 'alias/backups',
    });
  });

  it('returns no parameters if no options are set', () => {
    assert.deepEqual(objectParameters({ putObject: {} }, 'marker'), {});
    for (const kind of ['data', 'manifest'] as const) {
      assert.deepEqual(objectParameters({ putObject: {} }, kind, START), {});
    }
  });
});

describe('isArchived', () => {
  it('returns true for the storage classes that require a restore', () => {
    assert.deepEqual(Object.values(StorageClass).filter(isArchived).sort(), ['DEEP_ARCHIVE', 'GLACIER']);
    assert.equal(isArchived(undefined), false);
  });
});
