export { formatNames, type Format, type FormatName, type Source } from './format.ts'
export { formats } from './formats.ts'
