#include "rule_table.h"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <new>
#include <span>
#include <vector>

#include "convert_rules.h"
#include "fields.h"
#include "softnic/classifier.h"
#include "task.h"

namespace nicbench::addon {
namespace {

// As JavaScript sees it: numbers of rules are those that install() gave.
class RuleTable : public Napi::ObjectWrap<RuleTable> {
 public:
  static Napi::Function define(Napi::Env env) {
    return DefineClass(env, "RuleTable",
                       {InstanceMethod<&RuleTable::install>("install"), InstanceMethod<&RuleTable::update>("update"),
                        InstanceMethod<&RuleTable::remove>("remove"), InstanceMethod<&RuleTable::hits>("hits"),
                        InstanceMethod<&RuleTable::send>("send")});
  }

  // (rules that it can hold)
  explicit RuleTable(const Napi::CallbackInfo& info) : Napi::ObjectWrap<RuleTable>(info) {
    guarded(info.Env(), [&]() -> Napi::Value {
      const auto capacity = whole_number<std::uint32_t>(info[0], "capacity");
      try {
        classifier_ = std::make_unique<Classifier>(ClassifierOptions{.capacity = capacity, .tunnels = true});
      } catch (const std::bad_alloc&) {
        throw UserError("OUT_OF_MEMORY", "This host has too little memory for the table.", "Use fewer rules.");
      }
      return info.Env().Undefined();
    });
  }

 private:
  // (one listed rule): its number.
  Napi::Value install(const Napi::CallbackInfo& info) {
    return guarded(info.Env(), [&]() -> Napi::Value {
      RuleId id = kNoRule;
      switch (classifier_->install(one_rule(info, 0), id)) {
        case InstallResult::kInstalled: break;
        case InstallResult::kExists:
          throw UserError("SOFTNIC_REFUSED", "The group has a rule with this very match.", "Remove that one before.");
        case InstallResult::kFull: throw UserError("SOFTNIC_REFUSED", "The group is full.", "Use fewer rules.");
        case InstallResult::kUnsupported:
          throw UserError("SOFTNIC_REFUSED", "A rule can jump only to a group above its own, and below 256.",
                          "Use another group.");
      }
      installed_.resize(std::max<std::size_t>(installed_.size(), id + 1));
      installed_[id] = true;
      return js(info.Env(), std::uint64_t{id});
    });
  }

  // (number, a listed rule with the new actions)
  Napi::Value update(const Napi::CallbackInfo& info) {
    return guarded(info.Env(), [&]() -> Napi::Value {
      classifier_->update(number_of(info), one_rule(info, 1).actions);
      return info.Env().Undefined();
    });
  }

  Napi::Value remove(const Napi::CallbackInfo& info) {
    return guarded(info.Env(), [&]() -> Napi::Value {
      const RuleId id = number_of(info);
      classifier_->remove(id);
      installed_[id] = false;
      return info.Env().Undefined();
    });
  }

  // (number): frames that it took, if it has the action count.
  Napi::Value hits(const Napi::CallbackInfo& info) {
    return guarded(info.Env(), [&]() -> Napi::Value { return js(info.Env(), classifier_->hits(number_of(info))); });
  }

  // (a frame, without FCS)
  Napi::Value send(const Napi::CallbackInfo& info) {
    return guarded(info.Env(), [&]() -> Napi::Value {
      if (!info[0].IsBuffer()) bad_argument("frame", "a buffer");
      const auto bytes = info[0].As<Napi::Buffer<std::uint8_t>>();
      if (bytes.Length() > 0xffff) bad_argument("frame", "a buffer of at most 65535 bytes");
      const Frame frame{.data = bytes.Data(), .length = static_cast<std::uint16_t>(bytes.Length())};
      Verdict verdict;
      classifier_->classify(std::span(&frame, 1), std::span(&verdict, 1));
      return info.Env().Undefined();
    });
  }

  static Rule one_rule(const Napi::CallbackInfo& info, std::size_t argument) {
    const std::vector<Rule> rules = listed_rules(object_argument(info, argument));
    if (rules.size() != 1) bad_argument("bytes", "one rule");
    return rules.front();
  }

  RuleId number_of(const Napi::CallbackInfo& info) const {
    const auto id = whole_number<RuleId>(info[0], "number");
    if (id >= installed_.size() || !installed_[id]) bad_argument("number", "that of a rule that is installed");
    return id;
  }

  std::unique_ptr<Classifier> classifier_;
  std::vector<bool> installed_;
};

}  // namespace

void export_rule_table(Napi::Env env, Napi::Object exports) { exports.Set("RuleTable", RuleTable::define(env)); }

}  // namespace nicbench::addon
