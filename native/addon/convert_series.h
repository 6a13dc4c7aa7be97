// The time series of a trial, as columns.
#pragma once

#include <napi.h>

#include "dataplane/conntrack_trial.h"

namespace nicbench::addon {

// Rates over each interval, from running totals; live flows at its end.
Napi::Object series_to_js(Napi::Env env, const ConntrackTrialResult& result);

}  // namespace nicbench::addon
