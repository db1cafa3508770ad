export { startServer, type RunningServer } from '../surfaces/server/index.ts'
export { testBrowser, type BrowserFound } from './browser.ts'
export { testPlatform, type TestPlatform } from './platform.ts'
export { testDatabase, testServer, type TestDatabase, type TestServer } from './server.ts'
