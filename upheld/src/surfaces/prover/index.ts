export { openStage, type StageOptions } from './stage.ts'
