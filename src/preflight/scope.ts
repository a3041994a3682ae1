import type { Inputs } from '../inputs/inputs.ts';
import type { Scope } from '../manifest/copy-identity.ts';
import { narrowings } from '../scan/scan-parameters.ts';

/** Returns 'table' if the inputs select the whole table, otherwise 'subset'. */
export function scopeOf({ scan, processFunc, exportParameters }: Inputs): Scope {
  const { FilterSpecification, ExportType } = exportParameters.request;
  const isFull = ExportType !== 'INCREMENTAL_EXPORT' && FilterSpecification === undefined;
  return isFull && narrowings(scan).length === 0 && processFunc === undefined ? 'table' : 'subset';
}
