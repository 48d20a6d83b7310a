// Package kernel is the folder of pure functions over single values that give
// Flink SQL's answers. It holds no code itself:
//
//   - decimal: 128-bit integers, DECIMAL arithmetic, rounding, text
//   - number: Java's text of floats, reading numbers, rounding, mathematics, Random
//   - civil: dates, times, timestamps, intervals, units, time zones
//   - jpattern: Java's date patterns (DateTimeFormatter and SimpleDateFormat)
//   - text: string functions, LIKE, SIMILAR TO, codecs, digests, URLs, PRINTF
//   - jregex: Java regular expressions
//   - jsonpath: checking, searching and writing JSON
//
// The packages import nothing of this module but one another, start no
// goroutines and read no clock. Values have the physical form of column vectors;
// text is UTF-8 in byte slices that are read, never kept.
package kernel
