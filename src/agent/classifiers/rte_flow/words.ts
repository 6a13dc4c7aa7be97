/** Rules in testpmd's words. */
import { ITEMS } from "../../../rules/vocabulary.js";
import { spell } from "../fields.js";
import type { Action, FieldMatch, PatternItem, Rule } from "../../../rules/rule.js";

/** What stands behind `flow create 0`. */
export function ruleText({ group, priority, ingress, egress, transfer, pattern, actions }: Rule): string {
  const directions = Object.entries({ ingress, egress, transfer }).flatMap(([name, isSet]) => (isSet ? [name] : []));
  return [
    `group ${group} priority ${priority}`,
    ...directions,
    `pattern ${pattern.map((item) => `${itemText(item)} / `).join("")}end`,
    `actions ${actions.map((action) => `${actionText(action)} / `).join("")}end`,
  ].join(" ");
}

function itemText({ name, fields }: PatternItem): string {
  return [name, ...Object.entries(fields).map(([field, match]) => matchText(name, field, match))].join(" ");
}

function matchText(item: string, field: string, { spec, last, mask }: FieldMatch): string {
  const kind = ITEMS.get(item)?.get(field);
  const value = (bits: bigint): string => (kind === undefined ? String(bits) : spell(kind, bits));
  if (spec !== undefined && last === undefined && mask === undefined) return `${field} is ${value(spec)}`;
  const parts = Object.entries({ spec, last, mask });
  return parts.flatMap(([part, bits]) => (bits === undefined ? [] : [`${field} ${part} ${value(bits)}`])).join(" ");
}

function actionText({ name, values, lists }: Action): string {
  return [
    name,
    ...Object.entries(values).map(([argument, value]) => `${argument} ${value}`),
    ...Object.entries(lists).map(([list, words]) => `${list} ${[...words, "end"].join(" ")}`),
  ].join(" ");
}
