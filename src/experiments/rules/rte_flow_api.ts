/** The parameter `rte_flow_api`. */
import { z } from "zod";
import { RTE_FLOW_APIS } from "../../agent/protocol.js";

export const rteFlowApiSchema = z
  .enum(RTE_FLOW_APIS)
  .describe(
    "How rte_flow is told of rules. sync: a call for each rule (rte_flow_create). async: templates and a queue of operations " +
      "(rte_flow_async_create, rte_flow_push, rte_flow_pull), where the port has it. Without effect on other classifiers. Default sync.",
  );
