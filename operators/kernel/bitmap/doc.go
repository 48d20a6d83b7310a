// Package bitmap is the value of the type BITMAP: a set of 32-bit integers, kept in the portable form of Roaring bitmaps.
//
// [Build] makes one of integers, [Members] lists them in unsigned order, [And], [Or], [Xor] and [AndNot] combine two. The form is the public
// one (cookie 12346, containers of 65,536 values as sorted 16-bit integers or, over 4,096 members, as bits), so that equal sets have equal
// bytes; [Parse] reads any portable form, also with runs, and checks it.
package bitmap
