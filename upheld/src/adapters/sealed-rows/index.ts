export { sealedRows } from './rows.ts'
