package text

import (
	"encoding/binary"
	"fmt"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/ianaindex"
)

// Charset converts between UTF-8 and another character set. It is immutable.
type Charset struct {
	kind  charsetKind
	other encoding.Encoding
}

type charsetKind uint8

const (
	charsetUTF8 charsetKind = iota
	charsetASCII
	charsetLatin1
	charsetUTF16 // with a byte order mark, big endian without
	charsetUTF16BE
	charsetUTF16LE
	charsetUTF32
	charsetOther
)

// LoadCharset finds a character set by a name that Java knows.
func LoadCharset(name string) (*Charset, error) {
	switch strings.ToUpper(name) {
	case "UTF-8", "UTF8":
		return &Charset{kind: charsetUTF8}, nil
	case "US-ASCII", "ASCII":
		return &Charset{kind: charsetASCII}, nil
	case "ISO-8859-1", "LATIN1", "ISO8859_1":
		return &Charset{kind: charsetLatin1}, nil
	case "UTF-16", "UTF16":
		return &Charset{kind: charsetUTF16}, nil
	case "UTF-16BE":
		return &Charset{kind: charsetUTF16BE}, nil
	case "UTF-16LE":
		return &Charset{kind: charsetUTF16LE}, nil
	case "UTF-32", "UTF-32BE":
		return &Charset{kind: charsetUTF32}, nil
	}
	enc, err := ianaindex.IANA.Encoding(name)
	if err != nil || enc == nil {
		return nil, fmt.Errorf("character set %q: unsupported encoding", name)
	}
	return &Charset{kind: charsetOther, other: enc}, nil
}

// AppendEncode appends s in the character set; what it cannot write becomes '?'.
func (c *Charset) AppendEncode(dst, s []byte) []byte {
	switch c.kind {
	case charsetUTF8:
		return append(dst, s...)
	case charsetOther:
		for _, r := range string(s) {
			b, err := c.other.NewEncoder().Bytes([]byte(string(r)))
			if err != nil {
				b = []byte{'?'}
			}
			dst = append(dst, b...)
		}
		return dst
	case charsetUTF16:
		if len(s) > 0 {
			dst = append(dst, 0xfe, 0xff)
		}
	}
	limit := rune(0x7f)
	if c.kind == charsetLatin1 {
		limit = 0xff
	}
	for _, r := range string(s) {
		switch c.kind {
		case charsetASCII, charsetLatin1:
			if r > limit {
				r = '?'
			}
			dst = append(dst, byte(r))
		case charsetUTF32:
			dst = binary.BigEndian.AppendUint32(dst, uint32(r))
		case charsetUTF16LE:
			for _, u := range utf16.AppendRune(nil, r) {
				dst = binary.LittleEndian.AppendUint16(dst, u)
			}
		default:
			for _, u := range utf16.AppendRune(nil, r) {
				dst = binary.BigEndian.AppendUint16(dst, u)
			}
		}
	}
	return dst
}

// AppendDecode appends b as UTF-8; what is malformed becomes U+FFFD.
func (c *Charset) AppendDecode(dst, b []byte) []byte {
	switch c.kind {
	case charsetUTF8:
		return AppendValid(dst, b)
	case charsetASCII, charsetLatin1:
		for _, v := range b {
			r := rune(v)
			if r > 0x7f && c.kind == charsetASCII {
				r = utf8.RuneError
			}
			dst = utf8.AppendRune(dst, r)
		}
		return dst
	case charsetUTF32:
		for ; len(b) >= 4; b = b[4:] {
			dst = utf8.AppendRune(dst, rune(binary.BigEndian.Uint32(b)))
		}
	case charsetOther:
		out, err := c.other.NewDecoder().Bytes(b)
		if err != nil {
			return utf8.AppendRune(dst, utf8.RuneError)
		}
		return append(dst, out...)
	default:
		return c.appendUTF16(dst, b)
	}
	if len(b) > 0 {
		dst = utf8.AppendRune(dst, utf8.RuneError)
	}
	return dst
}

func (c *Charset) appendUTF16(dst, b []byte) []byte {
	little := c.kind == charsetUTF16LE
	if c.kind == charsetUTF16 && len(b) >= 2 {
		switch {
		case b[0] == 0xfe && b[1] == 0xff:
			b = b[2:]
		case b[0] == 0xff && b[1] == 0xfe:
			b, little = b[2:], true
		}
	}
	for len(b) >= 2 {
		u := rune(binary.BigEndian.Uint16(b))
		if little {
			u = rune(binary.LittleEndian.Uint16(b))
		}
		b = b[2:]
		if utf16.IsSurrogate(u) && len(b) >= 2 {
			v := rune(binary.BigEndian.Uint16(b))
			if little {
				v = rune(binary.LittleEndian.Uint16(b))
			}
			if full := utf16.DecodeRune(u, v); full != utf8.RuneError {
				u = full
				b = b[2:]
			}
		}
		dst = utf8.AppendRune(dst, u)
	}
	if len(b) > 0 {
		dst = utf8.AppendRune(dst, utf8.RuneError)
	}
	return dst
}
