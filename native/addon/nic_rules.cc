#include "nic_rules.h"

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "common/affinity.h"
#include "dataplane/nic_dut.h"
#include "fields.h"
#include "io/discard_waiting.h"
#include "io/nic_rules.h"
#include "task.h"

namespace nicbench::addon {
namespace {

// Never destroyed: a thread may still be in it when the process ends.
struct OpenRules {
  std::mutex mutex;  // of all but `stop`
  std::unique_ptr<NicRules> rules;
  std::optional<NicDut> dut;

  void close() {
    dut.reset();
    rules.reset();
  }

  std::atomic<bool> stop{false};
};

OpenRules& open_rules() {
  static OpenRules& the_rules = *new OpenRules;
  return the_rules;
}

struct Nothing {};

Napi::Object nothing_to_js(Napi::Env env, const Nothing&) { return Napi::Object::New(env); }

// Off the JavaScript thread, while there are rules.
template <class Result>
Napi::Promise with_rules(Napi::Env env, std::function<Result(OpenRules&)> work,
                         typename Task<Result>::Convert convert) {
  return Task<Result>::start(
      env,
      [work = std::move(work)] {
        OpenRules& open = open_rules();
        const std::lock_guard lock(open.mutex);
        if (open.rules == nullptr) throw UserError("STOPPED", "The rules were closed before the trial's end.", "");
        return work(open);
      },
      std::move(convert));
}

Bits128 bits(const Napi::Value& value, const char* field) {
  if (!value.IsBigInt()) bad_argument(field, "a bigint");
  int is_negative = 0;
  std::size_t words = 2;
  std::uint64_t word[2] = {};
  value.As<Napi::BigInt>().ToWords(&is_negative, &words, word);
  if (is_negative != 0 || words > 2) bad_argument(field, "of at most 128 bits");
  return {words > 1 ? word[1] : 0, words > 0 ? word[0] : 0};
}

// Calls `add(element, index)` for each element of an array.
template <class Add>
void for_each(const Napi::Object& object, const char* field, const Add& add) {
  if (!object.Get(field).IsArray()) bad_argument(field, "an array");
  const Napi::Array array = object.Get(field).As<Napi::Array>();
  for (std::uint32_t i = 0; i < array.Length(); ++i) add(Napi::Value(array.Get(i)));
}

Napi::Object as_object(const Napi::Value& value, const char* field) {
  if (!value.IsObject()) bad_argument(field, "an array of objects");
  return value.As<Napi::Object>();
}

template <class Add>
void for_each_entry(const Napi::Object& object, const Add& add) {
  const Napi::Array names = object.GetPropertyNames();
  for (std::uint32_t i = 0; i < names.Length(); ++i) {
    const Napi::Value name = names.Get(i);
    add(name.As<Napi::String>().Utf8Value(), Napi::Value(object.Get(name)));
  }
}

// A field of which only the mask is given matches nothing, and is left out.
NicRule::Item item_of(const Napi::Object& object) {
  NicRule::Item item{text(object, "name"), {}};
  for_each_entry(object_in(object, "fields"), [&](std::string name, const Napi::Value& value) {
    const Napi::Object match = as_object(value, "fields");
    if (match.Get("spec").IsUndefined()) return;
    NicRule::Field field;
    field.name = std::move(name);
    field.spec = bits(match.Get("spec"), "spec");
    if (!match.Get("mask").IsUndefined()) field.mask = bits(match.Get("mask"), "mask");
    if (!match.Get("last").IsUndefined()) field.last = bits(match.Get("last"), "last");
    item.fields.push_back(std::move(field));
  });
  return item;
}

std::uint16_t queue_of(const std::string& word) {
  const bool is_number = !word.empty() && word.size() <= 5 && word.find_first_not_of("0123456789") == std::string::npos;
  if (is_number && std::stoul(word) <= UINT16_MAX) return static_cast<std::uint16_t>(std::stoul(word));
  throw UserError("RULE_UNSUPPORTED", "The queue '" + word + "' of rss is no number below 65536.",
                  "Write numbers: rss queues 0 1 end");
}

NicRule::Action action_of(const Napi::Object& object) {
  NicRule::Action action;
  action.name = text(object, "name");
  for_each_entry(object_in(object, "values"), [&](std::string name, const Napi::Value& value) {
    action.values.emplace(std::move(name), bits(value, "values"));
  });
  const Napi::Object lists = object_in(object, "lists");
  const auto words = [&lists](const char* name, const auto& add) {
    if (lists.Get(name).IsUndefined()) return;
    for_each(lists, name, [&](const Napi::Value& word) { add(word.ToString().Utf8Value()); });
  };
  words("queues", [&](const std::string& word) { action.queues.push_back(queue_of(word)); });
  words("types", [&](const std::string& word) { action.types.push_back(word); });
  return action;
}

NicRule rule_of(const Napi::Object& entry) {
  const Napi::Object object = object_in(entry, "rule");
  NicRule rule;
  rule.id = integer<std::uint32_t>(entry, "id");
  rule.text = text(entry, "text");
  rule.group = integer<std::uint32_t>(object, "group");
  rule.priority = integer<std::uint32_t>(object, "priority");
  rule.ingress = boolean(object, "ingress");
  rule.egress = boolean(object, "egress");
  rule.transfer = boolean(object, "transfer");
  for_each(object, "pattern",
           [&](const Napi::Value& item) { rule.pattern.push_back(item_of(as_object(item, "pattern"))); });
  for_each(object, "actions",
           [&](const Napi::Value& action) { rule.actions.push_back(action_of(as_object(action, "actions"))); });
  return rule;
}

NicRuleChange change_of(const Napi::Object& object) {
  NicRuleChange change;
  change.remove = integers<std::uint32_t>(object, "remove");
  for_each(object, "insert",
           [&](const Napi::Value& entry) { change.insert.push_back(rule_of(as_object(entry, "insert"))); });
  return change;
}

Napi::Value open(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const Napi::Object argument = object_argument(info, 0);
    NicRulesOptions options{text(argument, "device"), boolean(argument, "asynchronous"),
                            integer<std::uint32_t>(argument, "most")};
    if (argument.Has("slots")) options.slots = integer<std::size_t>(argument, "slots");
    return Task<std::string>::start(
        info.Env(),
        [options] {
          OpenRules& open = open_rules();
          const std::lock_guard lock(open.mutex);
          open.close();
          open.stop = false;
          open.rules = open_nic_rules(options);
          return open.rules->description();
        },
        [](Napi::Env env, const std::string& description) {
          Napi::Object object = Napi::Object::New(env);
          object.Set("description", description);
          return object;
        });
  });
}

