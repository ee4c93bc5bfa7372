import { serveThread } from '../sqlite/thread.ts'
import storageModule from './storage-module.ts'

serveThread(storageModule)
