import assert from 'node:assert/strict';
import { test } from 'node:test';
import { proxyWarning } from '../../src/github/proxy-warning.ts';

const PROXY = { HTTPS_PROXY: 'http://proxy.internal:3128' };

test('proxyWarning warns about a proxy variable that this Node version ignores', () => {
  for (const version of ['24.4.1', '24.0.0', '22.4.0', '20.19.2']) {
    const warning = proxyWarning(PROXY, version);
    assert.match(warning ?? '', new RegExp(`HTTPS_PROXY is set, .*Node ${version}.*Node 24\\.5`));
    // The value can contain a password.
    assert.doesNotMatch(warning ?? '', /proxy\.internal/);
  }
  assert.match(proxyWarning({ https_proxy: PROXY.HTTPS_PROXY }, '24.4.1') ?? '', /https_proxy is set/);
});

test('proxyWarning returns undefined if this Node version uses the proxy or none is set for HTTPS', () => {
  for (const version of ['24.5.0', '24.21.0', '25.0.0', process.versions.node]) {
    assert.equal(proxyWarning(PROXY, version), undefined, version);
  }
  for (const env of [{}, { HTTPS_PROXY: '' }, { HTTP_PROXY: 'http://proxy.internal:3128' }]) {
    assert.equal(proxyWarning(env, '24.4.1'), undefined);
  }
});
