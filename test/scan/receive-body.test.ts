import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { get, type IncomingMessage, type ServerResponse } from 'node:http';
import { PassThrough } from 'node:stream';
import test from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { crc32 } from 'node:zlib';
import { transcodeDynamoDbJson } from '../../src/format/dynamodb-json.ts';
import { LineBuffer } from '../../src/format/lines.ts';
import { convertPage } from '../../src/scan/byte-thread.ts';
import { BodyBuffer, type PageBody } from '../../src/scan/scan-response.ts';
import { startScriptedServer } from '../aws/scripted-server.ts';

type Send = (response: ServerResponse, body: Buffer) => void;

/** Receives each of `bodies` from a server, one after the other, with one BodyBuffer. */
async function receive(send: Send, ...bodies: Buffer[]) {
  await using server = await startScriptedServer((_, nth) => (response) => send(response, bodies[nth - 1] as Buffer));
  const buffer = new BodyBuffer(Buffer.allocUnsafeSlow(1_536 * 1024));
  const received: { body: Buffer; storage: ArrayBufferLike; crc: string | undefined }[] = [];
  for (const _ of bodies) {
    const [response] = (await once(get(server.endpoint), 'response')) as [IncomingMessage];
    const { body, crc } = await buffer.receive(response);
    received.push({ body: Buffer.from(body), storage: body.buffer, crc });
  }
  return received;
}

const withLength: Send = (response, body) => {
  response.writeHead(200, { 'content-length': body.length, 'x-amz-crc32': crc32(body) }).end(body);
};

/** Sends the body in chunks of varying lengths. */
const chunked: Send = (response, body) => {
  response.writeHead(200, { 'x-amz-crc32': crc32(body) });
  for (let at = 0, length = 1; at < body.length; at += length, length = (length * 7) % 65_521) {
    response.write(body.subarray(at, at + length));
  }
  response.end();
};

for (const [name, send] of [
  ['with a content-length', withLength],
  ['in chunks', chunked],
] as const) {
  test(`a body sent ${name} is received unchanged after smaller and larger bodies`, async () => {
    const bodies = [0, 1, 1_000, 1_536 * 1024, 1_536 * 1024 + 1, 9_000_000, 5, 17_000_000, 100].map((length) =>
      randomBytes(length),
    );
    const received = await receive(send, ...bodies);
    for (const [i, { body, crc }] of received.entries()) {
      assert.ok(body.equals(bodies[i] as Buffer), `body ${i}`);
      assert.equal(crc, String(crc32(body)));
    }
  });

  test(`a body sent ${name} reuses the buffer of the previous body unless it needs a larger one`, async () => {
    const bodies = [10, 1_000_000, 2_000_000, 1_999_999].map((length) => randomBytes(length));
    const [first, second, larger, last] = (await receive(send, ...bodies)).map(({ storage }) => storage);
    assert.equal(second, first);
    assert.notEqual(larger, first);
    assert.equal(last, larger);
  });
}

test('a body without a checksum is received unchanged and reported as unchecked', async () => {
  const body = randomBytes(100);
  const [received] = await receive((response) => response.end(body), body);
  assert.deepEqual(received?.body, body);
  assert.equal(received?.crc, undefined);
});

const CORRUPTIONS: Readonly<Record<string, Send>> = {
  'one bit is flipped': (response, body) => {
    const crc = crc32(body);
    body.writeUInt8(body.readUInt8(50) ^ 4, 50);
    response.writeHead(200, { 'x-amz-crc32': crc }).end(body);
  },
  'the end of its body is missing': (response, body) => {
    response.writeHead(200, { 'x-amz-crc32': crc32(body) }).end(body.subarray(0, 99));
  },
  'its body is empty': (response, body) => void response.writeHead(200, { 'x-amz-crc32': crc32(body) }).end(),
  'two bytes are swapped': (response, body) => {
    const crc = crc32(body);
    [body[1], body[2]] = [body[2] as number, body[1] as number];
    response.writeHead(200, { 'x-amz-crc32': crc }).end(body);
  },
  'its checksum is wrong': (response, body) =>
    void response.writeHead(200, { 'x-amz-crc32': crc32(body) ^ 1 }).end(body),
  'its checksum is not a number': (response, body) => void response.writeHead(200, { 'x-amz-crc32': 'x' }).end(body),
  'its checksum is empty': (response, body) => void response.writeHead(200, { 'x-amz-crc32': '' }).end(body),
};

for (const [name, send] of Object.entries(CORRUPTIONS)) {
  test(`a response is rejected as corrupted if ${name}`, async () => {
    const body = Buffer.from(Array.from({ length: 100 }, (_, i) => i));
    const [received] = await receive(send, body);
    assert.deepEqual(convertPage(received as PageBody, transcodeDynamoDbJson, new LineBuffer(Buffer.alloc(0))), {
      corrupted: 'the CRC-32 of the response does not match its x-amz-crc32 header',
    });
  });
}

test('a connection that closes during a response is a network error, with or without a content-length', async () => {
  const cut = (headers: Record<string, number>): Send => {
    return (response, body) => {
      response.writeHead(200, headers).write(body.subarray(0, 500_000), () => response.destroy());
    };
  };
  const body = randomBytes(1_000_000);
  await assert.rejects(receive(cut({ 'content-length': body.length }), body), { code: 'ECONNRESET' });
  await assert.rejects(receive(cut({}), body), { code: 'ECONNRESET' });
});

test('a body is received into the same buffer after a connection closed during a response', async () => {
  const body = randomBytes(700_000);
  await using server = await startScriptedServer((_, nth) => (response) => {
    response.writeHead(200, { 'content-length': body.length, 'x-amz-crc32': crc32(body) });
    if (nth === 1) response.write(body.subarray(0, 600_000), () => response.destroy());
    else response.end(body);
  });
  const buffer = new BodyBuffer(Buffer.allocUnsafeSlow(1_536 * 1024));
  const next = async () => (await once(get(server.endpoint), 'response'))[0] as IncomingMessage;
  await assert.rejects(buffer.receive(await next()));
  assert.ok((await buffer.receive(await next())).body.equals(body));
});

test('a chunk that arrives after release() does not change the released buffer', async () => {
  const response = Object.assign(new PassThrough(), { headers: {} });
  const storage = Buffer.alloc(1_000);
  const buffer = new BodyBuffer(storage);
  const receiving = buffer.receive(response as unknown as IncomingMessage);
  response.write('early');
  await nextTurn();
  assert.equal(storage.toString('latin1', 0, 6), 'early\0', 'control: the first chunk is in this buffer');
  buffer.release();
  response.write('late');
  await nextTurn();
  assert.equal(storage.toString('latin1', 0, 6), 'early\0');
  response.destroy(new Error('abandoned'));
  await assert.rejects(receiving);
});
