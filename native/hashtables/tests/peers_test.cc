// The same promises from the adapters of other libraries' tables.
#include "hashtables/peers/peers.h"

#include <gtest/gtest.h>

#include "hashtables/tests/conformance.h"

namespace nicbench {
namespace {

INSTANTIATE_TYPED_TEST_SUITE_P(Peers, Conformance, ConformanceCases<PeerTables>::Types,
                               ConformanceCases<PeerTables>::Names);

}  // namespace
}  // namespace nicbench
