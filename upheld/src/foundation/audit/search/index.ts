export { entryOf, leafHashOf, type Entry, type Leaf } from './entry.ts'
