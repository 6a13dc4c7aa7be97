// Trials of `rules.*`, from JavaScript and back.
#pragma once

#include <napi.h>

#include <vector>

#include "dataplane/rules_trial.h"
#include "softnic/rule_rate.h"

namespace nicbench::addon {

RulesTrialConfig rules_config(const Napi::Object& object);
Napi::Object to_js(Napi::Env env, const RulesTrialConfig& config, const RulesTrialResult& result);

// { bytes: Buffer, names: string[] }, as decode_rules() takes them.
std::vector<Rule> listed_rules(const Napi::Object& object);

RuleRateConfig rule_rate_config(const Napi::Object& object);
Napi::Object to_js(Napi::Env env, const RuleRateConfig& config, const RuleRateResult& result);

}  // namespace nicbench::addon
