import type { PutObjectParameters } from "../s3/object-options.ts";
import type { ScanParameters } from "../scan/parameters.ts";

/** The inputs of the step, read, checked and typed. Nothing below main knows that they came from GitHub. */
export interface Inputs {
  readonly table: {
    readonly name: string;
    /** Set when the input was an ARN. */
    readonly arn?: string;
  };
  readonly bucket: string;
  /** Placeholders filled in; no leading or trailing slash beyond what S3 needs; '' for none. */
  readonly keyPrefix: string;
  /** Uncompressed bytes after which an object ends. */
  readonly fileSize: number;
  readonly scan: ScanParameters;
  readonly format: "DYNAMODB_JSON" | "JSON";
  readonly compression: "gzip" | "zstd" | "none";
  readonly totalSegments: number | "auto";
  readonly bucketOwner?: string;
  readonly encryption?: { readonly algorithm: "AES256" | "KMS"; readonly kmsKeyId?: string };
  readonly putObject: PutObjectParameters;
  readonly forcePathStyle: boolean;
  readonly sourceRegion: string;
  /** Unset: the bucket's own region. */
  readonly destRegion?: string;
  readonly ifEmpty: "warn" | "error" | "ignore";
}
