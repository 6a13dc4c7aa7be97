#include "dataplane/matched_flows.h"

#include "common/user_error.h"
#include "trafficgen/traffic.h"

namespace nicbench {

std::vector<FiveTuple4> flows_to_match(const TrafficConfig& config, double share) {
  if (!(share >= 0 && share <= 1)) {
    throw UserError("MATCH_SHARE", "A share is between 0 and 1.", "Use for example 50%.");
  }
  if (share == 0) return {};
  const auto traffic = Traffic::get(config);
  const FlowModel* model = traffic->model();
  if (model == nullptr) {
    throw UserError("MATCH_SHARE", "Rules can match flows of the generator, not those of a capture.",
                    "Use a profile, or a share of 0.");
  }
  const auto count = static_cast<std::uint32_t>(share * config.flows);
  std::vector<FiveTuple4> flows;
  flows.reserve(count);
  for (std::uint32_t flow = 0; flow < count; ++flow) {
    flows.push_back(model->tuple(flow, model->first_frame(flow).tcp));
  }
  return flows;
}

}  // namespace nicbench
