export { embeddedStyle } from './embedded.ts'
export { contentPolicy, pageHeaders, type PageHeadersOptions } from './headers.ts'
export { type Look, type Markup, openLook } from './look.ts'
