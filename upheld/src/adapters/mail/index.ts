export { openMailFolder } from './folder.ts'
export type { FolderOptions, SmtpOptions } from './options.ts'
export { openSmtp } from './smtp.ts'
