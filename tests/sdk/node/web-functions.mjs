// Functions with the web SDK, in pages of browsers: users call them, and see what came of their own calls.
import { Account, Client, ExecutionMethod, Functions, ID, Query } from 'appwrite';
import { Page } from './browser.mjs';
import { at, refusal, run } from './flow.mjs';

const functionId = 'keeper'; // the server has made it
const client = () => new Client().setEndpoint(at.endpoint).setProject(at.project);

async function signedIn({ origin, cookies }, email) {
  const browser = new Page(origin, { cookies }).open();
  const account = new Account(client());
  await account.create({ userId: ID.unique(), email, password: 'correct horse battery' });
  await account.createEmailPasswordSession({ email, password: 'correct horse battery' });
  return browser;
}

async function call({ page, emails: [ada, eve] }) {
  const home = await signedIn(page, ada);
  const functions = new Functions(client());
  const body = JSON.stringify({ amount: 3 });
  const headers = { 'content-type': 'application/json', 'x-shop-till': '7' };
  const done = await functions.createExecution({ functionId, body, xpath: '/orders?n=1', method: ExecutionMethod.PATCH, headers });
  const me = await functions.createExecution({ functionId, xpath: '/me' });
  const later = await functions.createExecution({ functionId, async: true });
  const listed = await functions.listExecutions({ functionId, queries: [Query.equal('requestPath', '/me')] });
  const one = { functionId, executionId: done.$id };
  const kept = await functions.getExecution(one);
  const refused = [];
  await signedIn(page, eve);
  refused.push(await refusal(functions.getExecution(one)), (await functions.listExecutions({ functionId })).total);
  new Page(page.origin, page).open();
  refused.push(await refusal(functions.createExecution({ functionId })), await refusal(functions.listExecutions({ functionId })));
  home.open();
  const { user, ...seen } = JSON.parse(done.responseBody);
  return {
    seen, user: done.$permissions[0] === `read("user:${user}")`, done: [done.status, done.responseStatusCode, done.logs, done.errors],
    me: JSON.parse(me.responseBody).email === ada, later: later.status, listed: listed.executions.map(({ $id }) => $id === me.$id),
    kept: [kept.responseStatusCode, kept.responseBody], refused,
  };
}

await run({ call });
