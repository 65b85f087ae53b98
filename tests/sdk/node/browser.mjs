// What the web SDK finds in a browser, and what a browser forbids it: pages have an origin, a storage and cookies of
// their own, requests to other origins are asked for beforehand (CORS), and answers show the headers that may be seen.

const SIMPLE = new Set(['accept', 'accept-language', 'content-language']);
const SHOWN = new Set(['cache-control', 'content-language', 'content-length', 'content-type', 'expires', 'pragma']);
const nodeFetch = globalThis.fetch;

/** A page of an origin. `cookies: false` is a browser that keeps none of other sites. */
export class Page {
  #stored = new Map();
  #cookies = new Map();
  #allowed = new Set();

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
      localStorage: { getItem: (name) => stored.get(name) ?? null, setItem: (name, value) => stored.set(name, value) },
    };
    globalThis.fetch = (url, options = {}) => this.#fetch(url, options);
    return this;
  }

  get storedNames() {
    return [...this.#stored.keys()];
  }

  get cookieNames() {
    return [...this.#cookies.keys()];
  }

  async #fetch(url, { method = 'GET', headers = {}, body, credentials }) {
    const sent = new Headers(headers);
    const own = [...sent.keys()].filter((name) => !SIMPLE.has(name));
    if (own.length || !['GET', 'HEAD', 'POST'].includes(method)) await this.#ask(url, method, own);
    sent.set('origin', this.origin);
    if (credentials === 'include' && this.#cookies.size) {
      sent.set('cookie', [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; '));
    }
    const response = await nodeFetch(url, { method, headers: sent, body });
    if (this.keepsCookies && credentials === 'include') this.#keep(url, response.headers.getSetCookie());
    this.#checkOrigin(response);
    const exposed = new Set([...SHOWN, ...list(response, 'access-control-expose-headers')]);
    const shown = [...response.headers].filter(([name]) => exposed.has(name));
    return new Response(response.status === 204 ? null : await response.text(), { status: response.status, headers: shown });
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
      else this.#cookies.set(name, pair.slice(at + 1));
    }
  }
}

function list(response, name) {
  return (response.headers.get(name) ?? '').split(',').map((item) => item.trim().toLowerCase());
}
