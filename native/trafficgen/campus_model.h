// The `campus` profile: how long flows are, and how large their frames, on a university's Internet link.
//
// Source: P. Jurkiewicz, G. Rzym, P. Borylo, "Flow length and size distributions in campus Internet
// traffic", Computer Communications 167 (2021), arXiv:1809.03486: 4.03e9 five-tuple flows and 3.17e11
// packets in 30 days at AGH University (8,000 dormitory residents, 4,000 employees), mean packet 870.6 B.
// The table below is theirs: flows up to a length (in packets) and their share of all flows, packets and
// octets. Protocol shares by length class are chosen so that TCP has their 55 % of flows and 84 % of packets.
//
// Within a class lengths are log-uniform, and IP packet sizes come from the three classic modes (52-byte
// acknowledgements, 576, 1500: R. Sinha, C. Papadopoulos, J. Heidemann, "Internet packet size distributions:
// some observations", ISI-TR-2007-643), mixed so that the class's published mean packet size is met.
//
// What this leaves out: packet trains. Frames are drawn independently by flow weight, so that elephants
// are as frequent as published but not burstier than that.
#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>

namespace nicbench::campus {

struct Class {
  double longest;  // packets
  double flows;    // cumulative share, %
  double packets;  // cumulative share, %
  double octets;   // cumulative share, %
  double tcp;      // share of this class's flows that are TCP
};

inline constexpr double kMeanPacket = 870.607188;  // IP bytes

inline constexpr std::array<Class, 11> kClasses{{
    {1, 47.8326, 0.6087, 0.1047, 0.52},
    {2, 65.3421, 1.0544, 0.1728, 0.52},
    {4, 74.8933, 1.4696, 0.2537, 0.52},
    {8, 84.1319, 2.1958, 0.4412, 0.52},
    {10, 86.5086, 2.4832, 0.5343, 0.52},
    {100, 97.3478, 6.3895, 2.4322, 0.77},
    {1e3, 99.4544, 14.3271, 8.0737, 0.86},
    {1e4, 99.8922, 30.3569, 22.8925, 0.86},
    {1e5, 99.9896, 67.8990, 61.0966, 0.86},
    {1e6, 99.9998, 93.5945, 92.1873, 0.86},
    {6.25e6, 100, 100, 100, 0.86},  // the longest length is set so that the class's mean length is met
}};

inline std::size_t class_of(double flow_quantile) noexcept {
  std::size_t i = 0;
  while (i + 1 < kClasses.size() && flow_quantile * 100 >= kClasses[i].flows) ++i;
  return i;
}

// Length in packets of the flow at this quantile of the length distribution, in [0, 1).
inline double length_at(double flow_quantile) noexcept {
  const std::size_t i = class_of(flow_quantile);
  if (i == 0) return 1;
  const double within = (flow_quantile * 100 - kClasses[i - 1].flows) / (kClasses[i].flows - kClasses[i - 1].flows);
  return kClasses[i - 1].longest * std::pow(kClasses[i].longest / kClasses[i - 1].longest, within);
}

inline constexpr std::array<std::uint16_t, 3> kPacketSizes{52, 576, 1500};  // IP bytes

// Shares of kPacketSizes that give the mean packet size of class i.
inline std::array<double, 3> size_shares(std::size_t i) noexcept {
  const double packets = kClasses[i].packets - (i == 0 ? 0 : kClasses[i - 1].packets);
  const double octets = kClasses[i].octets - (i == 0 ? 0 : kClasses[i - 1].octets);
  const double mean = kMeanPacket * octets / packets;
  const double middle = 0.08;
  const double full = (mean - middle * kPacketSizes[1] - (1 - middle) * kPacketSizes[0]) /
                      static_cast<double>(kPacketSizes[2] - kPacketSizes[0]);
  return {1 - middle - full, middle, full};
}

}  // namespace nicbench::campus
