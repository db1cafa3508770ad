export { mendBreakage, noteBreakage, pastTheGuard, type Breakage } from './breakage.ts'
