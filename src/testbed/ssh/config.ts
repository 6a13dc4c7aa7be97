/** The settings of ssh_config(5) that matter here, for one name as ssh(1) takes it. */
import { readdirSync, readFileSync } from "node:fs";
import { homedir, userInfo } from "node:os";
import { basename, dirname, isAbsolute, join } from "node:path";
import SSHConfig from "ssh-config";
import { UserError } from "../../errors.js";

export interface SshSettings {
  /** What the user calls it. */
  readonly name: string;
  readonly host: string;
  readonly port: number;
  readonly user: string;
  /** Private keys, in the order to try. */
  readonly identityFiles: readonly string[];
  /** Only these keys, even if the agent has more. */
  readonly identitiesOnly: boolean;
  /** Socket of ssh-agent(1), undefined for none. */
  readonly agent: string | undefined;
  /** The first is the one that new keys are added to. */
  readonly knownHostsFiles: readonly string[];
  /** The host is known by this name rather than by its address. */
  readonly hostKeyAlias: string | undefined;
  readonly connectTimeoutSeconds: number;
  readonly keepAliveSeconds: number;
  readonly keepAliveCount: number;
  /** Hosts to go through, nearest first. */
  readonly jumps: readonly SshSettings[];
}

type Computed = Readonly<Record<string, string | readonly string[] | undefined>>;

const DEFAULT_KEYS = ["id_ed25519", "id_ecdsa", "id_rsa"];
const MAX_JUMPS = 8;
const MAX_INCLUDES = 16;

/**
 * @param name an alias, `user@alias` or `[user@]host:port`
 * @throws {UserError} SSH_CONFIG: a setting that cannot be honoured
 */
export function sshSettings(name: string, depth = 0): SshSettings {
  const ssh = join(homedir(), ".ssh");
  const config = SSHConfig.parse([join(ssh, "config"), "/etc/ssh/ssh_config"].map((file) => textOf(file)).join("\n"));
  const { user, alias, port } = parseName(name);
  const computed = config.compute({ Host: alias, ...(user === undefined ? {} : { User: user }) }, { ignoreCase: true });
  const values: Computed = Object.fromEntries(
    Object.entries(computed).map(([key, value]) => [key.toLowerCase(), value]),
  );
  const first = (key: string): string | undefined => unquote([values[key.toLowerCase()] ?? []].flat()[0]);
  const all = (key: string): readonly string[] => [values[key.toLowerCase()] ?? []].flat();
  refuseUnsupported(name, first);

  const host = (first("HostName") ?? alias).replaceAll("%h", alias).replaceAll("%%", "%");
  const login = user ?? first("User") ?? userInfo().username;
  const tcp = port ?? Number(first("Port") ?? 22);
  const tokens = { d: homedir(), h: host, n: alias, p: String(tcp), r: login, u: userInfo().username, "%": "%" };
  const path = (text: string): string => expand(text, tokens);
  const identityFiles = all("IdentityFile").flatMap(unquote).map(path);
  return {
    name,
    host,
    port: tcp,
    user: login,
    identityFiles: identityFiles.length > 0 ? identityFiles : DEFAULT_KEYS.map((key) => join(ssh, key)),
    identitiesOnly: first("IdentitiesOnly") === "yes",
    agent: agentOf(first("IdentityAgent"), path),
    knownHostsFiles: [
      ...words(all("UserKnownHostsFile"), [join(ssh, "known_hosts"), join(ssh, "known_hosts2")]).map(path),
      ...words(all("GlobalKnownHostsFile"), ["/etc/ssh/ssh_known_hosts"]).map(path),
    ],
    hostKeyAlias: first("HostKeyAlias"),
    connectTimeoutSeconds: Number(first("ConnectTimeout") ?? 20),
    keepAliveSeconds: Number(first("ServerAliveInterval") ?? 15),
    keepAliveCount: Number(first("ServerAliveCountMax") ?? 3),
    jumps: jumpsOf(name, first("ProxyJump"), depth),
  };
}

