export {
  runningPostgres,
  startPostgres,
  stopLeftPostgres,
  type EmbeddedPostgres,
  type PostgresOptions,
} from './embedded.ts'
