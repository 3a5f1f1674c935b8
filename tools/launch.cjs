// The one file that must run on any Node, however old: it says which Node is needed, then hands over to
// `<name>.mjs`. Hence `var`, CommonJS and no syntax younger than dynamic import.
'use strict'

var path = require('path')
var url = require('url')

var found = process.versions.node.split('.').map(Number)
if (found[0] < 20 || (found[0] === 20 && found[1] < 19)) {
  console.error(
    'Sallyport needs Node 20.19 or newer; this is Node ' + process.versions.node + '. See https://nodejs.org',
  )
  process.exit(1)
}

var target = path.join(__dirname, process.argv[2] + '.mjs')
process.argv.splice(1, 2, target)
void import(url.pathToFileURL(target).href)
