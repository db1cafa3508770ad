import { readFileSync } from 'node:fs'
import { shippedOf, type Shipped } from '../tenancy/index.ts'
import { files } from './install.ts'

let read: Shipped | undefined

/** What the audit log installs, read from the very files that install it: a database is compared with what this release ships. */
export function auditKernel(): Shipped {
  read ??= shippedOf(files.map(file => readFileSync(new URL(file, import.meta.url), 'utf8')).join('\n'))
  return read
}
