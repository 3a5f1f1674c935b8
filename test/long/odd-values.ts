import fc from 'fast-check'

/** A body that would do something, with changes; or a text in its place. */
export type OddBody =
  | { readonly fields: readonly (readonly [name: string, value: unknown])[]; readonly without: readonly string[] }
  | { readonly text: string }
  /** In base64. */
  | { readonly bytes: string }

const nested = (depth: number, open: string, close: string): string => open.repeat(depth) + close.repeat(depth)

const strangeText = fc.constantFrom(
  '',
  ' ',
  '\u0000',
  'a\u0000b',
  '\ud800',
  '\udfff\ud800',
  '\ufeff',
  '\u202e\u2066',
  'e\u0301'.repeat(500),
  '\u{1d7d9}\u{1d7da}\u{1d7db}\u{1d7dc}\u{1d7dd}\u{1d7de}',
  '\uff10'.repeat(6),
  'İıßſﬀ',
  '\u{1f468}\u200d\u{1f469}\u200d\u{1f467}',
  '\r\nset-cookie: a=b',
  '\u0085\u2028\u2029',
  '\u001b[2J',
  `' OR 1=1 --`,
  '%00%0a',
  '../../../etc/passwd',
  '${7*7}{{7*7}}<%= 7 %>',
  '<script>alert(1)</script>',
  '__proto__',
  'constructor',
  '1e309',
  '-1',
  'NaN',
  'null',
  'a@b',
  'a@[127.0.0.1]',
  '"a b"@example.com',
  'a@xn--.example',
  `${'a'.repeat(64)}@${'b.'.repeat(90)}example`,
  `a@${'.'.repeat(300)}`,
  '+1',
  '+999999999999999999',
  '+1202555010',
  'x'.repeat(61),
  'x'.repeat(257),
  'x'.repeat(1025),
  'x'.repeat(70_000),
)

export const text = fc.oneof(
  strangeText,
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.string({ maxLength: 400 }),
  fc.emailAddress(),
)

/** Nothing that belongs anywhere. */
export const junk: fc.Arbitrary<unknown> = fc.oneof(
  text,
  fc.constantFrom(null, true, false, 0, -0, -1, 0.5, 2 ** 53, -(2 ** 63), 1e308, 5e-324, 12_345, [], {}, [[]], [null]),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.constantFrom({ $ne: null }, { toString: 'x' }, { length: 6 }, { toJSON: 1 }, { constructor: {} }),
  fc.array(text, { maxLength: 4 }),
  fc.jsonValue({ maxDepth: 4 }),
  fc.constantFrom(5, 200).map((depth): unknown => JSON.parse(nested(depth, '[', ']'))),
)

export const strangeKey = fc.oneof(
  fc.constantFrom(
    '__proto__',
    'constructor',
    'prototype',
    'toString',
    'accountId',
    'role',
    'id',
    '',
    '\u0000',
    'remember',
  ),
  fc.string({ maxLength: 20 }),
)