// (changes, CPU to make them on, or by the DUT)
Napi::Value change(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const Napi::Object argument = object_argument(info, 0);
    const int cpu = integer<int>(argument, "cpu");
    const bool by_dut = boolean(argument, "byDut");
    const auto changes = std::make_shared<std::vector<NicRuleChange>>();
    for_each(argument, "changes",
             [&](const Napi::Value& each) { changes->push_back(change_of(as_object(each, "changes"))); });
    return with_rules<double>(
        info.Env(),
        [changes, cpu, by_dut](OpenRules& open) {
          if (by_dut && open.dut) return open.dut->change(*changes, open.stop);
          pin_this_thread(cpu, "nicbench-rules");
          return open.rules->change(*changes, open.stop);
        },
        [](Napi::Env env, const double& seconds) {
          Napi::Object object = Napi::Object::New(env);
          object.Set("seconds", js(env, seconds));
          return object;
        });
  });
}

Napi::Value list(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    return with_rules<std::vector<NicRuleCount>>(
        info.Env(), [](OpenRules& open) { return open.rules->list(); },
        [](Napi::Env env, const std::vector<NicRuleCount>& counts) {
          return array_to_js(env, counts, [env](const NicRuleCount& count) {
            Napi::Object object = Napi::Object::New(env);
            object.Set("id", js(env, std::uint64_t{count.id}));
            if (count.frames) object.Set("frames", js(env, *count.frames));
            return object;
          });
        });
  });
}

// From now on there is a DUT, until the rules are closed. (CPU that it forwards on)
Napi::Value forward(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const int cpu = integer<int>(object_argument(info, 0), "cpu");
    return with_rules<Nothing>(
        info.Env(),
        [cpu](OpenRules& open) {
          open.dut.reset();
          open.dut.emplace(*open.rules, cpu);
          return Nothing{};
        },
        nothing_to_js);
  });
}

struct Received {
  std::vector<std::uint64_t> frames;  // by queue
  std::optional<double> dut_cpu_share;
};

// Frames that have come so far. Where there is no DUT, they are taken here.
Napi::Value receive(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    return with_rules<Received>(
        info.Env(),
        [](OpenRules& open) {
          Received received;
          if (open.dut) {
            received.dut_cpu_share = open.dut->cpu_share();
          } else {
            discard_waiting(open.rules->port());
          }
          received.frames = open.rules->received();
          return received;
        },
        [](Napi::Env env, const Received& received) {
          Napi::Object object = Napi::Object::New(env);
          object.Set("frames",
                     array_to_js(env, received.frames, [env](std::uint64_t count) { return js(env, count); }));
          if (received.dut_cpu_share) object.Set("dutCpuShare", js(env, *received.dut_cpu_share));
          return object;
        });
  });
}

// What is running ends early.
Napi::Value close(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    open_rules().stop = true;
    return Task<Nothing>::start(
        info.Env(),
        [] {
          OpenRules& open = open_rules();
          const std::lock_guard lock(open.mutex);
          open.close();
          return Nothing{};
        },
        nothing_to_js);
  });
}

Napi::Value version(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value { return Napi::String::New(info.Env(), dpdk_version()); });
}

}  // namespace

void export_nic_rules(Napi::Env env, Napi::Object& exports) {
  exports.Set("openNicRules", Napi::Function::New(env, open));
  exports.Set("changeNicRules", Napi::Function::New(env, change));
  exports.Set("listNicRules", Napi::Function::New(env, list));
  exports.Set("forwardByNicRules", Napi::Function::New(env, forward));
  exports.Set("receiveByNicRules", Napi::Function::New(env, receive));
  exports.Set("closeNicRules", Napi::Function::New(env, close));
  exports.Set("dpdkVersion", Napi::Function::New(env, version));
}

}  // namespace nicbench::addon
