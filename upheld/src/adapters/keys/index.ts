export { supportKeyFile } from './support-key-file.ts'
export { deploymentFile } from './deployment-file.ts'
export { contextKeyFile, ensureContextKey, keyReloadMs, readContextKey, writeContextKey } from './context-key-file.ts'
