import { createHash } from "node:crypto";
import { mkdir, readFile, readdir, symlink, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { gzipSync } from "node:zlib";
import { create, Header } from "tar";
import { describe, expect, it } from "vitest";
import { readNamedRun } from "../../../src/results/open.js";
import { packRun } from "../../../src/results/packed/pack.js";
import { unpackRun } from "../../../src/results/packed/unpack.js";
import { temporaryFolder } from "../../agent/agents.js";
import { runFolder } from "../run_folder.js";

async function digest(file: string): Promise<string> {
  return createHash("sha256").update(await readFile(file)).digest("hex");
}

async function leftBehind(): Promise<readonly string[]> {
  return (await readdir(tmpdir())).filter((name) => /^nicbench-(?!test-)/.test(name));
}

/** One entry with this header, as tar(1) would not write it. */
async function forged(path: string, type: "File" | "SymbolicLink" | "Link" | "Directory", body = ""): Promise<string> {
  const link = type.endsWith("Link") ? { linkpath: "/etc/passwd" } : {};
  const header = new Header({ path, type, size: Buffer.byteLength(body), mode: 0o644, ...link });
  header.encode();
  const padding = Buffer.alloc((512 - (Buffer.byteLength(body) % 512)) % 512);
  const file = join(await temporaryFolder(), "forged.run.tar.gz");
  await writeFile(file, gzipSync(Buffer.concat([header.block!, Buffer.from(body), padding, Buffer.alloc(1024)])));
  return file;
}

describe("a packed run", () => {
  it("is read like the run that it was made of", async () => {
    const root = await temporaryFolder();
    const directory = await runFolder(root);
    const file = join(root, "a.run.tar.gz");
    await packRun(directory, file);
    const [packed, run] = [await readNamedRun(file, root), await readNamedRun(directory, root)];
    expect({ ...packed, directory }).toEqual(run);
  });

  it("has the same bytes whenever it is packed, and neither lock nor links nor hidden files in it", async () => {
    const root = await temporaryFolder();
    const directory = await runFolder(root);
    await packRun(directory, join(root, "a.run.tar.gz"));
    await writeFile(join(directory, "lock"), "{}");
    await writeFile(join(directory, ".reserve"), "x");
    await symlink("/etc/passwd", join(directory, "logs", "passwd"));
    await packRun(directory, join(root, "b.run.tar.gz"));
    expect(await digest(join(root, "b.run.tar.gz"))).toBe(await digest(join(root, "a.run.tar.gz")));
  });

  it("leaves nothing of itself behind when it has been read", async () => {
    const root = await temporaryFolder();
    const file = join(root, "a.run.tar.gz");
    await packRun(await runFolder(root), file);
    const unpacked = await unpackRun(file);
    expect(await leftBehind()).toContain(basename(join(unpacked.directory, "..")));
    await unpacked.remove();
    expect(await leftBehind()).not.toContain(basename(join(unpacked.directory, "..")));
  });
});

describe("unpacking refuses", () => {
  it.each([
    ["a path out of the folder", "run/../../evil", "File"],
    ["an absolute path", "/tmp/nicbench-evil", "File"],
    ["a path above the run", "../evil/run.json", "File"],
    ["a folder that a run does not have", "run/bin/sh", "File"],
    ["a hidden file", "run/.profile", "File"],
    ["a file beside the run", "run.json", "File"],
    ["a symbolic link", "run/run.json", "SymbolicLink"],
    ["a hard link", "run/run.json", "Link"],
    ["a folder", "run/logs", "Directory"],
  ] as const)("%s, and leaves nothing", async (_, path, type) => {
    const before = await leftBehind();
    await expect(unpackRun(await forged(path, type))).rejects.toMatchObject({
      code: "PACK_UNSAFE",
      hint: expect.stringContaining("nicbench pack"),
    });
    expect(await leftBehind()).toEqual(before);
  });

  it("more bytes than a run can have, however well they are compressed", async () => {
    const file = await forged("run/journal.ndjson", "File", "0".repeat(8 * 2 ** 20));
    expect((await readFile(file)).length).toBeLessThan(2 ** 14);
    await expect(unpackRun(file, { bytes: 2 ** 20, files: 10 })).rejects.toMatchObject({ code: "PACK_TOO_LARGE" });
  });

  it("more files than a run can have", async () => {
    const root = await temporaryFolder();
    const file = join(root, "a.run.tar.gz");
    await packRun(await runFolder(root), file);
    await expect(unpackRun(file, { bytes: 2 ** 30, files: 3 })).rejects.toMatchObject({ code: "PACK_TOO_LARGE" });
  });

  it("two runs in one file", async () => {
    const root = await temporaryFolder();
    for (const run of ["a", "b"]) {
      await mkdir(join(root, run));
      await writeFile(join(root, run, "run.json"), "{}");
    }
    const file = join(root, "two.run.tar.gz");
    await create({ file, cwd: root, gzip: true }, ["a/run.json", "b/run.json"]);
    await expect(unpackRun(file)).rejects.toMatchObject({ message: expect.stringContaining("does not hold one run") });
  });

  it("a file that is cut off, is no archive, or is not there", async () => {
    const root = await temporaryFolder();
    const file = join(root, "a.run.tar.gz");
    await packRun(await runFolder(root), file);
    await truncate(file, 600);
    await expect(unpackRun(file)).rejects.toMatchObject({ code: "PACK_DAMAGED" });
    await writeFile(file, "not an archive");
    await expect(unpackRun(file)).rejects.toMatchObject({ code: "PACK_DAMAGED" });
    await expect(unpackRun(join(root, "none.run.tar.gz"))).rejects.toMatchObject({ code: "PACK_NOT_FOUND" });
  });
});
