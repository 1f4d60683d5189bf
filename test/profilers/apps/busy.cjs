// Never returns to its event loop.
function loopForEver() {
  let value = 0
  while (true) value = (value * 31 + 7) | 0
}

process.stdout.write('0\n')
loopForEver()
