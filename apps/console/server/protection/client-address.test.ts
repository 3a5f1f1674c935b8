import { expect, test } from 'vitest'
import { clientAddress, trustedProxiesOf } from './client-address.ts'

const none = trustedProxiesOf([])!
const inside = trustedProxiesOf(['10.0.0.0/8', '192.0.2.1', 'fd00::/8', '2001:db8:0:1::5'])!

test('HS-01 without a trusted proxy it is the peer of the socket, whatever is forwarded', () => {
  for (const forwarded of [undefined, '', '203.0.113.7', '198.51.100.1, 203.0.113.7', '127.0.0.1', ',,,']) {
    expect(clientAddress('198.51.100.9', forwarded, none)).toBe('198.51.100.9')
    expect(clientAddress('2001:db8::9', forwarded, none)).toBe('2001:db8::9')
    // Nor does a stranger become a proxy because there is one.
    expect(clientAddress('198.51.100.9', forwarded, inside)).toBe('198.51.100.9')
  }
})

test('P5 behind trusted proxies it is the right-most hop that is none, and nothing to the left of it', () => {
  for (const [forwarded, client] of [
    ['203.0.113.7', '203.0.113.7'],
    ['198.51.100.1, 203.0.113.7', '203.0.113.7'],
    ['198.51.100.1,203.0.113.7 , 10.1.1.1,\t10.2.2.2', '203.0.113.7'],
    ['10.9.9.9, 203.0.113.7, 10.1.1.1', '203.0.113.7'],
    ['evil, 203.0.113.7', '203.0.113.7'],
    ['2001:db8::7, fd00::1, 2001:DB8:0:1:0::5', '2001:db8::7'],
    ['203.0.113.7, 192.0.2.1', '203.0.113.7'],
    ['203.0.113.7, 192.0.2.2', '192.0.2.2'],
  ] as const) {
    expect([forwarded, clientAddress('10.0.0.1', forwarded, inside)]).toEqual([forwarded, client])
  }
})

test('P5 where nobody but proxies is named it is the one furthest to the left', () => {
  expect(clientAddress('10.0.0.1', undefined, inside)).toBe('10.0.0.1')
  expect(clientAddress('10.0.0.1', '10.0.0.3, 10.0.0.2', inside)).toBe('10.0.0.3')
})

test('P5 a hop that is no address ends the way at the last proxy that is trusted', () => {
  for (const no of ['', 'unknown', '_hidden', 'localhost', '203.0.113.777', '203.0.113', '010.0.0.9', '10.0.0.9/8']) {
    expect([no, clientAddress('10.0.0.1', `198.51.100.1, ${no}`, inside)]).toEqual([no, '10.0.0.1'])
    expect([no, clientAddress('10.0.0.1', `198.51.100.1, ${no}, 10.0.0.2`, inside)]).toEqual([no, '10.0.0.2'])
  }
  for (const no of ['"203.0.113.7"', 'for=203.0.113.7', '[203.0.113.7', '203.0.113.7:', '203.0.113.7:x', '[]:1', '[]'])
    expect([no, clientAddress('10.0.0.1', no, inside)]).toEqual([no, '10.0.0.1'])
})

test('P5 ports and brackets are no part of an address', () => {
  for (const [hop, client] of [
    ['203.0.113.7:4711', '203.0.113.7'],
    ['[2001:db8::7]', '2001:db8::7'],
    ['[2001:db8::7]:4711', '2001:db8::7'],
    // Without brackets a last group is no port.
    ['2001:db8::4711', '2001:db8::4711'],
  ] as const) {
    expect(clientAddress('10.0.0.1', hop, inside)).toBe(client)
    expect(clientAddress('10.0.0.1', `${hop}, 10.0.0.2:80, [fd00::2]:80`, inside)).toBe(client)
  }
})

test('P5 every spelling of an address is one address', () => {
  for (const peer of ['10.0.0.1', '::ffff:10.0.0.1', '::ffff:a00:1', '::FFFF:0A00:0001'])
    for (const hop of ['203.0.113.7', '::ffff:203.0.113.7', '::ffff:cb00:7107', '[::ffff:203.0.113.7]:80'])
      expect([peer, hop, clientAddress(peer, hop, inside)]).toEqual([peer, hop, '203.0.113.7'])
  for (const hop of ['2001:db8::7', '2001:DB8::7', '2001:0db8:0000::0007', '2001:db8:0:0:0:0:0:7'])
    expect(clientAddress('10.0.0.1', hop, inside)).toBe('2001:db8::7')
})

test('P5 a chain without end is not followed to its end', () => {
  const long = ['203.0.113.7', ...Array.from({ length: 40 }, (_, hop) => `10.0.1.${hop}`)]
  expect(clientAddress('10.0.0.1', long.join(), inside)).toBe('10.0.1.8')
})

test('a socket without an address has no client', () => {
  expect(clientAddress(undefined, '203.0.113.7', inside)).toBe('')
})

test('what is trusted is addresses and networks, and never everyone', () => {
  for (const entry of ['127.0.0.1', '::1', '10.0.0.0/8', '192.0.2.1/32', 'fd00::/8', '2001:db8::1/128', '128.0.0.0/1'])
    expect([entry, trustedProxiesOf([entry])]).not.toEqual([entry, null])
  for (const wrong of [
    '',
    'localhost',
    'proxy.example',
    '10.0.0',
    '10.0.0.0/33',
    '10.0.0.0/08',
    '10.0.0.0/-8',
    '10.0.0.0/8/8',
    '10.0.0.0/',
    '10.0.0.0 /8',
    '0.0.0.0/0',
    '::/0',
    '::/129',
    '[::1]',
    'fe80::1%eth0',
    '10.0.0.1:80',
    '10.0.0.1-10.0.0.9',
    '*',
  ]) {
    expect([wrong, trustedProxiesOf([wrong])]).toEqual([wrong, null])
    expect([wrong, trustedProxiesOf(['10.0.0.1', wrong])]).toEqual([wrong, null])
  }
})
