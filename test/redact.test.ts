import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { redactText } from '../src/redact.js'
import { makeAccountHider } from '../src/reports/pseudonyms.js'

const SALT = '5f'.repeat(32)
const ACCOUNTS = [
  ['1042', 'Acme Corp'],
  ['77'],
  ['müller-gmbh'],
  ['ab'],
  ["O'Brien & Sons"],
  ['株式会社アクメ'],
]
const rules = { k: 5, hideAccounts: makeAccountHider(ACCOUNTS, { salt: SALT, allow: [] }) }
const redact = (text: string) => redactText(text, rules).text
/** Text in which pseudonyms are `<0>`, `<1>` … by account. */
const nameAccounts = (text: string) => {
  const known = ACCOUNTS.map(([id]) => redact(`account = '${id!.replaceAll("'", "''")}'`).slice(11, -1))
  return known.reduce((named, pseudonym, i) => named.replaceAll(pseudonym, `<${i}>`), redact(text))
}

test.each([
  ['seen from 203.0.113.9:8080, 2001:db8::1 and [::ffff:10.0.0.1]', 'seen from [ip]:8080, [ip] and [[ip]]'],
  ['fe80::1%eth0: down; host ip-10-0-0-1.ec2.internal', '[ip]: down; host [ip].ec2.internal'],
  [
    'Chrome/120.0.0.0 (a version that reads like an address)',
    'Chrome/[ip] (a version that reads like an address)',
  ],
  ['bob.smith+x@acme-mail.co.uk, bob%40shop.example.com, a\\_b@c.example', '[e-mail], [e-mail], [e-mail]'],
  ['Authorization: Bearer abc.def-123', 'Authorization: [secret]'],
  [
    'curl -H "X-Api-Key: k9k9k9" -H \'Cookie: sid=1; theme=dark\'',
    'curl -H "X-Api-Key: [secret]" -H \'Cookie: [secret]\'',
  ],
  [
    'https://user:pw@h.example.com/x?token=abc&x=1&code=9#part',
    'https://[secret]@h.example.com/x?token=[secret]&x=1&code=[secret]#part',
  ],
  [
    '/login?next=https%3A%2F%2Fx%3Fsession_id%3Dabc%26y%3D1',
    '/login?next=https%3A%2F%2Fx%3Fsession_id%3D[secret]%26y%3D1',
  ],
  [
    '/a;jsessionid=0A1B?X-Amz-Signature=ff&x-amz-date=2026',
    '/a;jsessionid=[secret]?X-Amz-Signature=[secret]&x-amz-date=2026',
  ],
  [
    '{"password":"a b","api_key": "z"} and password: hunter',
    '{"password":"[secret]","api_key": "[secret]"} and password: [secret]',
  ],
  ['jwt eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln key AKIAIOSFODNN7EXAMPLE', 'jwt [secret] key [secret]'],
  ['trace 4bf92f3577b34da6a3ce929d0e0e4736 of 123e4567-e89b-12d3-a456-426614174000', 'trace [id] of [id]'],
  ['session_01ARZ3NDEKTSV4RRFFQ69G5FAV', 'session_[id]'],
  [
    'at /home/alice/app.js:3, file:///Users/bob/x, C:\\Users\\John Smith\\x, "C:\\\\Users\\\\jo"',
    'at ~/app.js:3, file://~/x, ~\\x, "~"',
  ],
])('hides %s', (text, expected) => {
  expect(redact(text)).toBe(expected)
})

test.each([
  'half take over 32 ms, one in twenty over 1.10 s (95%: 63.4% to 76.6%); −0.6 pp',
  '10,977 requests from 2026-10-05T14:03:21Z to 2026-10-06 09:00:00 UTC, 14:03:21.123456',
  'GET /orders/:id, POST /a/{token}/b, GET /home/offers, /t/:account/x?token=:token&key={key}',
  "whyslow requests --where 'route = '\\''GET /home/:tab'\\'' AND duration_ms >= 1042' --from 2026-10-05T00:00:00Z",
  'fixed by commit 4bf92f3577b34da6a3ce929d0e0e4736a3ce929d, version 8a1c2f09, node v24.1.0',
  'src/render.js:1042:77 took 0.30000000000000004 ms, pid 1042, 77 requests, 1042 ms, EUR 1042, top 77',
  '::error::x std::vector a=b c: d key: value, the code: none, secret: keep it, npm install foo@1.2.3 @scope/pkg',
  '4 support tickets are about it: 1042, 4711; 0 customers; 12 of 40 customers; 2 client errors; sessions: 3',
])('leaves %s', text => {
  expect(redactText(text, rules)).toEqual({ text, found: [] })
})

