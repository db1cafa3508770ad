export { isLoopbackAddress, isPublicAddress } from './address.ts'
export { textRecords } from './texts.ts'
export { openWeb, type WebOptions } from './web.ts'
