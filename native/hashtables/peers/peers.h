// Tables of other libraries, those that CMake found. The core library does not include this.
#pragma once

#include "hashtables/registry.h"

#ifdef NICBENCH_HAVE_ABSL
#include "hashtables/peers/absl_flat.h"
#endif
#ifdef NICBENCH_HAVE_BOOST_FLAT
#include "hashtables/peers/boost_flat.h"
#endif
#ifdef NICBENCH_HAVE_CK
#include "hashtables/peers/ck_ht.h"
#endif
#ifdef NICBENCH_HAVE_LIBCUCKOO
#include "hashtables/peers/libcuckoo.h"
#endif
#ifdef NICBENCH_HAVE_TBB
#include "hashtables/peers/tbb_concurrent.h"
#endif
#if defined(NICBENCH_HAVE_TSL_HOPSCOTCH) || defined(NICBENCH_HAVE_TSL_ROBIN)
#include "hashtables/peers/tsl_maps.h"
#endif

namespace nicbench {

template <class... A, class... B>
constexpr TableList<A..., B...> join(TableList<A...>, TableList<B...>) {
  return {};
}
template <class First, class... Rest>
constexpr auto join(First first, Rest... rest) {
  return join(first, join(rest...));
}
template <class List>
constexpr List join(List list) {
  return list;
}

#ifdef NICBENCH_HAVE_ABSL
using AbslTables = TableList<AbslFlatTag>;
#else
using AbslTables = TableList<>;
#endif
#ifdef NICBENCH_HAVE_BOOST_FLAT
using BoostTables = TableList<BoostFlatTag>;
#else
using BoostTables = TableList<>;
#endif
#ifdef NICBENCH_HAVE_TSL_HOPSCOTCH
using TslHopscotchTables = TableList<TslHopscotchTag>;
#else
using TslHopscotchTables = TableList<>;
#endif
#ifdef NICBENCH_HAVE_TSL_ROBIN
using TslRobinTables = TableList<TslRobinTag>;
#else
using TslRobinTables = TableList<>;
#endif
#ifdef NICBENCH_HAVE_CK
using CkTables = TableList<CkHtTag>;
#else
using CkTables = TableList<>;
#endif
#ifdef NICBENCH_HAVE_LIBCUCKOO
using LibcuckooTables = TableList<LibcuckooTag>;
#else
using LibcuckooTables = TableList<>;
#endif
#ifdef NICBENCH_HAVE_TBB
using TbbTables = TableList<TbbTag>;
#else
using TbbTables = TableList<>;
#endif

using PeerTables = decltype(join(AbslTables{}, BoostTables{}, TslHopscotchTables{}, TslRobinTables{}, LibcuckooTables{},
                                 TbbTables{}, CkTables{}));

}  // namespace nicbench