describe('accounts', () => {
  test('are one pseudonym in any spelling', () => {
    expect(
      nameAccounts(
        'Acme Corp, ACME-CORP, acme\\_corp, Acme%20Corp, acme\n> corp, https://acme-corp.example.com/',
      ),
    ).toBe('<0>, <0>, <0>, <0>, <0>, https://<0>.example.com/')
    expect(nameAccounts('M%C3%BCller-GmbH, Müller GmbH (MÜLLER-GMBH); O&#39;Brien &amp; Sons')).toBe(
      '<2>, <2> (<2>); <4>',
    )
  })

  test('that are numbers are hidden where an account stands, and nowhere else', () => {
    expect(
      nameAccounts('customers 77, 1042 and ab; customer 77; account_id=77; "tenant": "77"; ?org=77&n=77'),
    ).toBe('customers <1>, <0> and <3>; customer <1>; account_id=<1>; "tenant": "<1>"; ?org=<1>&n=<1>')
    expect(
      nameAccounts('/t/77/orders, 1042 called; 12 of the customers hit left afterwards (1042, 77), who paid'),
    ).toBe('/t/<1>/orders, <0> called; 12 of the customers hit left afterwards (<0>, <1>), who paid')
  })

  test('in a where are hidden whatever they are, with their quotes as they were', () => {
    expect(nameAccounts("account IN ('1042', '77') AND status = 200")).toBe(
      "account IN ('<0>', '<1>') AND status = 200",
    )
    expect(nameAccounts(`--where 'account = '\\''77'\\'' AND duration_ms > 77'`)).toBe(
      `--where 'account = '\\''<1>'\\'' AND duration_ms > 77'`,
    )
    expect(redact("account = 'stranger' OR account LIKE 'o''b%' OR starts_with(account, 'zz')")).toMatch(
      /^account = 'customer-\w{8}' OR account LIKE 'customer-\w{8}%' OR starts_with\(account, 'customer-\w{8}'\)$/,
    )
    expect(
      redact('account = "x" AND lower(account) = \\"y\\" AND account IS NOT NULL AND account <> 42'),
    ).toMatch(
      /^account = "customer-\w{8}" AND lower\(account\) = \\"customer-\w{8}\\" AND account IS NOT NULL AND account <> customer-\w{8}$/,
    )
  })

  test('have another pseudonym under another salt', () => {
    const other = { ...rules, hideAccounts: makeAccountHider(ACCOUNTS, { salt: '00', allow: [] }) }
    expect(redactText('Acme Corp', other).text).not.toBe(redact('Acme Corp'))
  })

  test('that are allowed stay, by any of their names', () => {
    const allowing = {
      ...rules,
      hideAccounts: makeAccountHider(ACCOUNTS, { salt: SALT, allow: ['acme corp', 'zeta'] }),
    }
    const text = "Acme Corp, customer 1042, account = '1042', account = 'zeta'"
    expect(redactText(text, allowing)).toEqual({ text, found: [] })
    expect(redactText('customer 77', allowing).found).toEqual([{ kind: 'account', count: 1 }])
  })

  test('a hundred thousand of them, with names that start alike, are found in a moment', () => {
    const many = Array.from({ length: 100_000 }, (_, i) => [`customer no ${i} ltd`])
    const hideAccounts = makeAccountHider(many, { salt: SALT, allow: [] })
    expect(redactText('Customer No 99999 Ltd called', { k: 5, hideAccounts }).found).toEqual([
      { kind: 'account', count: 1 },
    ])
  })
})

