export { pepperFile } from './pepper-file.ts'
