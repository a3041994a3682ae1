/** Name and version of the Action in manifests and the user agent. A test compares the version with package.json. */
export const ACTION = { name: 'dynamodb-to-s3', version: '0.1.0' } as const;
