export { linkKeyFile } from './link-key-file.ts'
