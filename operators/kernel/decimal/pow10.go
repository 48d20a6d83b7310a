package decimal

// MaxCompact is the largest precision whose unscaled values are kept in an
// int64.
const MaxCompact = 18

// MaxPrecision is the largest precision of a DECIMAL.
const MaxPrecision = 38

// Pow10 returns 10^n for n from 0 to 18; any other n panics.
func Pow10(n int) int64 { return pow10x64[n] }

// Pow10Int128 returns 10^n for n from 0 to 38; any other n panics.
func Pow10Int128(n int) Int128 {
	t := pow10x128[n]
	return Int128{Lo: t.lo, Hi: int64(t.hi)}
}

// pow10x64 holds 10^0 to 10^18.
//
//nolint:gochecknoglobals // never written, and read per value
var pow10x64 = [19]int64{
	1e0,
	1e1,
	1e2,
	1e3,
	1e4,
	1e5,
	1e6,
	1e7,
	1e8,
	1e9,
	1e10,
	1e11,
	1e12,
	1e13,
	1e14,
	1e15,
	1e16,
	1e17,
	1e18,
}

// pow10x128 holds 10^0 to 10^38.
//
//nolint:gochecknoglobals // never written, and read per value
var pow10x128 = [39]mag{
	{hi: 0x0, lo: 0x1},
	{hi: 0x0, lo: 0xa},
	{hi: 0x0, lo: 0x64},
	{hi: 0x0, lo: 0x3e8},
	{hi: 0x0, lo: 0x2710},
	{hi: 0x0, lo: 0x186a0},
	{hi: 0x0, lo: 0xf4240},
	{hi: 0x0, lo: 0x989680},
	{hi: 0x0, lo: 0x5f5e100},
	{hi: 0x0, lo: 0x3b9aca00},
	{hi: 0x0, lo: 0x2540be400},
	{hi: 0x0, lo: 0x174876e800},
	{hi: 0x0, lo: 0xe8d4a51000},
	{hi: 0x0, lo: 0x9184e72a000},
	{hi: 0x0, lo: 0x5af3107a4000},
	{hi: 0x0, lo: 0x38d7ea4c68000},
	{hi: 0x0, lo: 0x2386f26fc10000},
	{hi: 0x0, lo: 0x16345785d8a0000},
	{hi: 0x0, lo: 0xde0b6b3a7640000},
	{hi: 0x0, lo: 0x8ac7230489e80000},
	{hi: 0x5, lo: 0x6bc75e2d63100000},
	{hi: 0x36, lo: 0x35c9adc5dea00000},
	{hi: 0x21e, lo: 0x19e0c9bab2400000},
	{hi: 0x152d, lo: 0x2c7e14af6800000},
	{hi: 0xd3c2, lo: 0x1bcecceda1000000},
	{hi: 0x84595, lo: 0x161401484a000000},
	{hi: 0x52b7d2, lo: 0xdcc80cd2e4000000},
	{hi: 0x33b2e3c, lo: 0x9fd0803ce8000000},
	{hi: 0x204fce5e, lo: 0x3e25026110000000},
	{hi: 0x1431e0fae, lo: 0x6d7217caa0000000},
	{hi: 0xc9f2c9cd0, lo: 0x4674edea40000000},
	{hi: 0x7e37be2022, lo: 0xc0914b2680000000},
	{hi: 0x4ee2d6d415b, lo: 0x85acef8100000000},
	{hi: 0x314dc6448d93, lo: 0x38c15b0a00000000},
	{hi: 0x1ed09bead87c0, lo: 0x378d8e6400000000},
	{hi: 0x13426172c74d82, lo: 0x2b878fe800000000},
	{hi: 0xc097ce7bc90715, lo: 0xb34b9f1000000000},
	{hi: 0x785ee10d5da46d9, lo: 0xf436a000000000},
	{hi: 0x4b3b4ca85a86c47a, lo: 0x98a224000000000},
}
