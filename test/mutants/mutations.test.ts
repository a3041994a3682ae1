import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { mutate, mutationsOf } from './mutations.ts';

suite('mutations of a module', () => {
  for (const [source, mutants] of [
    ['x = a < b;', ['x = a <= b;']],
    ['x = a !== b;', ['x = a === b;']],
    ['x = a && b;', ['x = a || b;']],
    ['x = a - 1 * b;', ['x = a + 1 * b;', 'x = a - 1 / b;']],
    ["x = 'a' + b;", []],
    ['x = `a` + b;', []],
    ['x = true;', ['x = false;']],
    ['x = a ?? b;', ['x = a;']],
    ['x = !a;', ['x = a;']],
    ['x = a ? 1 : 2;', ['x = !(a) ? 1 : 2;']],
    ['if (a) b();', ['if (!(a)) b();']],
    ['await a();', [' a();']],
    ['function f() { return 1; }', ['function f() { void 1; }']],
    ['function f() { return; }', ['function f() { ; }']],
    [
      'const x: true = (a as boolean) === true;',
      ['const x: true = (a as boolean) !== true;', 'const x: true = (a as boolean) === false;'],
    ],
    [
      'x = (a: number, b: number): boolean => (a as number) < b;',
      ['x = (a: number, b: number): boolean => (a as number) <= b;'],
    ],
  ] as const) {
    test(source, () => {
      assert.deepEqual(
        mutationsOf(source).map((mutation) => mutate(source, mutation)),
        mutants,
      );
    });
  }

  test('have the line of their change', () => {
    const [mutation] = mutationsOf('// a comment\n\nx = a < b;\n');
    assert.equal(mutation?.line, 3);
    assert.equal(mutation?.what, '< to <=');
  });
});
