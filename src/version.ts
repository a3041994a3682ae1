/** The Action's own name and version, as they stand in manifests and in the user agent. A test holds the version equal to package.json's. */
export const ACTION = { name: 'dynamodb-to-s3', version: '0.1.0' } as const;
