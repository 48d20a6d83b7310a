// Package decimal computes with DECIMAL values the way Flink SQL does.
//
// A DECIMAL(p, s) is an unscaled integer u that stands for u / 10^s, with
// |u| < 10^p. For p up to MaxCompact (18) u is an int64, above it an [Int128]
// (little endian two's complement, the layout of Arrow's decimal128). The
// functions whose name ends in 64 work on the compact form; they take and
// return int64 and are the fast ones. Precisions and scales are not stored
// with the value: the caller knows them from the types.
//
// Conventions of every operation that can overflow:
//
//  1. The result is rounded half up (away from zero) to the wanted scale.
//  2. ok is false where the value does not fit the wanted precision; SQL's
//     answer is NULL then, not an error.
//  3. A zero divisor is the caller's business ([Div], [Mod] and their compact
//     forms report ok = false for it, but SQL wants an error).
//
// Ordinary values take paths of one or two machine words and do not allocate;
// intermediates beyond 128 bits go through math/big.
//
// All functions are pure and safe for use from any goroutine.
package decimal
