import { expect, test } from 'vitest'
import { countTests, summaryLine, type VitestReport } from '../../scripts/support/summary.ts'

const PASSED = { name: 'a.test.ts', status: 'passed', assertionResults: [{ status: 'passed' }] }
const FAILED = { name: 'b.test.ts', status: 'failed', assertionResults: [{ status: 'failed' }] }
const UNLOADABLE = { name: 'c.test.ts', status: 'failed', assertionResults: [] }

test('the counts are those of vitest', () => {
  const counts = countTests(report({ passed: 5, failed: 2, pending: 3, files: [PASSED, FAILED] }), 1)
  expect(summaryLine(counts)).toBe('5 passed, 2 failed, 3 skipped')
})

test('without skipped tests the line has two numbers', () => {
  expect(summaryLine(countTests(report({ passed: 5, files: [PASSED] }), 0))).toBe('5 passed, 0 failed')
})

test('a file that cannot be loaded is a failure', () => {
  expect(countTests(report({ passed: 5, files: [PASSED, UNLOADABLE] }), 1)).toMatchObject({ passed: 5, failed: 1 })
})

test('no report is a failure', () => {
  expect(countTests(null, 0)).toEqual({ passed: 0, failed: 1, skipped: 0 })
})

test('a run without one passed test is a failure', () => {
  expect(countTests(report({ pending: 4, files: [] }), 0)).toMatchObject({ passed: 0, failed: 1, skipped: 4 })
})

test('a bad end with every test passed is a failure', () => {
  expect(countTests(report({ passed: 5, files: [PASSED] }), 1)).toMatchObject({ passed: 5, failed: 1 })
  expect(countTests(report({ passed: 5, files: [PASSED] }), null)).toMatchObject({ passed: 5, failed: 1 })
})

interface ReportParts {
  passed?: number
  failed?: number
  pending?: number
  files: VitestReport['testResults']
}

function report({ passed = 0, failed = 0, pending = 0, files }: ReportParts): VitestReport {
  return {
    numTotalTests: passed + failed + pending,
    numPassedTests: passed,
    numFailedTests: failed,
    numPendingTests: pending,
    numTodoTests: 0,
    testResults: files,
  }
}
