// Between JavaScript objects and the native structs. Field names are those of src/agent/protocol.ts.
#pragma once

#include <napi.h>

#include "dataplane/conntrack_trial.h"
#include "trafficgen/pcap_inspect.h"
#include "trafficgen/traffic.h"

namespace nicbench::addon {

// Throw UserError BAD_ARGUMENT, naming the field, for missing fields and wrong types.
TrafficConfig traffic_config(const Napi::Object& object);
// How frames of the traffic's rate are spread over time.
Pacing pacing(const Napi::Object& traffic, const TrafficConfig& config);
TrackerConfig tracker_config(const Napi::Object& object);
ConntrackTrialConfig conntrack_config(const Napi::Object& object);

// Frames by what became of them.
Napi::Object causes_to_js(Napi::Env env, const TrackerTotals& totals);
Napi::Object to_js(Napi::Env env, const ConntrackTrialConfig& config, const ConntrackTrialResult& result);
Napi::Object to_js(Napi::Env env, const std::string& file, const PcapInspection& inspection);
Napi::Object to_js(Napi::Env env, const TrafficSummary& summary);

}  // namespace nicbench::addon
