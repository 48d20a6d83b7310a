// Package number reproduces Java's primitive number semantics: the text of
// floats and doubles, reading numbers from text, narrowing casts, rounding,
// the mathematical functions and java.util.Random.
//
// Appending functions add to dst and return it; parsing functions take bytes,
// keep no reference to them and do not allocate on ordinary input. All
// functions are pure (a [Random] belongs to one goroutine).
package number
