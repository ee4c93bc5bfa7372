import { SemdexError } from '../../core/errors.ts'
import type { SearchAnswer } from '../../core/search.ts'
import { ProtocolError } from '../../vendor/mcp.ts'
import { type Caller, callOperation } from '../wire/call.ts'
import { toProtocolError } from './resources.ts'
import { passagesText } from './text/passages.ts'

/** Passages that the prompt brings along; the agent may search for more. */
const PASSAGES = 8

const ANSWER = {
  name: 'answer-with-sources',
  title: 'Answer with sources',
  description: 'Answer a question from the indexed documents, and cite each statement.',
  arguments: [
    { name: 'question', description: 'The question, as one would ask a person', required: true },
    { name: 'collection', description: 'Only the documents of this collection', required: false },
  ],
}

export function listPrompts() {
  return { prompts: [ANSWER] }
}

/** @throws {ProtocolError} -32602 where there is no such prompt, or what search says of the arguments */
export async function getPrompt(
  { name, arguments: given = {} }: { name: string; arguments?: Record<string, string> | undefined },
  caller: Caller,
  signal: AbortSignal,
) {
  if (name !== ANSWER.name) throw new ProtocolError(-32_602, `There is no prompt ${name}.`)
  const { question, collection } = given
  if (question === undefined || question.trim() === '') throw toProtocolError(noQuestion())
  const input = { query: question, limit: PASSAGES, ...(collection !== undefined && { collection }) }
  const found = await callOperation('search', input, caller, { signal }).catch((thrown: unknown) => {
    throw toProtocolError(thrown)
  })
  const text = instructions(question, passagesText(found as SearchAnswer))
  return {
    description: ANSWER.description,
    messages: [{ role: 'user' as const, content: { type: 'text' as const, text } }],
  }
}

function instructions(question: string, passages: string): string {
  return [
    `Answer this question from the passages below and from what else the search tool finds: ${question}`,
    '',
    'After each statement cite the passage that it comes from by its place, as (path:lines). Say so where the documents do not answer the question, and add nothing that they do not say. Where a passage is not enough, open more of its document with the get tool, or search again in other words.',
    '',
    passages,
  ].join('\n')
}

function noQuestion(): SemdexError {
  return new SemdexError('INVALID_INPUT', {
    message: 'The prompt needs a question.',
    details: { field: 'question' },
  })
}
