// What the web SDK finds in a browser, and what a browser forbids it: pages have an origin, a storage and cookies of
// their own, requests to other origins are asked for beforehand (CORS), and answers show the headers that may be seen.
// Sockets are not asked for: they come with the page's origin, and it is the server that minds it.
import NodeWebSocket from 'ws';

const SIMPLE = new Set(['accept', 'accept-language', 'content-language']);
const SHOWN = new Set(['cache-control', 'content-language', 'content-length', 'content-type', 'expires', 'pragma']);
const nodeFetch = globalThis.fetch;

const REDIRECTS = new Set([301, 302, 303, 307, 308]);

/** A page of an origin. `cookies: false` is a browser that lets pages use none of other sites. */
export class Page {
  #stored = new Map();
  #cookies = new Map(); // of the server, as all requests go there
  #allowed = new Set();
  sockets = []; // that were opened in this page

  constructor(origin, { cookies = true } = {}) {
    this.origin = origin;
    this.keepsCookies = cookies;
  }

  /** Have the SDK run in this page from now on. */
  open() {
    const stored = this.#stored;
    globalThis.window = {
      location: new URL(this.origin),
      console: { warn() {} },
      setTimeout, clearTimeout, clearInterval, setInterval: (...all) => setInterval(...all).unref(),
      localStorage: { getItem: (name) => stored.get(name) ?? null, setItem: (name, value) => stored.set(name, value) },
    };
    globalThis.fetch = (url, options = {}) => this.#fetch(url, options);
    globalThis.WebSocket = this.#socketClass();
    return this;
  }

  /** How many messages of a type the sockets of this page have got; `to` what responses answer. */
  count(type, to) {
    return this.sockets.flatMap((socket) => socket.got).filter((got) => got.type === type && got.data?.to === to).length;
  }

