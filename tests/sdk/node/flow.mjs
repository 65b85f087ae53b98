// How a flow is run: `node FILE.mjs ENDPOINT PROJECT KEY FLOW`, its input as JSON on standard input, its answer as JSON
// on standard output.
import { readFileSync } from 'node:fs';

const nodeFetch = globalThis.fetch; // pages have their own
const [endpoint, project, key, name] = process.argv.slice(2);
export const at = { endpoint, project, key };

/** Run the flow that is asked for. */
export async function run(flows) {
  const input = JSON.parse(readFileSync(0, 'utf8') || '{}');
  const answer = await flows[name](input);
  process.stdout.write(JSON.stringify(answer, (_, value) => (typeof value === 'bigint' ? `${value}n` : value)));
}

/** Say something before the answer, on a line of its own, to who waits for it. */
export const say = (told) => process.stdout.write(`${JSON.stringify(told)}\n`);

/** The next mail to an address: its link with the link's parameters, its code, its text. `mails` is what flows are given. */
export async function letter(mails, to) {
  const response = await nodeFetch(`${mails}?to=${encodeURIComponent(to)}`);
  if (!response.ok) throw new Error(await response.text());
  return response.json();
}

/** What a call is refused with. */
export async function refusal(call) {
  try {
    await call;
  } catch (error) {
    if (error.name !== 'AppwriteException' || !error.message) throw error;
    return [error.code, error.type];
  }
  throw new Error('this call should have been refused');
}

/** The attributes of a document, without what the server keeps about it. */
export const dataOf = (document) => Object.fromEntries(Object.entries(document).filter(([name]) => !name.startsWith('$')));

const TO_TABLES = { collection: 'table', Collection: 'Table', document: 'row', Document: 'Row', attribute: 'column', Attribute: 'Column' };

/** Calls a service in the words of Databases; TablesDB is told in its own, and its answers are read the same way. */
export function inWords(service, tables) {
  const say = (text) => (tables ? text.replace(/collection|document|attribute/gi, (word) => TO_TABLES[word]) : text);
  const call = (method, params = {}) =>
    service[say(method)](Object.fromEntries(Object.entries(params).map(([name, value]) => [say(name), value])));
  call.list = async (method, params) => {
    const found = await call(method, params);
    return Object.values(found).find(Array.isArray);
  };
  call.say = say;
  return call;
}
