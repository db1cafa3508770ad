export { floorsFile } from './floors-file.ts'
export { keyFolder, type KeyFolderOptions } from './folder/key-folder.ts'
