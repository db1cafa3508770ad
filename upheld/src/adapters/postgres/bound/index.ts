export { openBoundConnections, type BoundConnectionsOptions } from './connections.ts'
