import { suite, test } from 'node:test';

/**
 * True in `npm test`, which covers every promise once, in minutes, and in `npm run test:peers`. Otherwise all tests run
 * with all their cases: in `npm run test:slow`, in `npm run test:peers -- --thorough`, and if one file is run by itself.
 */
const isQuick = process.env['TEST_EFFORT'] === 'quick';

/** Chooses the cases of a test that has many. */
export function byEffort<T>(cases: { readonly quick: T; readonly thorough: T }): T {
  return isQuick ? cases.quick : cases.thorough;
}

const leaveOut = (): undefined => undefined;

/** Defines a test that `npm test` leaves out. */
export const slowTest = isQuick ? (leaveOut as unknown as typeof test) : test;

/** Defines a test that `npm test` leaves out, but `npm run messages` runs, because it creates messages. */
export const messageTest =
  isQuick && process.env['TEST_MESSAGES'] === undefined ? (leaveOut as unknown as typeof test) : test;

/** Defines a suite that `npm test` leaves out. */
export const slowSuite = isQuick ? (leaveOut as unknown as typeof suite) : suite;

/** In `npm test` returns so many of the cases, from the first to the last of them; elsewhere all. */
export function fewOf<T>(cases: readonly T[], count: number): readonly T[] {
  const step = (cases.length - 1) / Math.max(1, count - 1);
  const quick = Array.from({ length: Math.min(count, cases.length) }, (_, i) => cases[Math.round(i * step)] as T);
  return byEffort({ quick, thorough: cases });
}

/** In `npm test` returns the first case of each kind; elsewhere all. */
export function firstOfEach<T>(cases: readonly T[], kindOf: (one: T) => string): readonly T[] {
  const quick = [...Map.groupBy(cases, kindOf).values()].flatMap(([first]) => (first === undefined ? [] : [first]));
  return byEffort({ quick, thorough: cases });
}
