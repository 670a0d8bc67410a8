// SPDX-License-Identifier: Apache-2.0
#include "attribution/decay.h"

#include "base/err.h"

// C_i = rne(2^(62 - 2^-i)), the 2^i-th root of one half in units of 2^-62. Each follows from the one before, starting from
// C_0 = 2^61: C_i = rne(sqrt(2^62 C_(i-1))) with the root carried to more digits; the unit test does that in 128 bits.
// clang-format off
const uint64_t decay_constants[DECAY_BITS] = {
	UINT64_C(3260954456333195553), UINT64_C(3877950241171266237), UINT64_C(4228934724888366668), UINT64_C(4416165660797809419),
	UINT64_C(4512867096753504463), UINT64_C(4562008997483360349), UINT64_C(4586780255215411731), UINT64_C(4599216278082138665),
	UINT64_C(4605446927862164404), UINT64_C(4608565417332308035), UINT64_C(4610125453837388245), UINT64_C(4610905670110601999),
	UINT64_C(4611295827762151833), UINT64_C(4611490918967884501), UINT64_C(4611588467665893036), UINT64_C(4611637242788701951),
	UINT64_C(4611661630543559956), UINT64_C(4611673824469352645), UINT64_C(4611679921444339948), UINT64_C(4611682969934856344),
	UINT64_C(4611684494180870228), UINT64_C(4611685256304066092), UINT64_C(4611685637365711255), UINT64_C(4611685827896545643),
	UINT64_C(4611685923161965790), UINT64_C(4611685970794676601), UINT64_C(4611685994611032191), UINT64_C(4611686006519210032),
	UINT64_C(4611686012473298964), UINT64_C(4611686015450343433), UINT64_C(4611686016938865668), UINT64_C(4611686017683126786),
	UINT64_C(4611686018055257345), UINT64_C(4611686018241322625), UINT64_C(4611686018334355264), UINT64_C(4611686018380871584),
	UINT64_C(4611686018404129744), UINT64_C(4611686018415758824), UINT64_C(4611686018421573364), UINT64_C(4611686018424480634),
};
// clang-format on

// Right shift that rounds half to even.
static uint64_t shift_rne(unsigned __int128 value, unsigned int by)
{
	if (by == 0)
		return (uint64_t)value;

	unsigned __int128 half = (unsigned __int128)1 << (by - 1);
	unsigned __int128 rest = value & ((half << 1) - 1);
	uint64_t whole = (uint64_t)(value >> by);

	return whole + (rest > half || (rest == half && (whole & 1)));
}

uint64_t decay_weight(int64_t gap_ms, int64_t half_life_ms)
{
	CHECK(gap_ms >= 0 && half_life_ms > 0);

	int64_t halvings = gap_ms / half_life_ms, rest = gap_ms % half_life_ms;
	if (halvings > 62) // 2^62 / 2^63 is a half, which rounds to even: nothing
		return 0;

	uint64_t fraction = (uint64_t)(((unsigned __int128)rest << DECAY_BITS) / (uint64_t)half_life_ms);
	uint64_t weight = DECAY_ONE;
	for (int i = 1; i <= DECAY_BITS; i++)
		if (fraction >> (DECAY_BITS - i) & 1)
			weight = shift_rne((unsigned __int128)weight * decay_constants[i - 1], 62);
	return shift_rne(weight, (unsigned int)halvings);
}
