export { consoleSurface } from './console.ts'
export type { ConsoleOptions, ExplainedSetting } from './ports.ts'
export { consoleRoutes } from './routes.ts'
