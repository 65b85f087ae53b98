// Functions with the Node.js SDK: deployed and called by servers, and by users on whose behalf they act.
import { readFileSync } from 'node:fs';
import {
  DeploymentDownloadType, ExecutionMethod, Functions, ID, ProjectKeyScopes, Query, Role, Runtime, TablesDB,
} from 'node-appwrite';
import { InputFile } from 'node-appwrite/file';
import { guest, server, user } from './callers.mjs';
import { at, refusal, run } from './flow.mjs';

const functionId = 'keeper';
const major = process.versions.node.split('.')[0];
const runtime = Object.values(Runtime).find((value) => value.split('.')[0] === `node-${major}`);
const functions = () => new Functions(server());
const until = async (look, holds) => {
  for (let tries = 0; tries < 600; tries++) {
    const found = await look();
    if (holds(found)) return found;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('it never came to be');
};
const isOver = ({ status }) => !['waiting', 'processing', 'building'].includes(status);
const built = (deploymentId) => until(() => functions().getDeployment({ functionId, deploymentId }), isOver);
const call = (more = {}, service = functions()) => service.createExecution({ functionId, ...more });
const read = async (execution) => JSON.parse((await execution).responseBody);

/** The sample function, whose build installs this SDK; and what is made when it is called by events. */
async function deploy({ path, commands }) {
  const tables = new TablesDB(server());
  await tables.create({ databaseId: 'store', name: 'Store' });
  for (const tableId of ['orders', 'receipts']) await tables.createTable({ databaseId: 'store', tableId, name: tableId });
  await tables.createIntegerColumn({ databaseId: 'store', tableId: 'orders', key: 'price', required: true });
  await tables.createIntegerColumn({ databaseId: 'store', tableId: 'receipts', key: 'total', required: true });
  await tables.createVarcharColumn({ databaseId: 'store', tableId: 'receipts', key: 'event', size: 500, required: true });
  const service = functions();
  const made = await service.create({
    functionId, name: 'Keeper', runtime, execute: [Role.users()], events: ['tablesdb.store.tables.orders.rows.*.create'],
    entrypoint: 'src/main.js', commands, scopes: [ProjectKeyScopes.RowsWrite, ProjectKeyScopes.RowsRead], timeout: 10,
  });
  const variable = (key, value, secret) => service.createVariable({ functionId, variableId: ID.unique(), key, value, secret });
  const { value: shown } = await variable('TOKEN', 'hidden');
  await variable('COLOR', 'red', false);
  const code = InputFile.fromPath(path, 'code.tar.gz');
  const steps = [];
  const sent = await service.createDeployment({ functionId, code, activate: true, onProgress: (step) => steps.push(step.chunksUploaded) });
  const { status, buildLogs, buildSize, sourceSize } = await built(sent.$id);
  return { made: [made.$id, made.runtime === runtime, made.live], shown, status, buildLogs, sizes: [sourceSize, buildSize > 100_000], steps };
}

async function calls() {
  const service = functions();
  const body = JSON.stringify({ name: 'Grüße' });
  const headers = { 'content-type': 'application/json', 'X-Shop-Till': '7' };
  const done = await call({ body, xpath: '/orders/new?fast=yes&n=2', method: ExecutionMethod.PUT, headers });
  const one = { functionId, executionId: done.$id };
  const kept = await service.getExecution(one);
  await service.deleteExecution(one);
  const failed = await call({ xpath: '/fail', method: ExecutionMethod.GET });
  return {
    seen: JSON.parse(done.responseBody), done: [done.status, done.responseStatusCode, done.trigger, done.logs, done.errors, done.$permissions],
    answered: Object.fromEntries(done.responseHeaders.map(({ name, value }) => [name, value])), kept: [kept.responseBody, kept.logs],
    gone: await refusal(service.getExecution(one)), failed: [failed.status, failed.responseStatusCode, failed.errors],
    settings: await read(call({ xpath: '/settings?names=TOKEN,COLOR,APPWRITE_FUNCTION_ID,APPWRITE_FUNCTION_API_KEY' })),
    variables: (await service.listVariables({ functionId })).variables.map(({ key, value, secret }) => [key, value, secret]),
  };
}

/** Calls that are made later. */
async function later() {
  const service = functions();
  const waiting = await call({ async: true, xpath: '/later', body: 'x' });
  const done = await until(() => service.getExecution({ functionId, executionId: waiting.$id }), isOver);
  const found = await service.listExecutions({ functionId, queries: [Query.equal('requestPath', '/later'), Query.limit(1)] });
  const scheduledAt = new Date(Date.now() + 120_000).toISOString().replace('Z', '+00:00');
  const scheduled = await call({ async: true, scheduledAt });
  const one = { functionId, executionId: scheduled.$id };
  await service.deleteExecution(one);
  return {
    waiting: [waiting.status, waiting.responseStatusCode], done: [done.status, done.responseStatusCode, done.logs],
    found: found.executions.map(({ $id }) => $id === done.$id), scheduled: [scheduled.status, scheduled.trigger, scheduled.scheduledAt === scheduledAt],
    gone: await refusal(service.getExecution(one)), soon: await refusal(call({ async: true, scheduledAt: new Date().toISOString() })),
  };
}

/** Bytes, which only a form can carry. */
async function bytes() {
  const request = {
    method: 'POST', body: JSON.stringify({ path: '/bytes' }),
    headers: { 'x-appwrite-project': at.project, 'x-appwrite-key': at.key, 'content-type': 'application/json', accept: 'multipart/form-data' },
  };
  const answer = await fetch(`${at.endpoint}/functions/${functionId}/executions`, request);
  const form = partsOf(answer.headers.get('content-type'), Buffer.from(await answer.arrayBuffer()));
  return {
    text: await refusal(call({ xpath: '/bytes' })), status: [`${form.status}`, Number(form.responseStatusCode)],
    headers: JSON.parse(form.responseHeaders).map(({ name }) => name).includes('content-type'),
    body: [...form.responseBody], logs: `${form.logs}`, errors: `${form.errors}`,
  };
}

/** The parts of a form as bytes, by their names. */
function partsOf(type, content) {
  const boundary = /boundary="?([^";]+)/.exec(type)[1];
  const parts = content.toString('latin1').split(`--${boundary}`).slice(1, -1);
  return Object.fromEntries(parts.map((part) => {
    const [head, ...body] = part.slice(2, -2).split('\r\n\r\n');
    return [/name="([^"]+)"/.exec(head)[1], Buffer.from(body.join('\r\n\r\n'), 'latin1')];
  }));
}

