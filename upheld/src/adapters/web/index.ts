export { isLoopbackAddress, isPublicAddress } from './address.ts'
export { openWeb, type WebOptions } from './web.ts'