  get storedNames() {
    return [...this.#stored.keys()];
  }

  get cookieNames() {
    return [...this.#cookies.keys()];
  }

  /**
   * Go where the page has been sent to, and through all redirects, back to a page of this origin: its parameters.
   * `until` is part of an address that is not visited any more, and the answer then.
   */
  async follow({ url = globalThis.window.location.href, until } = {}) {
    const from = this.origin;
    for (let steps = 0; new URL(url).origin !== this.origin; steps += 1) {
      if (until && url.includes(until)) return url;
      if (steps === 10) throw new Error(`too many redirects: ${url}`);
      const headers = { accept: 'text/html', ...this.#fetchHeaders(url, from, 'navigate'), ...this.#cookieHeader(url) };
      const response = await nodeFetch(url, { headers, redirect: 'manual' });
      this.#keep(url, response.headers.getSetCookie()); // top-level pages are no third parties
      if (!REDIRECTS.has(response.status)) throw new Error(`${url} answered ${response.status}: ${await response.text()}`);
      url = new URL(response.headers.get('location'), url).href;
    }
    globalThis.window.location = new URL(url);
    return Object.fromEntries(new URL(url).searchParams);
  }

  /** What an element of the page shows that has this address (`<img src>`): its type and bytes, or a status of refusal. */
  async show(url) {
    const headers = { accept: 'image/*', referer: `${this.origin}/`, ...this.#fetchHeaders(url, this.origin, 'no-cors', 'image') };
    const response = await nodeFetch(url, { headers: this.keepsCookies ? { ...headers, ...this.#cookieHeader(url, this.origin) } : headers });
    if (!response.ok) return response.status;
    const policy = response.headers.get('cross-origin-resource-policy') ?? 'cross-origin';
    if (policy !== 'cross-origin') throw new TypeError(`${url} may not be shown here: ${policy}`);
    return { type: response.headers.get('content-type'), bytes: Buffer.from(await response.arrayBuffer()) };
  }

  /** Whether the server has answered all that the sockets of this page have sent. */
  get answered() {
    const answers = ({ got }) => got.filter(({ type }) => ['response', 'error', 'pong'].includes(type)).length;
    return this.sockets.every((socket) => socket.sent > 0 && socket.sent === answers(socket));
  }

  #socketClass() {
    const page = this;
    return class extends NodeWebSocket {
      got = [];
      sent = 0;

      constructor(url) {
        const cookies = page.keepsCookies ? page.#cookieHeader(url, page.origin) : {};
        super(url, { headers: { origin: page.origin, ...cookies } });
        page.sockets.push(this);
        this.addEventListener('message', ({ data }) => this.got.push(JSON.parse(data)));
        this.addEventListener('close', ({ code }) => { this.closed = code; });
      }

      send(text) {
        this.sent += 1;
        super.send(text);
      }
    };
  }

  async #fetch(url, { method = 'GET', headers = {}, body, credentials }) {
    const sent = new Headers(headers);
    const own = [...sent.keys()].filter((name) => !SIMPLE.has(name));
    const foreign = new URL(url).origin !== this.origin;
    if (foreign && (own.length || !['GET', 'HEAD', 'POST'].includes(method))) await this.#ask(url, method, own);
    sent.set('origin', this.origin);
    for (const [name, value] of Object.entries(this.#fetchHeaders(url, this.origin, 'cors'))) sent.set(name, value);
    if (credentials === 'include' && this.keepsCookies) {
      for (const [name, value] of Object.entries(this.#cookieHeader(url, this.origin))) sent.set(name, value);
    }
    const response = await nodeFetch(url, { method, headers: sent, body });
    if (this.keepsCookies && credentials === 'include') this.#keep(url, response.headers.getSetCookie());
    if (!foreign) return response;
    this.#checkOrigin(response);
    const exposed = new Set([...SHOWN, ...list(response, 'access-control-expose-headers')]);
    const shown = [...response.headers].filter(([name]) => exposed.has(name));
    return new Response(response.status === 204 ? null : await response.text(), { status: response.status, headers: shown });
  }

  /** What pages can neither leave out nor make up. */
  #fetchHeaders(url, from, mode, dest = mode === 'navigate' ? 'document' : 'empty') {
    const [there, here] = [new URL(url), new URL(from)];
    const site = there.origin === here.origin ? 'same-origin' : there.hostname === here.hostname ? 'same-site' : 'cross-site';
    return { 'sec-fetch-site': site, 'sec-fetch-mode': mode, 'sec-fetch-dest': dest };
  }

  /** The cookies for an address; `Lax` ones do not go along with what pages of other sites call. */
  #cookieHeader(url, from = url) {
    const [there, here] = [new URL(url), new URL(from)];
    const fit = [...this.#cookies].filter(
      ([, { path, lax }]) => there.pathname.startsWith(path) && !(lax && there.hostname !== here.hostname),
    );
    return fit.length ? { cookie: fit.map(([name, { value }]) => `${name}=${value}`).join('; ') } : {};
  }

  /** The preflight, once for each kind of request. */
  async #ask(url, method, names) {
    const question = `${new URL(url).origin} ${method} ${names}`;
    if (this.#allowed.has(question)) return;
    const response = await nodeFetch(url, {
      method: 'OPTIONS',
      headers: {
        origin: this.origin,
        'access-control-request-method': method,
        'access-control-request-headers': names.join(','),
      },
    });
    this.#checkOrigin(response);
    const headers = list(response, 'access-control-allow-headers');
    const missing = names.filter((name) => !headers.includes(name));
    const methods = list(response, 'access-control-allow-methods');
    if (!response.ok || missing.length || !methods.includes(method.toLowerCase())) {
      throw new TypeError(`Failed to fetch: the preflight of ${method} answered ${response.status} and lacks [${missing}]`);
    }
    this.#allowed.add(question);
  }

  #checkOrigin(response) {
    const origin = response.headers.get('access-control-allow-origin');
    if (origin !== this.origin || response.headers.get('access-control-allow-credentials') !== 'true') {
      throw new TypeError(`Failed to fetch: ${this.origin} is not allowed`);
    }
  }

  #keep(url, lines) {
    const host = new URL(url).hostname;
    for (const line of lines) {
      const [pair, ...rest] = line.split(';').map((part) => part.trim());
      const attributes = Object.fromEntries(rest.map((part) => part.split('=')).map(([name, value]) => [name.toLowerCase(), value ?? '']));
      const domain = attributes.domain?.replace(/^\./, '');
      const foreign = domain && domain !== host && !host.endsWith(`.${domain}`);
      const unsafe = attributes.samesite === 'None' && !('secure' in attributes);
      if (foreign || unsafe) continue;
      const at = pair.indexOf('=');
      const name = pair.slice(0, at);
      if (attributes.expires && new Date(attributes.expires) <= new Date()) this.#cookies.delete(name);
      else this.#cookies.set(name, { value: pair.slice(at + 1), path: attributes.path ?? '/', lax: attributes.samesite === 'Lax' });
    }
  }
}

function list(response, name) {
  return (response.headers.get(name) ?? '').split(',').map((item) => item.trim().toLowerCase());
}
