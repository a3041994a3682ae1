import type { PutObjectCommandInput } from "@aws-sdk/client-s3";

/** What `s3-put-object-kwargs` asks for, checked. */
export type PutObjectParameters = Pick<
  PutObjectCommandInput,
  | "ACL"
  | "BucketKeyEnabled"
  | "Metadata"
  | "ObjectLockLegalHoldStatus"
  | "ObjectLockMode"
  | "ObjectLockRetainUntilDate"
  | "RequestPayer"
  | "StorageClass"
  | "Tagging"
>;
