// Checks the documents of YAML files against the schemas of Kubernetes' API: `kubernetes.cjs FILE…`. The schemas allow fields that they do
// not have, so a field that a schema never asked for is an error here.
'use strict';
const fs = require('node:fs');
const path = require('node:path');
const YAML = require('yaml');

let failed = false;
function fail(where, what) {
  failed = true;
  console.log(`${where}: ${what}`);
}

// A view of a value that notes which of its fields were asked for.
function watched(value, where, asked) {
  if (value === null || typeof value !== 'object') {
    return value;
  }
  return new Proxy(value, {
    get(target, key) {
      const at = `${where}/${String(key)}`;
      asked.add(at);
      return watched(target[key], at, asked);
    },
  });
}

function* fields(value, where) {
  if (value !== null && typeof value === 'object') {
    for (const [key, inner] of Object.entries(value)) {
      yield `${where}/${key}`;
      yield* fields(inner, `${where}/${key}`);
    }
  }
}

function check(file, document) {
  const { apiVersion, kind } = document;
  const where = `${file}: ${apiVersion} ${kind}`;
  let schema;
  try {
    const name = Object.keys(require(`kubernetes-models/${apiVersion}/${kind}`)).find((each) => each.startsWith('Io'));
    // By its path, since the package exports no schemas.
    schema = require(path.join(path.dirname(require.resolve('kubernetes-models')), '_schemas', `${name}.js`)).validate;
  } catch (e) {
    return fail(where, 'no such kind');
  }
  const asked = new Set();
  if (!schema(watched(document, '', asked))) {
    schema.errors.forEach((error) => fail(where, `${error.instancePath.slice(1)} ${error.keyword} ${JSON.stringify(error.params)}`));
  }
  for (const field of fields(document, '')) {
    if (!asked.has(field)) {
      fail(where, `${field.slice(1)}: no such field`);
    }
  }
  console.log(`${kind} ${document.metadata.name}`);
}

for (const file of process.argv.slice(2)) {
  for (const document of YAML.parseAllDocuments(fs.readFileSync(file, 'utf8'))) {
    document.errors.forEach((error) => fail(file, error.message));
    check(file, document.toJS());
  }
}
process.exit(failed ? 1 : 0);
