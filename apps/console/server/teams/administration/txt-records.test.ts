import { expect, test } from 'vitest'
import { createTxtRecords } from './txt-records.ts'
import type { ResolveTxt } from './txt-records.ts'

const name = '_sallyport.example.com'
const text = 'sallyport-verification=token'
const never = (): AbortSignal => new AbortController().signal
const look = (resolveTxt: ResolveTxt, deadline = never) => createTxtRecords({ resolveTxt, deadline })(name, text)
const failing = (code: string): ResolveTxt => {
  return () => Promise.reject(Object.assign(new Error(code), { code }))
}

test('one record among others that has exactly the text, whole or in pieces, is enough', async () => {
  expect(await look(async () => [['v=spf1 -all'], [text]])).toBe('there')
  expect(await look(async () => [[text.slice(0, 5), text.slice(5)]])).toBe('there')
})

test.each([[[]], [[['v=spf1 -all']]], [[[`${text}x`]]], [[[` ${text}`]]], [[[text.toUpperCase()]]], [[['token']]]])(
  'the records %j are not it',
  async (records) => {
    expect(await look(async () => records)).toBe('absent')
  },
)

test('a name that is not there is an answer; a server that fails is none', async () => {
  expect(await look(failing('ENOTFOUND'))).toBe('absent')
  expect(await look(failing('ENODATA'))).toBe('absent')
  expect(await look(failing('ESERVFAIL'))).toBe('unknown')
  expect(await look(failing('ECONNREFUSED'))).toBe('unknown')
})

test('DS-03 a server that does not answer is not waited for', async () => {
  const hangs: ResolveTxt = () => new Promise(() => undefined)
  expect(await look(hangs, () => AbortSignal.abort())).toBe('unknown')
})
