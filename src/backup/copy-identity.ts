import type { Layout } from './layout.ts';

/** Whether a copy is the whole table, or what a filter, projection, index, shard or start key left of it. */
export type Scope = 'table' | 'subset';

/** What identifies a copy in its bucket from its first request on. */
export interface CopyIdentity {
  readonly exportId: string;
  readonly layout: Layout;
}
