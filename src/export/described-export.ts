import type { ExportDescription } from '@aws-sdk/client-dynamodb';
import { requiredMember } from '../aws/required-member.ts';

/** Description of an export that contains at least the ARN. */
export type DescribedExport = ExportDescription & { readonly ExportArn: string };

/**
 * Returns the export that a response describes.
 *
 * @throws {CopyError} AWS_ERROR if the response has no description or the description has no ARN
 */
export function describedExport(
  operation: string,
  response: { readonly ExportDescription?: ExportDescription | undefined },
): DescribedExport {
  const description = requiredMember(operation, response, 'ExportDescription');
  return { ...description, ExportArn: requiredMember(operation, description, 'ExportArn') };
}

/** Returns the ID of an export, which is the last part of its ARN. */
export function exportIdOf(exportArn: string): string {
  return exportArn.slice(exportArn.lastIndexOf('/') + 1);
}
