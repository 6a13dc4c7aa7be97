/** Why a connection did not come about, and what to do. */
import { codeOf, messageOf, UserError } from "../../errors.js";
import type { SshSettings } from "./config.js";

/**
 * @param error of ssh2, whose `level` says where it happened
 * @param leftOut keys that could not be tried
 */
export function connectionError(error: unknown, settings: SshSettings, leftOut: readonly string[]): UserError {
  const { name, host, port, user } = settings;
  const where = `'${name}' (${host}:${port})`;
  const level = typeof error === "object" && error !== null && "level" in error ? error.level : undefined;
  if (level === "client-authentication") return authenticationError(settings, leftOut);
  if (level === "client-timeout" || codeOf(error) === "ETIMEDOUT") {
    const limit = `within ${settings.connectTimeoutSeconds} s`;
    const hint =
      "Check that the host is up and no firewall is in between; ConnectTimeout of ssh_config allows more time.";
    return new UserError("SSH_TIMEOUT", `Host ${where} does not answer ${limit}.`, hint);
  }
  switch (codeOf(error)) {
    case "ECONNREFUSED":
      return new UserError(
        "SSH_REFUSED",
        `Host ${where} refuses the connection.`,
        "Check that sshd runs there and listens on that port: systemctl status ssh",
      );
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return new UserError(
        "SSH_UNREACHABLE",
        `There is no host ${where}: its name is unknown.`,
        `Write a Host entry for '${name}' in ~/.ssh/config, or mend the testbed.`,
      );
    case "EHOSTUNREACH":
    case "ENETUNREACH":
      return new UserError(
        "SSH_UNREACHABLE",
        `Host ${where} cannot be reached: ${messageOf(error)}.`,
        "Check the network.",
      );
    default:
  }
  const why = level === "closed" ? "it closed the connection" : messageOf(error);
  return new UserError(
    "SSH_FAILED",
    `No SSH connection to ${where}: ${why}.`,
    `Try: ssh -v -p ${port} ${user}@${host}`,
  );
}

function authenticationError({ name, user, agent, identityFiles }: SshSettings, leftOut: readonly string[]): UserError {
  const tried = [agent === undefined ? [] : ["keys of the agent"], identityFiles].flat().join(", ");
  const unused = leftOut.length === 0 ? "" : ` Left out: ${leftOut.join("; ")}.`;
  return new UserError(
    "SSH_AUTH",
    `Host '${name}' takes none of our keys for user '${user}'. Tried: ${tried}.${unused}`,
    `Bring it a key with ssh-copy-id ${name}, or name the right one as IdentityFile in ~/.ssh/config. Passwords are not used.`,
  );
}
