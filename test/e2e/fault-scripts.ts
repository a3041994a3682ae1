import type { Fault } from '../support/faults.ts';
import type { Pair } from './pair.ts';

/** Once: that request alone. From then on: it, and all after it of the same operation. */
export type HowLong = 'once' | 'from then on';

/** Makes something happen to the nth request of an operation of DynamoDB. */
export function onDynamoDb(name: string, which: number, fault: Fault, howLong: HowLong = 'once') {
  return ({ source }: Pair): void =>
    source.inject(({ operation }, nth) => (operation === name && isHit(nth, which, howLong) ? fault : undefined));
}

/** Makes something happen to the nth request of an operation of S3. */
export function onS3(name: string, which: number, fault: Fault, howLong: HowLong = 'once') {
  return ({ store }: Pair): void =>
    store.inject(({ operation }, nth) => (operation === name && isHit(nth, which, howLong) ? fault : undefined));
}

function isHit(nth: number, which: number, howLong: HowLong): boolean {
  return howLong === 'once' ? nth === which : nth >= which;
}
