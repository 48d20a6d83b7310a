package checkpoint

import "fmt"

// Encode and Decode are the form of the file.
func Encode(m *Manifest) ([]byte, error) { return encode(m) }

// Decode is the inverse of Encode.
func Decode(b []byte) (*Manifest, error) { return decode(b) }

// Sealed puts any manifest into an envelope with the right checksum.
func Sealed(b []byte) []byte {
	return fmt.Appendf(nil, `{"version":%d,"crc32c":"%s","manifest":%s}`, Version, checksum(b), b)
}
