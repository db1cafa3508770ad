export { destroyRootKeyVersion, ensureRootKey, fileRootKey, rotateRootKeyFile } from './file/root-key-file.ts'
export { transitRootKey, type TransitOptions } from './transit/transit.ts'
