export { fileRefusal, systemCode } from './errors.ts'
export { takeLock, type Lock } from './lock.ts'
export { processFacts, type ProcessFacts } from './process.ts'
export { readSecretFile, syncFolder, writeSecretFile } from './secret-file.ts'
