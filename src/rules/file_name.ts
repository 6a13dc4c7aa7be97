/** Where a suite may write a number of rules or name a file of them. */

/** `acl.rules` and `sets/fw.txt`, but not `1.5k`. */
export const RULE_FILE = /\.[A-Za-z]\w*$/;

export function isRuleFile(text: string): boolean {
  return RULE_FILE.test(text);
}
