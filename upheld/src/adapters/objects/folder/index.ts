export { folderBlobs, type FolderOptions } from './folder.ts'
