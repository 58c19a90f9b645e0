import { apiURL } from "../lib/config";
import { Problem, problemOf, unreachable } from "./problem";
import type { components } from "./schema";

type Tokens = components["schemas"]["Tokens"];
export type Me = components["schemas"]["Me"];

/** Asks for the refresh token to be kept in a cookie that no script can read. */
const byCookie = { "X-Refresh": "cookie" };

/**
 * The session of this tab. The access token lives in this object and nowhere else; the refresh token is in a cookie that
 * no script can read. Tabs share the cookie, and a refresh token is good for one use, so tabs take turns.
 */
class Session {
  /** Who is logged in, in this tab's tenant; undefined before anybody is. */
  me: Me | undefined;
  /** "unknown" until the first answer, "expired" while somebody was logged in and has to give the password again. */
  state: "unknown" | "out" | "in" | "expired" = "unknown";

  private access = "";
  private expiresAt = 0;
  private refreshing: Promise<boolean> | undefined;
  private returned: (() => void)[] = [];
  private listeners = new Set<() => void>();
  private version = 0;

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
    this.changed((await this.refresh(tenant)) ? "in" : "out");
  }

  async login(username: string, password: string, tenant?: string): Promise<void> {
    this.take(await post<Tokens>("/api/auth/login", { username, password }));
    await this.enter(tenant);
    this.changed("in");
    this.returned.splice(0).forEach((go) => go());
  }

  async logout(): Promise<void> {
    await this.fetch(new Request(apiURL + "/api/auth/logout", { method: "POST", credentials: "include", headers: byCookie }));
    this.forget();
  }

  /** Moves this tab into another tenant, and calls moved before anything is drawn of it. */
  async switchTo(tenant: string, moved: () => void): Promise<void> {
    await this.fresh();
    this.take(await post<Tokens>("/api/auth/switch", { tenant_id: tenant }, this.access));
    this.me = await this.askMe();
    moved();
    this.changed("in");
  }

  /** Drops everything without telling the server, which knows already. */
  forget() {
    this.access = "";
    this.me = undefined;
    this.changed("out");
  }

  /** A token that is good for a while yet; waits for the person to log in again where the session has ended. */
  async fresh(): Promise<string> {
    if (Date.now() > this.expiresAt - 20_000 && !(await this.refresh(this.me?.tenant_id))) await this.loginAgain();
    return this.access;
  }

  /** fetch with the session's token. A refused token is renewed, and the request made again. */
  fetch = async (request: Request): Promise<Response> => {
    const again = request.clone();
    const response = await attempt(withToken(request, await this.fresh()));
    if (response.status !== 401) return response;
    this.expiresAt = 0;
    return attempt(withToken(again, await this.fresh()));
  };

  private loginAgain(): Promise<void> {
    if (this.state !== "expired") this.changed("expired");
    return new Promise((resolve) => this.returned.push(resolve));
  }

  private refresh(tenant: string | undefined): Promise<boolean> {
    this.refreshing ??= inTurn(() => this.renew(tenant)).finally(() => (this.refreshing = undefined));
    return this.refreshing;
  }

  private async renew(tenant: string | undefined): Promise<boolean> {
    try {
      this.take(await post<Tokens>("/api/auth/refresh"));
    } catch (error) {
      if (error instanceof Problem && !error.passing) return false;
      throw error;
    }
    await this.enter(tenant);
    return true;
  }

  /** Another tab may have moved the cookie's session to another tenant; this tab stays in its own. */
  private async enter(tenant: string | undefined) {
    this.me = await this.askMe();
    if (tenant === undefined || tenant === this.me.tenant_id) return;
    try {
      this.take(await post<Tokens>("/api/auth/switch", { tenant_id: tenant }, this.access));
      this.me = await this.askMe();
    } catch (error) {
      if (!(error instanceof Problem) || error.passing) throw error;
      // No such tenant for this person: the page says so, and offers the ones there are.
    }
  }

  private async askMe(): Promise<Me> {
    const response = await attempt(withToken(new Request(apiURL + "/api/auth/me"), this.access));
    return answer<Me>(response);
  }

  private take(tokens: Tokens) {
    this.access = tokens.access_token;
    this.expiresAt = Date.now() + tokens.expires_in * 1000;
  }
}

export const session = new Session();

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
