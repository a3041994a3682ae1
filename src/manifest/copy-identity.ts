import type { Layout } from './layout.ts';

/** Whether a copy contains the whole table, or a subset because of a filter, projection, index, shard or start key. */
export type Scope = 'table' | 'subset';

/** Identifies a copy in its bucket. It is known before the first request. */
export interface CopyIdentity {
  readonly exportId: string;
  readonly layout: Layout;
}
