package vector

import "unsafe"

// at returns a pointer to the T that begins at byte i of b.
func at[T any](b []byte, i int) *T { return (*T)(unsafe.Pointer(&b[i])) }

// offsetsOf reads a buffer of whole int32 values in place.
func offsetsOf(b []byte) []int32 {
	return unsafe.Slice((*int32)(unsafe.Pointer(unsafe.SliceData(b))), len(b)/4)
}
