export { runningPostgres, startPostgres, type EmbeddedPostgres, type PostgresOptions } from './embedded.ts'
