export { destroyRootKeyVersion, ensureRootKey, fileRootKey, rotateRootKeyFile } from './file/root-key-file.ts'
export { transitRootKey, type TransitOptions } from './transit/transit.ts'
export { awsRootKey, type AwsOptions } from './aws/aws.ts'
export { gcpRootKey, type GcpOptions } from './gcp/gcp.ts'
