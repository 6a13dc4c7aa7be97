// An error that the user can mend, thrown by set-up code only; the data path never throws.
#pragma once

#include <stdexcept>
#include <string>
#include <utility>

namespace nicbench {

class UserError : public std::runtime_error {
 public:
  // code: stable upper-case name; message: what is wrong and where; hint: what to do next.
  UserError(std::string code, const std::string& message, std::string hint)
      : std::runtime_error(message), code_(std::move(code)), hint_(std::move(hint)) {}

  const std::string& code() const noexcept { return code_; }
  const std::string& hint() const noexcept { return hint_; }

 private:
  std::string code_;
  std::string hint_;
};

}  // namespace nicbench
