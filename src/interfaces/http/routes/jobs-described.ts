import { answerSchema, inputSchema } from '../openapi/components.ts'
import { JSON_TYPE, type RouteDescription } from '../openapi/description.ts'

const STARTED: RouteDescription['answers'] = {
  202: {
    description: 'It has been started',
    content: { [JSON_TYPE]: answerSchema('jobs.start') },
    headers: { location: { type: 'string', description: 'Where the job is shown' } },
  },
}

export async function describeJobs(): Promise<readonly RouteDescription[]> {
  return [
    {
      method: 'POST',
      path: '/api/jobs',
      summary: 'Run an operation that takes long in the background.',
      details: 'The caller must be allowed to run the operation itself.',
      operation: 'jobs.start',
      body: { [JSON_TYPE]: inputSchema('jobs.start') },
      answers: STARTED,
    },
    {
      method: 'POST',
      path: '/api/index',
      summary: 'Start a job that brings the database up to date with the files below some paths.',
      operation: 'index',
      body: { [JSON_TYPE]: inputSchema('index') },
      answers: STARTED,
      errors: ['SERVER_BUSY'],
    },
    {
      method: 'POST',
      path: '/api/migrations',
      summary: 'Start a job that moves collections to another model.',
      operation: 'migrate',
      body: { [JSON_TYPE]: inputSchema('migrate') },
      answers: STARTED,
      errors: ['SERVER_BUSY'],
    },
    {
      method: 'POST',
      path: '/api/migrations/rollback',
      summary: 'Start a job that lets the old index of a migration serve again.',
      operation: 'migrate.rollback',
      body: { [JSON_TYPE]: inputSchema('migrate.rollback') },
      answers: STARTED,
      errors: ['SERVER_BUSY'],
    },
    {
      method: 'GET',
      path: '/api/jobs/:id/events',
      summary: 'Follow a job by server-sent events.',
      details:
        'Events are progress, done, failed and cancelled; the data of each is the job. The first is how it stands now; after the last the stream ends.',
      operation: 'jobs.get',
      headers: {
        'last-event-id': { type: 'string', description: 'Of the last event that was seen, after a lost connection' },
      },
      answers: {
        200: { description: 'The events', content: { 'text/event-stream': {} } },
        204: { description: 'The end was seen already' },
      },
    },
  ]
}
