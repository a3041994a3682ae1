import type { Inputs } from '../action/inputs.ts';
import type { Scope } from '../backup/copy-identity.ts';
import { narrowings } from '../scan/parameters.ts';

/** Returns whether the inputs ask for a copy of the whole table. */
export function scopeOf({ scan, processFunc, exportParameters }: Inputs): Scope {
  const { FilterSpecification, ExportType } = exportParameters.request;
  const isFull = ExportType !== 'INCREMENTAL_EXPORT' && FilterSpecification === undefined;
  return isFull && narrowings(scan).length === 0 && processFunc === undefined ? 'table' : 'subset';
}
