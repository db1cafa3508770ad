import { writeFileSync } from 'node:fs'
import { reference, rootUrl } from './reference.ts'

for (const { path, text } of reference()) writeFileSync(new URL(path, rootUrl), text)
