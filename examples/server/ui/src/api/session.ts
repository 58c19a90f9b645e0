import { apiURL } from "../lib/config";
import { Problem, problemOf, unreachable } from "./problem";
import type { components } from "./schema";

type Tokens = components["schemas"]["Tokens"];
export type Me = components["schemas"]["Me"];

/** Asks for the refresh token to be kept in a cookie that no script can read. */
const byCookie = { "X-Refresh": "cookie" };

/**
 * The session of this page. A page is of one user in one tenant from the first answer until it is left: whoever enters
 * another tenant, or logs in as somebody else, gets another page, so nothing of the one can be asked for or sent as the
 * other. The access token lives in this object and nowhere else; the refresh token is in a cookie that no script can
 * read. Tabs share the cookie, whoever logged in last, and a refresh token is good for one use, so tabs take turns.
 */
export class Session {
  /** Who is logged in, in this page's tenant; undefined before anybody is. */
  me: Me | undefined;
  /** Who this browser's session turned out to be of, where that is not me in my tenant. */
  other: Me | undefined;
  /**
   * "unknown" until the first answer, "expired" while somebody was logged in and has to give the password again. "other"
   * and "left" are for good: the browser is now somebody else's, or the page was left; nothing more is sent.
   */
  state: "unknown" | "out" | "in" | "expired" | "other" | "left" = "unknown";

  private access = "";
  private expiresAt = 0;
  private refreshing: Promise<boolean> | undefined;
  private waiting: { go: () => void; stop: (why: Problem) => void }[] = [];
  private listeners = new Set<() => void>();
  private version = 0;

  /** Tabs are the other tabs of this browser, which leave their pages when this one logs out. */
  constructor(private readonly tabs: BroadcastChannel) {
    tabs.onmessage = () => this.me && this.forget();
  }

