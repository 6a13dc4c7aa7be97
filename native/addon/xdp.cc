#include "xdp.h"

#include <string>

#include "task.h"

#if defined(NICBENCH_LIBBPF)
#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "fields.h"
#include "xdprules/xdp_classifier.h"
#endif

namespace nicbench::addon {
namespace {

#if defined(NICBENCH_LIBBPF)

// Closed with the last of what runs in it.
using Shared = std::shared_ptr<XdpClassifier>;

std::vector<Napi::Object> objects(const Napi::Value& value, const char* field) {
  if (!value.IsArray()) bad_argument(field, "an array of objects");
  const Napi::Array array = value.As<Napi::Array>();
  std::vector<Napi::Object> result;
  for (std::uint32_t i = 0; i < array.Length(); ++i) {
    if (!array.Get(i).IsObject()) bad_argument(field, "an array of objects");
    result.push_back(array.Get(i).As<Napi::Object>());
  }
  return result;
}

XdpWord word(const Napi::Object& object) {
  static constexpr std::array kWidest{16, 36, 12};  // of the base: what the program reads of a header
  const auto base = integer<std::uint8_t>(object, "base");
  if (base >= kWidest.size()) bad_argument("base", "0, 1 or 2");
  const auto offset = integer<std::uint8_t>(object, "offset");
  if (offset > kWidest[base]) bad_argument("offset", "inside the header");
  return {static_cast<XdpBase>(base), offset, integer<std::uint32_t>(object, "mask")};
}

XdpMatch match(const Napi::Object& object) {
  XdpMatch result;
  result.group = integer<std::uint32_t>(object, "group");
  result.priority = integer<std::uint32_t>(object, "priority");
  result.headers = integer<std::uint16_t>(object, "headers");
  result.trie = boolean(object, "trie");
  for (const Napi::Object& each : objects(object.Get("words"), "words")) result.words.push_back(word(each));
  return result;
}

XdpConfig config(const Napi::Object& object) {
  XdpConfig result;
  result.process = integer<int>(object, "process");
  result.interface = text(object, "interface");
  result.most = integer<std::uint32_t>(object, "most");
  result.program.joins = boolean(object, "joins");
  result.program.drops_rest = boolean(object, "dropsRest");
  if (object.Get("sendsFrom").IsUndefined()) return result;
  const std::vector<std::uint8_t> bytes = integers<std::uint8_t>(object, "sendsFrom");
  XdpMac mac;
  if (bytes.size() != mac.size()) bad_argument("sendsFrom", "six bytes");
  std::copy(bytes.begin(), bytes.end(), mac.begin());
  result.program.sends = mac;
  return result;
}

std::vector<std::uint8_t> bytes(const Napi::Object& object, const char* field) {
  if (!object.Get(field).IsBuffer()) bad_argument(field, "a buffer");
  const auto buffer = object.Get(field).As<Napi::Buffer<std::uint8_t>>();
  return {buffer.Data(), buffer.Data() + buffer.Length()};
}

std::optional<XdpOperation> parse_operation(std::string_view name) noexcept {
  if (name == "put") return XdpOperation::kPut;
  if (name == "remove") return XdpOperation::kRemove;
  return std::nullopt;
}

XdpChange change(const Napi::Object& object) {
  XdpChange result{integer<std::size_t>(object, "map"), choice(object, "kind", parse_operation), {}};
  result.rules = {bytes(object, "keys"), bytes(object, "values")};
  return result;
}

std::vector<XdpChange> batch(const Napi::Value& value) {
  std::vector<XdpChange> changes;
  for (const Napi::Object& each : objects(value, "changes")) changes.push_back(change(each));
  return changes;
}

XdpBatches batches(const Napi::Object& thread) {
  if (!thread.Get("batches").IsArray()) bad_argument("batches", "an array of arrays");
  const Napi::Array array = thread.Get("batches").As<Napi::Array>();
  XdpBatches result;
  for (std::uint32_t i = 0; i < array.Length(); ++i) result.push_back(batch(array.Get(i)));
  return result;
}

Napi::Object times_to_js(Napi::Env env, const XdpTimes& times) {
  Napi::Array each = Napi::Array::New(env, times.each.size());
  for (std::uint32_t thread = 0; thread < times.each.size(); ++thread) {
    Napi::Array batches = Napi::Array::New(env, times.each[thread].size());
    for (std::uint32_t i = 0; i < times.each[thread].size(); ++i) batches.Set(i, js(env, times.each[thread][i]));
    each.Set(thread, batches);
  }
  Napi::Object object = Napi::Object::New(env);
  object.Set("seconds", js(env, times.seconds));
  object.Set("each", each);
  return object;
}

Napi::Object rules_to_js(Napi::Env env, const XdpRules& rules) {
  const auto buffer = [env](const std::vector<std::uint8_t>& from) {
    return Napi::Buffer<std::uint8_t>::Copy(env, from.data(), from.size());
  };
  Napi::Object object = Napi::Object::New(env);
  object.Set("keys", buffer(rules.keys));
  object.Set("values", buffer(rules.values));
  return object;
}

Shared open_or_throw(const std::shared_ptr<Shared>& held) {
  if (*held) return *held;
  throw UserError("XDP_CLOSED", "The XDP classifier is closed.", "");
}

Napi::Value open(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const auto held = std::make_shared<Shared>(std::make_shared<XdpClassifier>(config(object_argument(info, 0))));
    Napi::Object object = Napi::Object::New(info.Env());
    const auto method = [&](const char* name, auto body) {
      object.Set(name, Napi::Function::New(info.Env(), [held, body](const Napi::CallbackInfo& call) {
                   return guarded(call.Env(), [&]() -> Napi::Value { return body(call, open_or_throw(held)); });
                 }));
    };
    method("addMaps", [](const Napi::CallbackInfo& call, const Shared& classifier) {
      std::vector<XdpMatch> matches;
      for (const Napi::Object& each : objects(call[0], "matches")) matches.push_back(match(each));
      return Napi::Number::New(call.Env(), static_cast<double>(classifier->add_maps(matches)));
    });
    method("change", [](const Napi::CallbackInfo& call, const Shared& classifier) {
      const std::vector<XdpChange> changes = batch(call[0]);
      const int cpu = whole_number<int>(call[1], "cpu");
      return Task<double>::start(
          call.Env(), [=] { return classifier->change(changes, cpu); },
          [](Napi::Env env, const double& seconds) {
            Napi::Object result = Napi::Object::New(env);
            result.Set("seconds", js(env, seconds));
            return result;
          });
    });
    method("changeTogether", [](const Napi::CallbackInfo& call, const Shared& classifier) {
      std::vector<XdpBatches> threads;
      std::vector<int> cpus;
      for (const Napi::Object& each : objects(call[0], "threads")) {
        cpus.push_back(integer<int>(each, "cpu"));
        threads.push_back(batches(each));
      }
      return Task<XdpTimes>::start(
          call.Env(), [=] { return classifier->change_together(threads, cpus); }, times_to_js);
    });
    method("list", [](const Napi::CallbackInfo& call, const Shared& classifier) {
      const auto map = whole_number<std::size_t>(call[0], "map");
      return Task<XdpRules>::start(
          call.Env(), [=] { return classifier->list(map); }, rules_to_js);
    });
    method("taken", [](const Napi::CallbackInfo& call, const Shared& classifier) {
      const XdpTaken taken = classifier->taken();
      Napi::Object result = Napi::Object::New(call.Env());
      result.Set("specific", js(call.Env(), taken.specific));
      result.Set("rest", js(call.Env(), taken.rest));
      return result;
    });
    object.Set("close", Napi::Function::New(info.Env(), [held](const Napi::CallbackInfo&) { held->reset(); }));
    return object;
  });
}

Napi::Value version(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value { return Napi::String::New(info.Env(), xdp_version()); });
}

#else

[[noreturn]] Napi::Value open(const Napi::CallbackInfo& info) {
  throw to_js_error(info.Env(), UserError("XDP_MISSING", "The addon was built without libbpf.",
                                          "apt-get install -y libbpf-dev pkg-config && npm run build:native"));
}

Napi::Value version(const Napi::CallbackInfo& info) { open(info); }

#endif

}  // namespace

void export_xdp(Napi::Env env, Napi::Object exports) {
  exports.Set("openXdp", Napi::Function::New(env, open));
  exports.Set("xdpVersion", Napi::Function::New(env, version));
}

}  // namespace nicbench::addon
