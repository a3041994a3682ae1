import { quoteForShell } from './next-steps/shell.ts';

/** Returns the AWS CLI command that deletes a table, on one line. */
export function deleteTableCommand(table: string, region: string): string {
  return `aws dynamodb delete-table --region ${quoteForShell(region)} --table-name ${quoteForShell(table)}`;
}
