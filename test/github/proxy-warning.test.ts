import assert from 'node:assert/strict';
import { test } from 'node:test';
import { proxyWarning } from '../../src/github/proxy-warning.ts';

const PROXY = { HTTPS_PROXY: 'http://proxy.internal:3128' };

test('a proxy that this version of Node ignores is warned about', () => {
  for (const version of ['24.4.1', '24.0.0', '22.4.0', '20.19.2']) {
    const warning = proxyWarning(PROXY, version);
    assert.match(warning ?? '', new RegExp(`HTTPS_PROXY is set, .*Node ${version}.*Node 24\\.5`));
    // It may hold a password.
    assert.doesNotMatch(warning ?? '', /proxy\.internal/);
  }
  assert.match(proxyWarning({ https_proxy: PROXY.HTTPS_PROXY }, '24.4.1') ?? '', /https_proxy is set/);
});

test('a proxy that this version of Node uses, and none at all, are not', () => {
  for (const version of ['24.5.0', '24.21.0', '25.0.0', process.versions.node]) {
    assert.equal(proxyWarning(PROXY, version), undefined, version);
  }
  for (const env of [{}, { HTTPS_PROXY: '' }, { HTTP_PROXY: 'http://proxy.internal:3128' }]) {
    assert.equal(proxyWarning(env, '24.4.1'), undefined);
  }
});
