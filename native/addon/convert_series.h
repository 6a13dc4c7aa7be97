// The time series of a trial, as columns.
#pragma once

#include <napi.h>

#include <vector>

#include "dataplane/tracker_series.h"
#include "trafficgen/tester.h"

namespace nicbench::addon {

// Rates over each interval, from running totals; with a tracker's samples also its flows, live ones at the interval's
// end.
Napi::Object series_to_js(Napi::Env env, const std::vector<SeriesRow>& rows,
                          const std::vector<TrackerSample>& tracker = {});

}  // namespace nicbench::addon