/** What cannot be read as the body that is expected, or only by someone too kind. */
export const strangeBody: fc.Arbitrary<OddBody> = fc.oneof(
  fc
    .constantFrom(
      '',
      ' ',
      '{',
      '}',
      '[]',
      'null',
      'true',
      '"text"',
      '0',
      '-',
      '1e999',
      '{"a":1',
      '{"a":1}}',
      '{"a":1}{"a":2}',
      `{'a':1}`,
      '{a:1}',
      '{"a":01}',
      '{"a":NaN}',
      '{"a":Infinity}',
      '{"a":"\\ud800"}',
      '{"a":"\\u00"}',
      '{"a":"\n"}',
      '\ufeff{}',
      '/**/{}',
      '{"__proto__":{"accountId":"x"}}',
      '{"email":"a@example.com","email":"b@example.com","password":"wrong password"}',
      'email=a%40example.com&password=x',
      '<?xml version="1.0"?><a/>',
      '--x\r\ncontent-disposition: form-data; name="a"\r\n\r\n1\r\n--x--',
      nested(30_000, '[', ']'),
      '{"a":'.repeat(5000),
      `{"a":${'9'.repeat(30_000)}}`,
      `[${'0,'.repeat(30_000)}0]`,
      `"${'x'.repeat(65_000)}"`,
      `"${'x'.repeat(66_000)}"`,
    )
    .map((whole) => ({ text: whole })),
  fc.json({ maxDepth: 4 }).map((whole) => ({ text: whole })),
  fc.string({ unit: 'binary', maxLength: 100 }).map((whole) => ({ text: whole })),
  fc.uint8Array({ maxLength: 200 }).map((bytes) => ({ bytes: Buffer.from(bytes).toString('base64') })),
  fc.constantFrom<OddBody>(
    { bytes: Buffer.from('{}', 'utf16le').toString('base64') },
    { bytes: Buffer.from('{"email":"\xff\xfe","password":"\xc0\xaf"}', 'latin1').toString('base64') },
  ),
)

export const strangePath = fc.oneof(
  fc.constantFrom(
    '..',
    '.',
    '...',
    '%2e%2e',
    '%2E%2E%2F%2E%2E',
    '..%2f..%2fsession',
    '%2F',
    '%5C..%5C',
    '%00',
    'a%00b',
    '%ff',
    '%c0%af',
    '%',
    '%zz',
    '%25',
    '%u0041',
    '%F0%9F%98%80',
    '*',
    ';a=b',
    'a;b',
    'a b',
    'a?b=c',
    'a#b',
    '//',
    '/',
    '',
    '\\',
    '-',
    '_',
    '__proto__',
    'constructor',
    'undefined',
    'null',
    '0',
    ':teamId',
    '{teamId}',
    'é',
    '<>"`',
    'a'.repeat(64),
    'a'.repeat(65),
    'a'.repeat(10_000),
  ),
  fc.stringMatching(/^[\w-]{1,64}$/),
  fc.stringMatching(/^[\w.-]{1,30}\.[a-z]{2,5}$/),
  fc.string({ maxLength: 30 }).map((any) => encodeURIComponent(any)),
)

const methods = [
  'GET',
  'HEAD',
  'OPTIONS',
  'POST',
  'PUT',
  'PATCH',
  'DELETE',
  'TRACE',
  'CONNECT',
  'PROPFIND',
  'QUERY',
  'LINK',
]
export const strangeMethod = fc.constantFrom(...methods, 'get', 'Post', 'FOO', 'POST\t', 'M-SEARCH', 'PURGE')

export const cookieNames = [
  '__Host-console-session',
  '__Host-console-browser',
  '__Host-console-confirmation',
  '__Host-console-oidc',
  '__Host-sallyport-pending',
  '__Host-sallyport-trusted',
  '__Host-sallyport-known',
]

/** May hold any byte a header can, and some that it cannot. */
export const headerText = fc.oneof(
  fc.stringMatching(/^[\x21-\x7e]{0,80}$/),
  fc.base64String({ maxLength: 60 }),
  fc.stringMatching(/^[\w-]{43}(\.[\w-]{43}){0,6}$/),
  fc.stringMatching(/^(email|phone)\.[\w-]{1,22}\.[\w-]{22}\.[\w-]{43}$/),
  fc.string({ maxLength: 40 }),
  fc.constantFrom(
    '',
    ' ',
    '\t',
    'a\u0000b',
    '\u00ff\u00fe',
    'é',
    '"',
    '""',
    '%',
    '%ff',
    '%00',
    '=',
    ';',
    ',',
    '\u007f',
    '.',
    '..',
  ),
  fc.constantFrom('x'.repeat(4000), 'x'.repeat(20_000), 'a.'.repeat(3000), `${'A'.repeat(43)}.`.repeat(50)),
)

