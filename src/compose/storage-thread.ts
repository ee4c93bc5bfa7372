import { serveThread } from '../sqlite/thread.ts'
import storageModule from './storage-module.ts'

await serveThread(storageModule)