/** `[user@]alias`, with `:port` as in ProxyJump; brackets hold an IPv6 address. */
function parseName(name: string) {
  const [, user, bracketed, plain = "", port] =
    /^(?:(.+)@)?(?:\[([^\]]+)\]|([^:@]+|[^@]*:[^@]*:[^@]*?))(?::(\d{1,5}))?$/.exec(name) ?? [
      undefined,
      undefined,
      undefined,
      name,
    ];
  return { user, alias: bracketed ?? plain, port: port === undefined ? undefined : Number(port) };
}

function jumpsOf(name: string, text: string | undefined, depth: number): readonly SshSettings[] {
  if (text === undefined || text.toLowerCase() === "none") return [];
  if (depth >= MAX_JUMPS)
    throw unsupported(name, `ProxyJump leads through more than ${MAX_JUMPS} hosts`, "Break the circle.");
  return text.split(",").flatMap((jump) => {
    const settings = sshSettings(jump.trim().replace(/^ssh:\/\//, ""), depth + 1);
    return [...settings.jumps, { ...settings, jumps: [] }];
  });
}

function refuseUnsupported(name: string, first: (key: string) => string | undefined): void {
  const command = first("ProxyCommand");
  if (command === undefined || command === "none") return;
  throw unsupported(name, "ProxyCommand is set, and nicbench runs no program to connect", "Use ProxyJump instead.");
}

function unsupported(name: string, problem: string, hint: string): UserError {
  return new UserError("SSH_CONFIG", `ssh_config for '${name}': ${problem}.`, hint);
}

function agentOf(written: string | undefined, path: (text: string) => string): string | undefined {
  if (written === "none") return undefined;
  const fromEnvironment = written === undefined || written === "SSH_AUTH_SOCK" || written === "$SSH_AUTH_SOCK";
  return (fromEnvironment ? process.env["SSH_AUTH_SOCK"] : path(written)) || undefined;
}

/** A list of files is written in one line; `none` is no file. */
function words(values: readonly string[], otherwise: readonly string[]): readonly string[] {
  if (values.length === 0) return otherwise;
  const files = values.flatMap((value) => [...value.matchAll(/"([^"]*)"|(\S+)/g)]);
  return files.map(([, quoted, bare]) => quoted ?? bare ?? "").filter((file) => file !== "none");
}

function expand(text: string, tokens: Readonly<Record<string, string>>): string {
  const path = text.replace(/^~(?=\/|$)/, homedir()).replace(/%(.)/g, (all, token: string) => tokens[token] ?? all);
  return isAbsolute(path) ? path : join(homedir(), ".ssh", path);
}

function unquote(text: string | undefined): string | undefined;
function unquote(text: string): string;
function unquote(text: string | undefined): string | undefined {
  return text?.replace(/^"(.*)"$/, "$1");
}

/** A configuration with what it includes; empty where there is no such file. */
function textOf(file: string, depth = 0): string {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch {
    return "";
  }
  if (depth >= MAX_INCLUDES) return text;
  return text.replace(/^\s*include\s+(.+)$/gim, (_line, patterns: string) =>
    words([patterns.replace(/^=\s*/, "")], [])
      .flatMap((pattern) => matching(pattern, dirname(file)))
      .map((included) => textOf(included, depth + 1))
      .join("\n"),
  );
}

/** Files of a glob whose folder has no wildcard, as in `config.d/*.conf`. */
function matching(pattern: string, folder: string): readonly string[] {
  const path = pattern.replace(/^~(?=\/)/, homedir());
  const whole = isAbsolute(path) ? path : join(folder, path);
  if (!/[*?]/.test(whole)) return [whole];
  const escaped = basename(whole).replace(/[.+^${}()|[\]\\]/g, "\\$&");
  const glob = new RegExp(`^${escaped.replaceAll("*", ".*").replaceAll("?", ".")}$`);
  try {
    return readdirSync(dirname(whole))
      .filter((name) => glob.test(name))
      .sort()
      .map((name) => join(dirname(whole), name));
  } catch {
    return [];
  }
}
