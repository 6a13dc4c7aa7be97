#include "dataplane/tcp_rules.h"

#include <gtest/gtest.h>

#include "dataplane/tests/model_packet.h"
#include "dataplane/tests/model_tracker.h"

namespace nicbench {
namespace {

using enum Direction;
using enum Segment;
using enum Verdict;

TEST(TcpState, FollowsTheTableOfNfConntrackInEveryTransition) {
  static const char* const states[] = {"no", "ss", "sr", "es", "fw", "cw", "la", "tw", "cl", "s2", "ig", "--"};
  static const char* const kinds[] = {"syn", "synack", "fin", "ack", "rst", "bad"};
  for (const bool one_way : {false, true}) {
    for (std::size_t way = 0; way < 2; ++way) {
      for (std::size_t kind = 0; kind < 6; ++kind) {
        for (std::size_t state = 0; state < kTcpStates; ++state) {
          const TcpState next = next_state(static_cast<Segment>(kind), static_cast<Direction>(way),
                                           static_cast<TcpState>(state), one_way);
          EXPECT_EQ(states[static_cast<std::size_t>(next)],
                    testing::model_next(states[state], kinds[kind], static_cast<int>(way), one_way))
              << states[state] << " " << kinds[kind] << " " << way;
        }
      }
    }
  }
}

TEST(TcpState, KnowsWhichFlagsGoTogether) {
  EXPECT_EQ(segment_of(0x02), kSyn);
  EXPECT_EQ(segment_of(0xc2), kSyn);  // with ECN's flags (RFC 3168 §6.1.1)
  EXPECT_EQ(segment_of(0x12), kSynAck);
  EXPECT_EQ(segment_of(0x18), kAck);
  EXPECT_EQ(segment_of(0x11), kFin);
  EXPECT_EQ(segment_of(0x04), kRst);
  EXPECT_EQ(segment_of(0x14), kRst);
  for (const int wrong : {0x00, 0x01, 0x03, 0x06, 0x08, 0x16, 0x29, 0x3f}) {
    EXPECT_EQ(segment_of(static_cast<std::uint8_t>(wrong)), kBad) << wrong;
  }
}

// A connection under test: sends segments and remembers nothing but the flow.
class Connection {
 public:
  explicit Connection(TcpOptions options = {}) : options_(options) {}

  Verdict send(Direction from, Segment segment, std::uint32_t seq = 0, std::uint32_t ack = 0, std::size_t payload = 0,
               std::uint16_t window = 1000, std::uint64_t now = 0) {
    static const std::uint8_t flags[] = {0x02, 0x12, 0x11, 0x10, 0x14, 0x00};
    std::uint8_t header[20] = {};
    store(header + 4, to_be32(seq));
    store(header + 8, to_be32(ack));
    header[12] = 5 << 4;
    header[13] = flags[static_cast<std::size_t>(segment)];
    store(header + 14, to_be16(window));
    const TcpFields fields{header, 20, payload};
    if (flow.tcp == TcpState::kNone) {
      if (!opens_flow(segment, options_)) return kInvalid;
      open_tcp(flow, segment, fields, options_, now);
      return kAccept;
    }
    return track_tcp(flow, segment, from, fields, options_, now);
  }

  // SYN at 100, SYN/ACK at 500.
  void establish() {
    send(kOriginal, kSyn, 100);
    send(kReply, kSynAck, 500, 101);
    send(kOriginal, kAck, 101, 501);
  }

  // Both ends have sent their FIN and had it acknowledged.
  void close() {
    send(kOriginal, kFin, 101, 501);
    send(kReply, kFin, 501, 102);
    send(kOriginal, kAck, 102, 502);
  }

  FlowState flow;

