// A TCP forwarder, as ssh -L is one: node forward.cjs PORT. Says its own port.
const { connect, createServer } = require('node:net')

const server = createServer(near => {
  const far = connect(Number(process.argv[2]), '127.0.0.1')
  near.pipe(far).pipe(near)
  near.on('error', () => far.destroy())
  far.on('error', () => near.destroy())
})
server.listen(0, '127.0.0.1', () => process.stdout.write(`${server.address().port}\n`))
