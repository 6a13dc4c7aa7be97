#include "xdprules/assembler.h"

#include <limits>

#include "common/user_error.h"

namespace nicbench {

Assembler::Label Assembler::new_label() {
  places_.push_back(0);
  return places_.size() - 1;
}

void Assembler::place(Label label) { places_[label] = code_.size(); }

void Assembler::load(Register to, Register address, int offset, Size size) {
  write(BPF_LDX | BPF_MEM | static_cast<int>(size), to, address, offset, 0);
}
void Assembler::store(Register address, int offset, Register from, Size size) {
  write(BPF_STX | BPF_MEM | static_cast<int>(size), address, from, offset, 0);
}
void Assembler::store_value(Register address, int offset, std::int32_t value, Size size) {
  write(BPF_ST | BPF_MEM | static_cast<int>(size), address, 0, offset, value);
}
void Assembler::add_atomically(Register address, int offset, Register from) {
  write(BPF_STX | BPF_ATOMIC | BPF_DW, address, from, offset, BPF_ADD);
}

void Assembler::copy(Register to, Register from) { write(BPF_ALU64 | BPF_MOV | BPF_X, to, from, 0, 0); }
void Assembler::set(Register to, std::int32_t value) { write(BPF_ALU64 | BPF_MOV | BPF_K, to, 0, 0, value); }
void Assembler::add(Register to, Register from) { write(BPF_ALU64 | BPF_ADD | BPF_X, to, from, 0, 0); }
void Assembler::add_value(Register to, std::int32_t value) { write(BPF_ALU64 | BPF_ADD | BPF_K, to, 0, 0, value); }
void Assembler::or_value(Register to, std::int32_t value) { write(BPF_ALU64 | BPF_OR | BPF_K, to, 0, 0, value); }
void Assembler::and_value(Register to, std::uint32_t value) {
  write(BPF_ALU | BPF_AND | BPF_K, to, 0, 0, static_cast<std::int32_t>(value));
}
void Assembler::shift_left(Register to, int bits) { write(BPF_ALU64 | BPF_LSH | BPF_K, to, 0, 0, bits); }

void Assembler::jump(Label label) { write_jump(BPF_JMP | BPF_JA, 0, 0, 0, label); }
void Assembler::jump_if(If test, Register left, Register right, Label label) {
  write_jump(BPF_JMP | static_cast<int>(test) | BPF_X, left, right, 0, label);
}
void Assembler::jump_if_value(If test, Register left, std::int32_t right, Label label) {
  write_jump(BPF_JMP | static_cast<int>(test) | BPF_K, left, 0, right, label);
}

void Assembler::load_map(Register to, int map) {
  write(BPF_LD | BPF_IMM | BPF_DW, to, BPF_PSEUDO_MAP_FD, 0, map);
  write(0, 0, 0, 0, 0);  // the upper half of the 64-bit constant
}
void Assembler::call(int helper) { write(BPF_JMP | BPF_CALL, 0, 0, 0, helper); }
void Assembler::exit() { write(BPF_JMP | BPF_EXIT, 0, 0, 0, 0); }

std::vector<bpf_insn> Assembler::finish() const {
  std::vector<bpf_insn> code = code_;
  for (const auto& [at, label] : jumps_) {
    // From the instruction behind the jump.
    const auto distance = static_cast<std::ptrdiff_t>(places_[label]) - static_cast<std::ptrdiff_t>(at) - 1;
    if (distance > std::numeric_limits<std::int16_t>::max() || distance < std::numeric_limits<std::int16_t>::min()) {
      throw UserError("XDP_REFUSED", "The XDP program for these rules is too long for its jumps.",
                      "Use fewer tables or masks.");
    }
    code[at].off = static_cast<std::int16_t>(distance);
  }
  return code;
}

void Assembler::write(int code, Register to, Register from, int offset, std::int32_t value) {
  bpf_insn instruction{};
  instruction.code = static_cast<std::uint8_t>(code);
  instruction.dst_reg = to & 0xf;
  instruction.src_reg = from & 0xf;
  instruction.off = static_cast<std::int16_t>(offset);
  instruction.imm = value;
  code_.push_back(instruction);
}

void Assembler::write_jump(int code, Register left, Register right, std::int32_t value, Label label) {
  jumps_.emplace_back(code_.size(), label);
  write(code, left, right, 0, value);
}

}  // namespace nicbench