  subscribe = (listener: () => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  /** Changes whenever anything of the session does. */
  snapshot = () => this.version;

  private changed(state: Session["state"]) {
    this.state = state;
    this.version++;
    this.listeners.forEach((listener) => listener());
  }

  /** Picks up a session that the cookie still holds. */
  async resume(tenant: string | undefined): Promise<void> {
    if (!(await this.refresh(tenant))) this.changed("out");
  }

  /** Logs in; what waits for it goes on only where it is the same user in the same tenant as before. */
  async login(username: string, password: string, tenant?: string): Promise<void> {
    await this.take(await post<Tokens>("/api/auth/login", { username, password }), this.me?.tenant_id ?? tenant);
  }

  async logout(): Promise<void> {
    const request = new Request(apiURL + "/api/auth/logout", { method: "POST", credentials: "include", headers: byCookie });
    const { status } = await attempt(withToken(request, this.access));
    const problem = problemOf(status, undefined);
    if (problem.passing) throw problem;
    this.forget();
    this.tabs.postMessage("logout");
  }

  /** Leaves the page without telling the server, which knows already. */
  forget() {
    this.me = undefined;
    this.end("left");
  }

  /** A token that is good for a while yet; waits for the person to log in again where the session has ended. */
  async fresh(): Promise<string> {
    this.live();
    if (this.stale() && !(await this.refresh(this.me?.tenant_id)) && this.stale()) await this.loginAgain();
    this.live();
    return this.access;
  }

  /** Says that a token was refused, so that fresh() brings another. */
  refused(token: string) {
    if (token === this.access) this.expiresAt = 0;
  }

  /** fetch with the session's token. A refused token is renewed, and the request made again. */
  fetch = async (request: Request): Promise<Response> => {
    const again = request.clone();
    const token = await this.fresh();
    const response = await attempt(withToken(request, token));
    if (response.status !== 401) return response;
    this.refused(token);
    return attempt(withToken(again, await this.fresh()));
  };

  private stale(): boolean {
    return Date.now() > this.expiresAt - 20_000;
  }

  private live() {
    if (this.state === "other" || this.state === "left") throw ended();
  }

  private end(state: "other" | "left") {
    this.access = "";
    this.changed(state);
    this.waiting.splice(0).forEach(({ stop }) => stop(ended()));
  }

  private loginAgain(): Promise<void> {
    this.live();
    if (this.state !== "expired") this.changed("expired");
    return new Promise((go, stop) => this.waiting.push({ go, stop }));
  }

  private refresh(tenant: string | undefined): Promise<boolean> {
    this.refreshing ??= inTurn(() => this.renew(tenant)).finally(() => (this.refreshing = undefined));
    return this.refreshing;
  }

  private async renew(tenant: string | undefined): Promise<boolean> {
    let tokens: Tokens;
    try {
      tokens = await post<Tokens>("/api/auth/refresh");
    } catch (error) {
      if (error instanceof Problem && !error.passing) return false;
      throw error;
    }
    await this.take(tokens, tenant);
    return true;
  }

  /** Adopts a token and whom it is of together, or neither where that is not whose page this is. */
  private async take(tokens: Tokens, tenant: string | undefined) {
    const taken = await enter(tokens, tenant);
    if (this.state === "other" || this.state === "left") return;
    if (this.me && (this.me.id !== taken.me.id || this.me.tenant_id !== taken.me.tenant_id)) {
      this.other = taken.me;
      this.end("other");
      return;
    }
    this.me = taken.me;
    this.access = taken.tokens.access_token;
    this.expiresAt = Date.now() + taken.tokens.expires_in * 1000;
    this.changed("in");
    this.waiting.splice(0).forEach(({ go }) => go());
  }
}

export const session = new Session(new BroadcastChannel("velocicompanion.session"));

function ended(): Problem {
  return new Problem(-1, "This page has ended", "Nothing was sent: the page was left, or somebody else is logged in in this browser now.");
}

/** The tokens' user in a tenant, which another tab may have left; where the user may not enter it, as the tokens are. */
async function enter(tokens: Tokens, tenant: string | undefined): Promise<{ tokens: Tokens; me: Me }> {
  const me = await askMe(tokens);
  if (tenant === undefined || tenant === me.tenant_id) return { tokens, me };
  try {
    const switched = await post<Tokens>("/api/auth/switch", { tenant_id: tenant }, tokens.access_token);
    return { tokens: switched, me: await askMe(switched) };
  } catch (error) {
    if (!(error instanceof Problem) || error.passing) throw error;
    return { tokens, me };
  }
}

async function askMe(tokens: Tokens): Promise<Me> {
  return answer<Me>(await attempt(withToken(new Request(apiURL + "/api/auth/me"), tokens.access_token)));
}

/** One tab at a time: a refresh token that two tabs use at once ends the session. */
async function inTurn(work: () => Promise<boolean>): Promise<boolean> {
  return navigator.locks ? navigator.locks.request("velocicompanion.refresh", work) : work();
}

async function post<T>(path: string, body?: unknown, token?: string): Promise<T> {
  const request = new Request(apiURL + path, {
    method: "POST",
    credentials: "include",
    headers: { "Content-Type": "application/json", ...byCookie },
    body: JSON.stringify(body ?? {}),
  });
  return answer<T>(await attempt(token ? withToken(request, token) : request));
}

export async function answer<T>(response: Response): Promise<T> {
  const text = await response.text();
  let body: unknown;
  try {
    body = text === "" ? undefined : JSON.parse(text);
  } catch {
    throw new Problem(response.status, "The answer could not be read", "What answered is not the server of this page.");
  }
  if (!response.ok) throw problemOf(response.status, body);
  return body as T;
}

function withToken(request: Request, token: string): Request {
  request.headers.set("Authorization", "Bearer " + token);
  return request;
}

async function attempt(request: Request): Promise<Response> {
  try {
    return await fetch(request);
  } catch (error) {
    if (request.signal.aborted) throw error;
    throw unreachable(error);
  }
}
