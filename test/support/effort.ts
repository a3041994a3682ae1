/** True in `npm run test:slow`. */
const isThorough = process.env['TEST_EFFORT'] === 'thorough';

/** What a test with many cases runs in `npm test`, where minutes count, and in `npm run test:slow`. */
export function byEffort<T>(cases: { readonly quick: T; readonly thorough: T }): T {
  return isThorough ? cases.thorough : cases.quick;
}
