import '../shorter-waits.ts';
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, test } from 'node:test';
import { createIdentities } from '../../../src/aws/credentials/identities.ts';

/** Hosts that connections were asked for; none is made. */
const asked: string[] = [];
const proxy = createServer().on('connect', (request, socket) => {
  asked.push(request.url ?? '');
  socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
});
proxy.listen(0, '127.0.0.1');
await once(proxy, 'listening');
after(() => proxy.close());
process.env['HTTPS_PROXY'] = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;

/** Where STS is asked for a role of each side, and for what audience the ID tokens are. */
async function askedFor(source: string, dest: string, regions: { source: string; dest?: string }) {
  const audiences: string[] = [];
  const idTokens = {
    async request(audience: string) {
      audiences.push(audience);
      return 'x.y.z';
    },
  };
  const how = { chaining: false, sessionName: 'test', durationSeconds: 900 };
  const means = { idTokens, noCredentials: { why: '', remedy: '' }, environmentEnds: false, maskSecret: () => {} };
  const stop = new AbortController();
  const sides = createIdentities({ source, dest, ...how }, regions, means, stop.signal);
  asked.length = 0;
  await assert.rejects(sides.source.credentials(), { code: 'NETWORK' });
  await assert.rejects(sides.dest.credentials(), { code: 'NETWORK' });
  sides.close();
  return { hosts: [...new Set(asked)], audiences: [...new Set(audiences)] };
}

const role = (partition: string, name = 'x') => `arn:${partition}:iam::123456789012:role/${name}`;

test('each side asks the STS of its region, by the proxy', async () => {
  const { hosts } = await askedFor(role('aws'), role('aws', 'y'), { source: 'eu-west-1', dest: 'ap-south-1' });
  assert.deepEqual(hosts, ['sts.eu-west-1.amazonaws.com:443', 'sts.ap-south-1.amazonaws.com:443']);
});

test('of China and GovCloud, a role asks the STS of its own, whatever the other side’s region', async () => {
  const { hosts, audiences } = await askedFor(role('aws-cn'), role('aws-us-gov'), { source: 'cn-northwest-1' });
  assert.deepEqual(hosts, ['sts.cn-northwest-1.amazonaws.com.cn:443', 'sts.us-gov-west-1.amazonaws.com:443']);
  assert.deepEqual(audiences, ['sts.amazonaws.com.cn', 'sts.amazonaws.com']);
});
