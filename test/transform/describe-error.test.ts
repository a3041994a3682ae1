import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { describeError, moduleLoaderMessage } from '../../src/transform/describe-error.ts';

const SECRET = 'patient-4711';
const URL_OF_MODULE = 'file:///checkout/scripts/mask.mjs';

class InvalidOrder extends Error {
  constructor(message: string) {
    super(message);
    this.name = SECRET;
  }
}

function withStack(error: Error, ...frames: string[]): Error {
  error.stack = [`Error: ${error.message}`, ...frames.map((frame) => `    at ${frame}`)].join('\n');
  return error;
}

function thrownBy(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  return assert.fail('the function did not throw');
}

describe('describeError reports', () => {
  for (const [what, error, expected] of [
    ['the class of a built-in error', new RangeError(SECRET), 'RangeError'],
    ['the class of a custom error, not its name property', new InvalidOrder(SECRET), 'InvalidOrder'],
    ['a system error code', Object.assign(new Error(SECRET), { code: 'ECONNREFUSED' }), 'Error, ECONNREFUSED'],
    [
      'a Node error code',
      Object.assign(new TypeError(SECRET), { code: 'ERR_INVALID_URL' }),
      'TypeError, ERR_INVALID_URL',
    ],
    ['no custom error code', Object.assign(new Error(SECRET), { code: SECRET }), 'Error'],
    ['no numeric error code', Object.assign(new Error(SECRET), { code: 4711 }), 'Error'],
    ['Error for an anonymous class', new (class extends Error {})(SECRET), 'Error'],
    [
      'the line in the module',
      withStack(new Error(SECRET), 'lib (file:///x/lib.mjs:4711:1)', `default (${URL_OF_MODULE}:12:34)`),
      'Error, line 12',
    ],
    ['the line at the top level of the module', withStack(new Error(SECRET), `${URL_OF_MODULE}:7:1`), 'Error, line 7'],
    [
      'no line that is part of the message',
      withStack(new Error(`\n    at ${URL_OF_MODULE}:4711:1`), 'x (node:fs:1:1)'),
      'Error',
    ],
    [
      'no line of a file whose path starts with that of the module',
      withStack(new Error(SECRET), `f (${URL_OF_MODULE}.bak:4711:1)`),
      'Error',
    ],
    ['nothing from a thrown string', SECRET, 'a value that is not an Error'],
    ['that null is not an Error', null, 'a value that is not an Error'],
    ['nothing from a thrown object', { message: SECRET }, 'a value that is not an Error'],
  ] as const) {
    it(what, () => assert.equal(describeError(error, URL_OF_MODULE), expected));
  }

  it('no details of a value that throws when it is inspected', () => {
    const hostile = {
      get() {
        throw new Error(SECRET);
      },
      getPrototypeOf() {
        throw new Error(SECRET);
      },
    };
    const odd = Object.create(null, { stack: { get: () => 1 } });
    for (const error of [new Proxy({}, hostile), new Proxy(new Error(SECRET), hostile)]) {
      assert.equal(describeError(error, URL_OF_MODULE), 'a value that cannot be inspected');
      assert.equal(moduleLoaderMessage(error), undefined);
    }
    assert.equal(describeError(odd, URL_OF_MODULE), 'a value that is not an Error');
    assert.equal(describeError(Object.setPrototypeOf(odd, Error.prototype), URL_OF_MODULE), 'Error');
  });
});

describe('moduleLoaderMessage', () => {
  it('returns the message of the Node module loader', async () => {
    const missing = await import(`${import.meta.dirname}/nowhere.mjs`).catch((error: unknown) => error);
    assert.match(moduleLoaderMessage(missing) ?? '', /^Cannot find module '.*nowhere\.mjs'/);
  });

  it('returns undefined for errors of running code', () => {
    assert.equal(moduleLoaderMessage(thrownBy(() => JSON.parse(SECRET))), undefined);
    assert.equal(moduleLoaderMessage(thrownBy(() => readFileSync(`/nowhere/${SECRET}`))), undefined);
    assert.equal(
      moduleLoaderMessage(withStack(new Error(`${SECRET}\n    at x (node:internal/modules/x:1:1)`))),
      undefined,
    );
    assert.equal(moduleLoaderMessage(SECRET), undefined);
  });
});