async function events() {
  const tables = new TablesDB(server());
  const { $id } = await tables.createRow({ databaseId: 'store', tableId: 'orders', rowId: ID.unique(), data: { price: 21 } });
  const [receipt] = await until(async () => (await tables.listRows({ databaseId: 'store', tableId: 'receipts' })).rows, (rows) => rows.length);
  const look = async () => (await functions().listExecutions({ functionId, queries: [Query.equal('trigger', 'event')] })).executions;
  const ran = await until(look, (found) => found.length && found.every(isOver));
  return {
    receipt: [receipt.$id === $id, receipt.total, receipt.event.endsWith(`.rows.${$id}.create`)],
    ran: ran.map(({ status, responseStatusCode, logs, errors }) => [status, responseStatusCode, logs, errors]),
  };
}

async function users({ email }) {
  const [ada, eve, nobody] = [new Functions(await user(email)), new Functions(await user(`eve.${email}`)), new Functions(guest())];
  const me = await call({ xpath: '/me' }, ada);
  const one = { functionId, executionId: me.$id };
  return {
    me: JSON.parse(me.responseBody).email === email, logs: me.logs, permissions: me.$permissions.length,
    own: (await ada.listExecutions({ functionId })).total, others: (await eve.listExecutions({ functionId })).total,
    refused: [await refusal(eve.getExecution(one)), await refusal(call({}, nobody)), await refusal(nobody.listExecutions({ functionId })), await refusal(ada.get({ functionId }))],
  };
}

/** Deployments beside the one that is active. */
async function deployments({ small, large }) {
  const service = functions();
  const send = async (path, more) => {
    const { $id } = await service.createDeployment({ functionId, code: InputFile.fromPath(path, 'code.tar.gz'), entrypoint: 'main.mjs', commands: 'echo building', ...more });
    return built($id);
  };
  const before = (await service.get({ functionId })).deploymentId;
  const steps = [];
  const second = await send(large, { activate: false, onProgress: (step) => steps.push(step.chunksUploaded) });
  const { deploymentId: kept } = await service.get({ functionId });
  const active = await service.updateFunctionDeployment({ functionId, deploymentId: second.$id });
  const { responseBody: hello } = await call();
  const third = await send(small, { activate: true });
  const { responseBody: bye } = await call();
  await service.updateFunctionDeployment({ functionId, deploymentId: before });
  const back = await read(call({ xpath: '/back' }));
  const source = await service.getDeploymentDownload({ functionId, deploymentId: third.$id, type: DeploymentDownloadType.Source });
  const ready = await service.listDeployments({ functionId, queries: [Query.equal('status', 'ready'), Query.orderDesc('$createdAt'), Query.limit(2)] });
  const again = await service.createDuplicateDeployment({ functionId, deploymentId: second.$id });
  const canceled = await service.updateDeploymentStatus({ functionId, deploymentId: again.$id });
  await service.deleteDeployment({ functionId, deploymentId: second.$id });
  return {
    second: [second.status, second.activate, second.buildLogs.includes('building')], steps, kept: kept === before, active: active.deploymentId === second.$id,
    answers: [hello, bye, back.path], source: Buffer.from(source).equals(readFileSync(small)),
    ready: ready.deployments.map(({ $id }) => $id).join() === [third.$id, second.$id].join(), canceled: canceled.status,
    gone: await refusal(service.getDeployment({ functionId, deploymentId: second.$id })),
  };
}

/** The function itself, at last. */
async function change() {
  const service = functions();
  const changed = await service.update({ functionId, name: 'Sexton', execute: [Role.any()], enabled: false });
  const disabled = await refusal(call({}, new Functions(guest())));
  const { runtimes } = await service.listRuntimes();
  const { specifications } = await service.listSpecifications();
  const { functions: found } = await service.list({ queries: [Query.equal('name', 'Sexton')] });
  await service.delete({ functionId });
  return {
    changed: [changed.name, changed.events, changed.enabled, changed.live], disabled, found: found.map(({ $id }) => $id),
    offered: [runtimes.some(({ $id }) => $id === runtime), specifications.length > 0], gone: await refusal(service.get({ functionId })),
  };
}

await run({ deploy, calls, later, bytes, events, users, deployments, change });