 private:
  TcpOptions options_;
};

TEST(TcpRules, OpenAndCloseAConnection) {
  Connection c;
  c.establish();
  EXPECT_EQ(c.flow.tcp, TcpState::kEstablished);
  EXPECT_EQ(c.flow.timeout, TimeoutClass::kEstablished);
  c.close();
  EXPECT_EQ(c.flow.tcp, TcpState::kTimeWait);
  EXPECT_EQ(c.flow.timeout, TimeoutClass::kTimeWait);
}

TEST(TcpRules, DoNotLetRetriedSynsKeepAFlowAlive) {
  Connection c;
  c.send(kOriginal, kSyn, 100, 0, 0, 1000, 5);
  EXPECT_EQ(c.send(kOriginal, kSyn, 100, 0, 0, 1000, 50), kAccept);
  EXPECT_EQ(c.flow.last_seen, 5u);
  c.send(kReply, kSynAck, 500, 101, 0, 1000, 60);
  EXPECT_EQ(c.flow.last_seen, 60u);
}

TEST(TcpRules, PickUpAConnectionInMidStreamIfAllowed) {
  Connection c;
  EXPECT_EQ(c.send(kOriginal, kAck), kAccept);
  EXPECT_EQ(c.flow.tcp, TcpState::kEstablished);
  EXPECT_EQ(c.flow.timeout, TimeoutClass::kUnanswered);
  c.send(kReply, kAck);
  EXPECT_EQ(c.flow.timeout, TimeoutClass::kEstablished);
  Connection strict(TcpOptions{false, false, false});
  EXPECT_EQ(strict.send(kOriginal, kAck), kInvalid);
}

TEST(TcpRules, EndAFlowAtOnceWhenOnlyAnRstComesBack) {
  Connection c;
  c.send(kOriginal, kSyn, 100);
  EXPECT_EQ(c.send(kReply, kRst, 0, 101), kLast);
  Connection talking;
  talking.establish();
  EXPECT_EQ(talking.send(kReply, kRst, 501, 101), kAccept);
  EXPECT_EQ(talking.flow.tcp, TcpState::kClose);
}

TEST(TcpRules, LetPortsBeUsedAgainAfterTheEnd) {
  Connection closed;
  closed.establish();
  closed.close();
  EXPECT_EQ(closed.send(kOriginal, kSyn, 9000), kReopen);
  EXPECT_EQ(closed.send(kReply, kSyn, 9000), kReopen) << "the ends may change roles after time-wait";

  Connection aborted;
  aborted.establish();
  aborted.send(kOriginal, kRst, 101, 501);
  EXPECT_EQ(aborted.send(kOriginal, kSyn, 9000), kReopen);

  // An RST of the other end may be forged, or late: the connection may be alive.
  Connection reset;
  reset.establish();
  reset.send(kReply, kRst, 501, 101);
  EXPECT_EQ(reset.send(kOriginal, kSyn, 9000), kIgnore);
}

TEST(TcpRules, FollowTheEndsWhenTheyAgreeOnASynThatWasIgnored) {
  Connection c;
  c.establish();
  EXPECT_EQ(c.send(kOriginal, kSyn, 7000), kIgnore);
  EXPECT_EQ(c.flow.tcp, TcpState::kEstablished);
  EXPECT_EQ(c.send(kReply, kSynAck, 800, 6000), kIgnore) << "it answers another SYN";
  EXPECT_EQ(c.send(kOriginal, kSyn, 7000), kIgnore);
  EXPECT_EQ(c.send(kReply, kSynAck, 800, 7001), kAccept);
  EXPECT_EQ(c.flow.tcp, TcpState::kSynReceived);
  c.send(kOriginal, kAck, 7001, 801);
  EXPECT_EQ(c.flow.tcp, TcpState::kEstablished);
}

TEST(TcpRules, DoNotTakeAChallengeForTheLastAck) {
  Connection c;
  c.establish();
  c.send(kOriginal, kFin, 101, 501);
  c.send(kReply, kFin, 501, 102);
  ASSERT_EQ(c.flow.tcp, TcpState::kLastAck);
  EXPECT_EQ(c.send(kOriginal, kSyn, 7000), kIgnore);
  EXPECT_EQ(c.send(kReply, kAck, 502, 102), kIgnore);
  EXPECT_EQ(c.flow.tcp, TcpState::kLastAck);
  EXPECT_EQ(c.send(kOriginal, kAck, 102, 502), kAccept);
  EXPECT_EQ(c.flow.tcp, TcpState::kTimeWait);
}

TEST(TcpRules, OpenFromBothEndsAtOnce) {
  Connection c;
  c.send(kOriginal, kSyn, 100);
  c.send(kReply, kSyn, 500);
  EXPECT_EQ(c.flow.tcp, TcpState::kSynSent2);
  c.send(kOriginal, kSynAck, 100, 501);
  EXPECT_EQ(c.flow.tcp, TcpState::kSynReceived);
  c.send(kReply, kAck, 501, 101);
  EXPECT_EQ(c.flow.tcp, TcpState::kEstablished) << "the ACK of either end completes a simultaneous open";
}

TEST(TcpRules, SeeAConnectionThroughByOneDirectionAlone) {
  Connection c(TcpOptions{true, true, false});
  c.send(kOriginal, kSyn, 100);
  EXPECT_EQ(c.send(kOriginal, kAck, 101, 501), kAccept);
  EXPECT_EQ(c.flow.timeout, TimeoutClass::kEstablished);
  EXPECT_EQ(c.send(kOriginal, kFin, 101, 501), kAccept);
  EXPECT_EQ(c.flow.tcp, TcpState::kFinWait);
  Connection other;
  other.send(kOriginal, kSyn, 100);
  EXPECT_EQ(other.send(kOriginal, kAck, 101, 501), kInvalid) << "where replies are seen, a SYN/ACK must come first";
}

TcpOptions with_windows() { return {true, false, true}; }

TEST(TcpWindow, PassesWhatBothEndsAllow) {
  Connection c(with_windows());
  c.establish();
  EXPECT_EQ(c.send(kOriginal, kAck, 101, 501, 300), kAccept);
  EXPECT_EQ(c.send(kOriginal, kAck, 401, 501, 600), kAccept);
  EXPECT_EQ(c.send(kReply, kAck, 501, 1001), kAccept);
  EXPECT_EQ(c.flow.tcp, TcpState::kEstablished);
}

TEST(TcpWindow, RefusesDataThatTheOtherEndHasNoRoomFor) {
  Connection c(with_windows());
  c.establish();
  EXPECT_EQ(c.send(kOriginal, kAck, 1102, 501, 10), kInvalid) << "the SYN/ACK allowed up to 1101";
  EXPECT_EQ(c.send(kOriginal, kAck, 1101, 501, 10), kAccept) << "at the edge, as a window probe";
}

TEST(TcpWindow, RefusesAcksOfWhatWasNeverSent) {
  Connection c(with_windows());
  c.establish();
  EXPECT_EQ(c.send(kOriginal, kAck, 101, 502), kInvalid);
  EXPECT_EQ(c.send(kReply, kRst, 501, 103), kInvalid);
  EXPECT_EQ(c.send(kReply, kRst, 90000, 101), kInvalid) << "an RST out of window does not end the connection";
  EXPECT_EQ(c.flow.tcp, TcpState::kEstablished);
}

TEST(TcpWindow, IgnoresWhatIsTooOld) {
  Connection c(with_windows());
  c.establish();
  for (std::uint32_t n = 0; n < 5; ++n) {
    ASSERT_EQ(c.send(kOriginal, kAck, 101 + n * 900, 501, 900), kAccept);
    ASSERT_EQ(c.send(kReply, kAck, 501, 101 + (n + 1) * 900), kAccept);
  }
  EXPECT_EQ(c.send(kOriginal, kAck, 101, 501, 900), kIgnore) << "acknowledged long ago";
  EXPECT_EQ(c.send(kOriginal, kAck, 101 + 4 * 900, 501, 900), kAccept) << "may not have been acknowledged in time";
}

TEST(TcpWindow, AllowsForDataThatOvershotTheEdge) {
  Connection c(with_windows());
  c.establish();
  ASSERT_EQ(c.send(kOriginal, kAck, 101, 501, 1000), kAccept);
  ASSERT_EQ(c.send(kOriginal, kAck, 1101, 501, 500), kAccept) << "begins at the edge";
  EXPECT_EQ(c.send(kOriginal, kAck, 101, 501, 50), kAccept) << "the receiver's window was wider than we knew";
}

TEST(TcpWindow, WorksAcrossTheEndOfSequenceNumbers) {
  Connection c(with_windows());
  c.send(kOriginal, kSyn, 0xfffffff0u);
  c.send(kReply, kSynAck, 0xffffffffu, 0xfffffff1u);
  EXPECT_EQ(c.send(kOriginal, kAck, 0xfffffff1u, 0), kAccept);
  EXPECT_EQ(c.send(kOriginal, kAck, 0xfffffff1u, 0, 100), kAccept);
  EXPECT_EQ(c.send(kOriginal, kAck, 85, 0, 100), kAccept);
  EXPECT_EQ(c.send(kReply, kAck, 0, 185), kAccept);
  EXPECT_EQ(c.send(kReply, kAck, 0, 186), kInvalid);
}

TEST(TcpWindow, NeverJudgesAConnectionThatItJoinedLate) {
  Connection c(with_windows());
  c.send(kOriginal, kAck, 5000, 9000);
  EXPECT_EQ(c.send(kReply, kAck, 123, 456), kAccept);
  EXPECT_EQ(c.send(kOriginal, kAck, 999999, 7, 1000), kAccept);
}

}  // namespace
}  // namespace nicbench
