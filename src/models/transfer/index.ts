/** How the files of models come to this machine. Loaded by `import()` alone: a search never needs it. */
export { type CopyFile, copyModel } from './copy.ts'
export { withFolderLock } from './lock.ts'
export { type PullOptions, pullModel, type TransferredFile } from './pull.ts'
export type { HubSettings } from './settings.ts'
export { openSource } from './source.ts'
