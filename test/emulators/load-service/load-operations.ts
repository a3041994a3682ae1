import { RECOVERY_OPERATIONS } from '../dynamodb-service/recovery.ts';
import { BULK_OPERATIONS } from './bulk-operations.ts';
import { IMPORT_OPERATIONS } from './import-operations.ts';
import type { Operation } from './load-backstage.ts';
import { SETTING_OPERATIONS } from './setting-operations.ts';

/** Operations that the service implements because no emulated DynamoDB implements them completely. */
export const OPERATIONS: Readonly<Record<string, Operation>> = {
  ...IMPORT_OPERATIONS,
  ...BULK_OPERATIONS,
  ...SETTING_OPERATIONS,
  ...RECOVERY_OPERATIONS,
};
