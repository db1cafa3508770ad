export { boundDialect, boundKysely } from './dialect.ts'
