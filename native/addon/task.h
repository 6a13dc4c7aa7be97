// Work off the JavaScript thread, and errors on their way to JavaScript.
#pragma once

#include <napi.h>

#include <atomic>
#include <exception>
#include <functional>
#include <memory>
#include <utility>

#include "common/user_error.h"

namespace nicbench::addon {

inline Napi::Error to_js_error(Napi::Env env, const UserError& error) {
  Napi::Error result = Napi::Error::New(env, error.what());
  result.Set("code", Napi::String::New(env, error.code()));
  if (!error.hint().empty()) result.Set("hint", Napi::String::New(env, error.hint()));
  return result;
}

// Runs `work` on a thread of libuv's pool, then `convert`s its result on the JavaScript thread.
template <class Result>
class Task final : public Napi::AsyncWorker {
 public:
  using Work = std::function<Result()>;
  using Convert = std::function<Napi::Object(Napi::Env, const Result&)>;

  static Napi::Promise start(Napi::Env env, Work work, Convert convert) {
    auto* task = new Task(env, std::move(work), std::move(convert));  // deletes itself when done
    task->Queue();
    return task->deferred_.Promise();
  }

 protected:
  void Execute() override {
    try {
      result_ = std::make_unique<Result>(work_());
    } catch (const UserError& error) {
      user_error_ = std::make_unique<UserError>(error);
      SetError(error.what());
    } catch (const std::exception& error) {
      SetError(error.what());
    }
  }
  void OnOK() override { deferred_.Resolve(convert_(Env(), *result_)); }
  void OnError(const Napi::Error& error) override {
    deferred_.Reject(user_error_ ? to_js_error(Env(), *user_error_).Value() : error.Value());
  }

 private:
  Task(Napi::Env env, Work work, Convert convert)
      : Napi::AsyncWorker(env, "nicbench"), deferred_(env), work_(std::move(work)), convert_(std::move(convert)) {}

  Napi::Promise::Deferred deferred_;
  Work work_;
  Convert convert_;
  std::unique_ptr<Result> result_;
  std::unique_ptr<UserError> user_error_;
};

// One trial at a time: the agent sees to that, and `running` makes sure.
struct TrialSlot {
  std::atomic<bool> running{false};
  std::atomic<bool> stop{false};
};

inline TrialSlot& slot() {
  static TrialSlot the_slot;
  return the_slot;
}

// Calls `body`, turning a UserError into a JavaScript exception.
template <class F>
Napi::Value guarded(Napi::Env env, F&& body) {
  try {
    return body();
  } catch (const UserError& error) {
    throw to_js_error(env, error);
  }
}

inline Napi::Object object_argument(const Napi::CallbackInfo& info, std::size_t i) {
  if (!info[i].IsObject()) throw UserError("BAD_ARGUMENT", "An object was expected.", "");
  return info[i].As<Napi::Object>();
}

// Starts `work` with the slot's stop; the slot is free again when it ends.
template <class Result>
Napi::Value start_alone(Napi::Env env, std::function<Result(std::atomic<bool>&)> work,
                        typename Task<Result>::Convert convert) {
  if (slot().running.exchange(true)) throw UserError("BUSY", "A trial is running already.", "Stop it first.");
  slot().stop = false;
  return Task<Result>::start(
      env,
      [work = std::move(work)] {
        struct Release {
          ~Release() { slot().running = false; }
        } const release;
        return work(slot().stop);
      },
      std::move(convert));
}

}  // namespace nicbench::addon
