#include "convert_series.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "fields.h"

namespace nicbench::addon {
namespace {

// Two rows that follow each other, and the time between them.
struct Step {
  const SeriesRow& from;
  const SeriesRow& to;
  const TrackerSample& tracker_from;
  const TrackerSample& tracker_to;
  double seconds;

  double rate(std::uint64_t SeriesRow::*field) const { return static_cast<double>(to.*field - from.*field) / seconds; }
  double rate(std::uint64_t TrackerSample::*field) const {
    return static_cast<double>(tracker_to.*field - tracker_from.*field) / seconds;
  }
  double cycles_per_frame() const {
    const auto frames = static_cast<double>(tracker_to.frames - tracker_from.frames);
    return frames == 0 ? 0 : static_cast<double>(tracker_to.busy_ticks - tracker_from.busy_ticks) / frames;
  }
};

struct Column {
  const char* name;
  const char* unit;
  double (*value)(const Step&);
  bool of_tracker = true;
};

constexpr Column kColumns[] = {
    {"forwarding_rate", "frames/s", [](const Step& s) { return s.rate(&SeriesRow::received); }, false},
    {"offered_rate", "frames/s", [](const Step& s) { return s.rate(&SeriesRow::sent); }, false},
    {"live_flows", "count", [](const Step& s) { return static_cast<double>(s.tracker_to.live()); }},
    {"new_flow_rate", "flows/s", [](const Step& s) { return s.rate(&TrackerSample::created); }},
    {"closed_flow_rate", "flows/s", [](const Step& s) { return s.rate(&TrackerSample::closed); }},
    {"expired_flow_rate", "flows/s", [](const Step& s) { return s.rate(&TrackerSample::expired); }},
    {"failed_flow_rate", "flows/s", [](const Step& s) { return s.rate(&TrackerSample::refused); }},
    {"cycles_per_frame", "cycles", [](const Step& s) { return s.cycles_per_frame(); }},
};

// Steps of positive length: rows at the same time are one. `tracker` has a sample of the start and one for each row, or
// none at all.
std::vector<Step> steps_of(const std::vector<SeriesRow>& rows, const std::vector<TrackerSample>& tracker) {
  static constexpr SeriesRow kStart;
  static constexpr TrackerSample kNone;
  const auto sample = [&](std::size_t i) -> const TrackerSample& { return tracker.empty() ? kNone : tracker.at(i); };
  std::vector<Step> steps;
  const SeriesRow* from = &kStart;
  const TrackerSample* tracker_from = &sample(0);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const SeriesRow& to = rows[i];
    if (to.t <= from->t) continue;
    steps.push_back({*from, to, *tracker_from, sample(i + 1), to.t - from->t});
    from = &to;
    tracker_from = &sample(i + 1);
  }
  return steps;
}

Napi::Array values(Napi::Env env, const std::vector<Step>& steps, double (*value)(const Step&)) {
  return array_to_js(env, steps, [&](const Step& step) { return js(env, value(step)); });
}

}  // namespace

Napi::Object series_to_js(Napi::Env env, const std::vector<SeriesRow>& rows,
                          const std::vector<TrackerSample>& tracker) {
  const std::vector<Step> steps = steps_of(rows, tracker);
  Napi::Object columns = Napi::Object::New(env);
  for (const Column& column : kColumns) {
    if (column.of_tracker && tracker.empty()) continue;
    Napi::Object object = Napi::Object::New(env);
    object.Set("unit", column.unit);
    object.Set("values", values(env, steps, column.value));
    columns.Set(column.name, object);
  }
  Napi::Object series = Napi::Object::New(env);
  series.Set("t", values(env, steps, [](const Step& s) { return s.to.t; }));
  series.Set("columns", columns);
  return series;
}

}  // namespace nicbench::addon
