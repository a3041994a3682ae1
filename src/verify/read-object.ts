import { DamagedObject, readFailure } from '../data-objects/damaged-object.ts';
import { DataObjectReader, type DataObjectSource } from '../data-objects/data-object-reader.ts';
import type { LineChecker } from '../format/line-checker.ts';
import type { DataFile } from '../manifest/manifests.ts';
import type { StoredObject } from '../s3/s3-objects.ts';
import type { VerifyFigures } from './verify-progress.ts';

/** A data object to read, and how. */
export interface ObjectToRead {
  readonly file: DataFile;
  readonly source: DataObjectSource;
  /** The object in the listing of the folder. */
  readonly listed: Pick<StoredObject, 'size' | 'etag'> | undefined;
  /** Undefined if only the bytes can be verified. */
  readonly lines: LineChecker | undefined;
}

/**
 * Reads one data object from start to end, and verifies its bytes, its lines and their number.
 *
 * @param onRead receives what was read since the last call, also if the object is damaged
 * @throws {DamagedObject}
 * @throws {CopyError} NETWORK; errors of the SDK
 */
export async function readObject(
  { file, source, listed, lines }: ObjectToRead,
  onRead: (more: Pick<VerifyFigures, 'itemCount' | 'bytesRead' | 'uncompressedBytes'>) => void,
): Promise<void> {
  const reader = new DataObjectReader(file, source, listed);
  let before = { bytesRead: 0, itemCount: 0 };
  const note = (uncompressedBytes: number) => {
    const now = { bytesRead: reader.received, itemCount: lines?.count ?? 0 };
    const bytesRead = now.bytesRead - before.bytesRead;
    onRead({ bytesRead, itemCount: now.itemCount - before.itemCount, uncompressedBytes });
    before = now;
  };
  try {
    for await (const chunk of reader.content()) {
      lines?.append(chunk);
      note(chunk.length);
    }
    lines?.finish();
    if (lines && lines.count !== file.itemCount) {
      throw new DamagedObject(file.key, 'count', 'has a different number of lines');
    }
  } catch (error) {
    throw readFailure(error, file.key, (lines?.count ?? 0) + 1);
  } finally {
    note(0);
  }
}
