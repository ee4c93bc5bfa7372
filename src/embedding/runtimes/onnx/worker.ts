import { serve } from '../../scheduling/serve.ts'
import { openPerformer } from './performer.ts'

await serve(openPerformer)
