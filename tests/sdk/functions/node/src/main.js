// A function with Appwrite's own SDK: it says what it is called with, answers bytes, and writes a receipt for every order.
import { Account, Client, TablesDB } from 'node-appwrite';

const client = () => new Client().setEndpoint(process.env.APPWRITE_FUNCTION_API_ENDPOINT).setProject(process.env.APPWRITE_FUNCTION_PROJECT_ID);

export default async ({ req, res, log, error }) => {
  log('Called by', req.headers['x-appwrite-trigger'], { path: req.path });
  if (req.headers['x-appwrite-trigger'] === 'event') return receipt(req, res, log);
  if (req.path === '/fail') {
    error('It cannot be done.');
    throw new Error('no such thing');
  }
  if (req.path === '/settings') return res.json(Object.fromEntries(req.query.names.split(',').map((name) => [name, process.env[name] ?? null])));
  if (req.path === '/me') return res.json(await new Account(client().setJWT(req.headers['x-appwrite-user-jwt'])).get());
  if (req.path === '/bytes') return res.binary(Buffer.from([0, 255, 254, 13, 10, 45, 45, 128]));
  const headers = Object.fromEntries(Object.entries(req.headers).filter(([name]) => name.startsWith('x-shop-')));
  const seen = { method: req.method, path: req.path, query: req.query, body: req.body, text: req.bodyText };
  return res.json({ ...seen, headers, user: req.headers['x-appwrite-user-id'] }, 201, { 'x-answer': 'yes' });
};

/** Write a row of its own for a row that has been made, with the key of this execution. */
async function receipt(req, res, log) {
  const tables = new TablesDB(client().setKey(req.headers['x-appwrite-key']));
  const data = { event: req.headers['x-appwrite-event'], total: req.body.price * 2 };
  await tables.createRow({ databaseId: 'store', tableId: 'receipts', rowId: req.body.$id, data });
  await tables.create({ databaseId: 'more', name: 'More' }).catch((refusal) => log(JSON.stringify([refusal.code, refusal.type])));
  return res.empty();
}
