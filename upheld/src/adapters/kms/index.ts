export { destroyRootKeyVersion, ensureRootKey, fileRootKey, rotateRootKeyFile } from './file/root-key-file.ts'
