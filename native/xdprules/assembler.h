// An assembler for small eBPF programs: a method an instruction, and jumps to labels.
//
// Registers are those of the eBPF instruction set (RFC 9669): r0 is what a call returns, r1 to r5 are its arguments and
// gone after it, r6 to r9 outlive it, r10 is the end of the stack.
#pragma once

#include <linux/bpf.h>

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace nicbench {

class Assembler {
 public:
  enum class Size : std::uint8_t { k8 = BPF_B, k16 = BPF_H, k32 = BPF_W, k64 = BPF_DW };
  enum class If : std::uint8_t {
    kEqual = BPF_JEQ,
    kNotEqual = BPF_JNE,
    kAbove = BPF_JGT,  // unsigned
    kBelow = BPF_JLT
  };
  using Register = std::uint8_t;
  // Where a jump goes; placed once, before or after the jump is written.
  using Label = std::size_t;

  Label new_label();
  void place(Label label);

  void load(Register to, Register address, int offset, Size size);     // to = *(address + offset)
  void store(Register address, int offset, Register from, Size size);  // *(address + offset) = from
  void store_value(Register address, int offset, std::int32_t value, Size size);
  void add_atomically(Register address, int offset, Register from);  // 64 bits

  void copy(Register to, Register from);
  void set(Register to, std::int32_t value);
  void add(Register to, Register from);
  void add_value(Register to, std::int32_t value);
  void or_value(Register to, std::int32_t value);
  // Of the lower 32 bits; the upper ones become 0.
  void and_value(Register to, std::uint32_t value);
  void shift_left(Register to, int bits);

  void jump(Label label);
  void jump_if(If test, Register left, Register right, Label label);
  void jump_if_value(If test, Register left, std::int32_t right, Label label);

  void load_map(Register to, int map);
  void call(int helper);
  void exit();

  // With all jumps resolved. Throws UserError XDP_REFUSED if one goes further than 32767 instructions.
  std::vector<bpf_insn> finish() const;

 private:
  void write(int code, Register to, Register from, int offset, std::int32_t value);
  void write_jump(int code, Register left, Register right, std::int32_t value, Label label);

  std::vector<bpf_insn> code_;
  std::vector<std::size_t> places_;                   // of each label
  std::vector<std::pair<std::size_t, Label>> jumps_;  // instruction and its label
};

}  // namespace nicbench
