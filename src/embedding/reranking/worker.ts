import { serve } from '../scheduling/serve.ts'
import { openRerankPerformer } from './performer.ts'

await serve(openRerankPerformer)