test('small counts of customers are hidden, and so is who they are', () => {
  expect(
    redact('3 of 40 customers had 4 requests (2 known accounts); 1 customer, 4 of the clients, 5 customers'),
  ).toBe(
    'fewer than 5 of 40 customers had 4 requests (fewer than 5 known accounts); fewer than 5 customers, fewer than 5 of the clients, 5 customers',
  )
  expect(redact('3 of 4 customers')).toBe('fewer than 5 customers')
  expect(redact('2 of the customers hit left afterwards (1042, 77), who paid EUR 90 a month')).toBe(
    'fewer than 5 of the customers hit left afterwards, who paid EUR 90 a month',
  )
  expect(redactText('3 customers', { ...rules, k: 1 }).text).toBe('3 customers')
})

describe('whatever is planted, and wherever', () => {
  const hex = (min: number, max: number) =>
    fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: min, maxLength: max })
  const word = (min: number, max: number) =>
    fc.string({
      unit: fc.constantFrom(...'abcdefghijkmnpqrstuvwxyzABCDEFGH23456789'),
      minLength: min,
      maxLength: max,
    })
  const octet = fc.integer({ min: 0, max: 255 })
  /** [the text, what must not be left of it] */
  const planted: fc.Arbitrary<[string, string]> = fc.oneof(
    fc.tuple(octet, octet, octet, octet).map(parts => [parts.join('.'), parts.join('.')] as [string, string]),
    fc
      .ipV6()
      .filter(ip => ip.replace(/[:0.]/g, '').length > 2)
      .map(ip => [ip, ip] as [string, string]),
    fc
      .tuple(word(3, 12), word(3, 9))
      .map(([name, host]) => [`${name}@${host}.example.com`, `${name}@${host}`] as [string, string]),
    fc.uuid().map(id => [id, id] as [string, string]),
    hex(16, 64).map(id => [`id-${id}`, id] as [string, string]),
    fc
      .tuple(
        fc.constantFrom(
          'token',
          'api_key',
          'password',
          'session',
          'signature',
          'code',
          'key',
          'client_secret',
          'X-Amz-Credential',
        ),
        word(8, 30),
        fc.constantFrom('?', '&', '?a=1&', '%3F', '%253F'),
      )
      .map(
        ([name, value, start]) =>
          [`/x${start}${name}${start.startsWith('%') ? '%3D' : '='}${value}`, value] as [string, string],
      ),
    word(10, 40).map(value => [`Authorization: Bearer ${value}`, value] as [string, string]),
    fc
      .tuple(word(6, 10), word(6, 30))
      .map(([user, pass]) => [`https://${user}:${pass}@db.example.com/`, pass] as [string, string]),
    word(6, 12).map(user => [`/home/${user}/app.js`, user] as [string, string]),
    fc
      .constantFrom('Acme Corp', 'acme-corp', 'ACME_CORP', 'müller-gmbh', "O'Brien & Sons")
      .map(name => [name, name] as [string, string]),
    fc.constantFrom('1042', '77', 'ab').map(id => [`account = '${id}'`, `'${id}'`] as [string, string]),
  )
  const place = fc.constantFrom(
    (secret: string) => secret,
    (secret: string) => `slow for ${secret}, always`,
    (secret: string) => `(${secret})`,
    (secret: string) => `"${secret}"`,
    (secret: string) => `<${secret}>`,
    (secret: string) => `\`${secret}\``,
    (secret: string) => `| ${secret} |`,
    (secret: string) => `**${secret}**`,
    (secret: string) => `\n- ${secret}\n`,
    (secret: string) => `[x](${secret})`,
  )

  test('no secret survives, and twice is as once', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(planted, place), { minLength: 1, maxLength: 5 }), entries => {
        const { text } = redactText(entries.map(([[secret], put]) => put(secret)).join(' and '), rules)
        for (const [[, hidden]] of entries) expect(text.toLowerCase()).not.toContain(hidden.toLowerCase())
        expect(redact(text)).toBe(text)
      }),
      { numRuns: 3000, seed: 7 },
    )
  })

  test('long text of one kind takes no long time', () => {
    const started = performance.now()
    for (const piece of [
      'a',
      'a.',
      '@',
      ':',
      '1',
      '1.',
      '%',
      '?token',
      "'",
      '/home',
      'account = ',
      'ab, ',
      'customers ',
      'f0-',
      '\\',
    ]) {
      redact(piece.repeat(20_000))
    }
    expect(performance.now() - started).toBeLessThan(20_000)
  })
})