export const strangeHeader: fc.Arbitrary<readonly [string, string | readonly string[] | null]> = fc.oneof(
  fc.tuple(
    fc.constant('content-type'),
    fc.constantFrom(
      null,
      '',
      'text/plain',
      'application/x-www-form-urlencoded',
      'multipart/form-data; boundary=x',
      'application/json; charset=utf-16',
      'application/JSON ; a="b"',
      'application/json;',
      'application/json, text/plain',
      'application/problem+json',
      'application/jsonx',
      'x'.repeat(9000),
    ),
  ),
  fc.tuple(fc.constant('content-encoding'), fc.constantFrom('gzip', 'br', 'identity', '', 'x')),
  fc.tuple(
    fc.constant('origin'),
    fc.constantFrom(
      null,
      'null',
      '',
      'https://evil.example',
      'http://localhost',
      'http://localhost.evil.example',
      'file://',
    ),
  ),
  fc.tuple(fc.constant('sec-fetch-site'), fc.constantFrom(null, 'cross-site', 'same-site', 'none', '', 'x')),
  fc.tuple(fc.constant('x-csrf-token'), fc.oneof(fc.constant(null), headerText)),
  fc.tuple(fc.constant('x-step-up'), headerText),
  fc.tuple(
    fc.constant('authorization'),
    fc.oneof(
      headerText,
      headerText.map((any) => `Bearer ${any}`),
      headerText.map((any) => `Basic ${any}`),
      fc.constantFrom(
        'Bearer',
        'bearer ',
        'Bearer a.b.c',
        'Bearer eyJhbGciOiJub25lIn0.e30.',
        'Bearer ..',
        `Bearer sk_${'A'.repeat(43)}`,
        'Digest username="x"',
        'Bearer a, Bearer b',
      ),
    ),
  ),
  fc.tuple(fc.constant('user-agent'), fc.oneof(fc.constant(null), headerText)),
  fc.tuple(
    fc.constant('x-forwarded-for'),
    fc.oneof(
      headerText,
      fc.constantFrom(
        '::1',
        '2001:db8::1',
        'unknown',
        '127.0.0.1',
        '1.2.3.4, 127.0.0.1',
        ', ,',
        '999.1.1.1',
        'fe80::1%eth0',
      ),
    ),
  ),
  fc.tuple(fc.constant('host'), fc.constantFrom('', 'evil.example', 'localhost:99999', 'a b', '[::1', 'é')),
  fc.tuple(
    fc.constantFrom(
      'accept',
      'accept-language',
      'if-none-match',
      'range',
      'referer',
      'x-http-method-override',
      'traceparent',
    ),
    headerText,
  ),
  fc.constantFrom<readonly [string, string | readonly string[]]>(
    ['expect', '100-continue'],
    ['expect', 'x'],
    ['upgrade', 'h2c'],
    ['transfer-encoding', 'chunked'],
    ['transfer-encoding', 'gzip'],
    ['x-csrf-token', ['a', 'b']],
    ['origin', ['https://evil.example', 'null']],
    ['authorization', ['Bearer a', 'Bearer b']],
    ['content-type', ['application/json', 'text/plain']],
    ['x-many', Array.from({ length: 300 }, (_, number) => String(number))],
    ['x-long', 'x'.repeat(20_000)],
  ),
)

export const strangeQuery = fc.oneof(
  fc.constantFrom(
    '?',
    '?a',
    '?a=1&a=2',
    '?__proto__=x',
    '?after=%00',
    '?after[]=x',
    '?before=%ff',
    `?after=${'x'.repeat(9000)}`,
  ),
  fc.constantFrom(
    '?state=x&code=y',
    '?error=access_denied',
    '?iss=https://evil.example&state=&code=',
    '?from=x&to=',
    '?code',
  ),
  fc
    .tuple(
      fc.constantFrom('after', 'before', 'person', 'action', 'outcome', 'from', 'to', 'state', 'code'),
      fc.string(),
    )
    .map(([name, value]) => `?${name}=${encodeURIComponent(value)}`),
)
