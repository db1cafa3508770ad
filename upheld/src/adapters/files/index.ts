export { fileRefusal, systemCode } from './errors.ts'
export { processFacts, type ProcessFacts } from './process.ts'
export { readSecretFile, syncFolder, writeSecretFile } from './secret-file.ts'
