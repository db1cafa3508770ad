export { startServer, type Handler, type RunningServer, type ServerOptions } from './server.ts'
export { site, type Part } from './site.ts'
export type { Failure } from './failure.ts'
