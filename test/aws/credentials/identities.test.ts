import '../shorter-waits.ts';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createIdentities } from '../../../src/aws/credentials/identities.ts';
import { startRejectingProxy } from '../rejecting-proxy.ts';

/** Returns the STS hosts that both roles use and the audiences of the ID tokens. */
async function requestsFor(source: string, dest: string, regions: { source: string; dest?: string }) {
  const audiences: string[] = [];
  const idTokens = {
    async request(audience: string) {
      audiences.push(audience);
      return 'x.y.z';
    },
  };
  const session = { chaining: false, sessionName: 'test', durationSeconds: 900 };
  const context = { idTokens, noCredentials: { why: '', remedy: '' }, environmentEnds: false, maskSecret: () => {} };
  const stop = new AbortController();
  using proxy = await startRejectingProxy();
  const identities = createIdentities({ source, dest, ...session }, regions, context, stop.signal);
  await assert.rejects(identities.source.credentials(), { code: 'NETWORK' });
  await assert.rejects(identities.dest.credentials(), { code: 'NETWORK' });
  identities.close();
  return { hosts: [...new Set(proxy.hosts)], audiences: [...new Set(audiences)] };
}

const role = (partition: string, name = 'x') => `arn:${partition}:iam::123456789012:role/${name}`;

test('each role is assumed at the STS endpoint of its Region, through the proxy', async () => {
  const { hosts } = await requestsFor(role('aws'), role('aws', 'y'), { source: 'eu-west-1', dest: 'ap-south-1' });
  assert.deepEqual(hosts, ['sts.eu-west-1.amazonaws.com:443', 'sts.ap-south-1.amazonaws.com:443']);
});

test('a role in China or GovCloud is assumed in its own partition, regardless of the other Region', async () => {
  const { hosts, audiences } = await requestsFor(role('aws-cn'), role('aws-us-gov'), { source: 'cn-northwest-1' });
  assert.deepEqual(hosts, ['sts.cn-northwest-1.amazonaws.com.cn:443', 'sts.us-gov-west-1.amazonaws.com:443']);
  assert.deepEqual(audiences, ['sts.amazonaws.com.cn', 'sts.amazonaws.com']);
});
