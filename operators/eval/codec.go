package eval

import (
	"fmt"

	"millrace/operators/kernel/text"
	"millrace/planner/expr"
)

// registerCodecs registers digests and encodings of text and bytes.
func registerCodecs(r registry) {
	always := func(fn func(dst, x []byte) []byte, name string) {
		r.texts(traits{}, fixed(textFunc(func(a []arg, i int, dst []byte) ([]byte, error) { return fn(dst, a[0].bytes(i)), nil })), name)
	}
	some := func(fn func(dst, x []byte) ([]byte, bool), name string) {
		r.texts(traits{}, fixed(textFunc(func(a []arg, i int, dst []byte) ([]byte, error) {
			out, ok := fn(dst, a[0].bytes(i))
			if !ok {
				return dst, errNull
			}
			return out, nil
		})), name)
	}
	always(text.AppendMD5, "MD5")
	always(text.AppendSHA1, "SHA1")
	always(sha2(224), "SHA224")
	always(sha2(256), "SHA256")
	always(sha2(384), "SHA384")
	always(sha2(512), "SHA512")
	r.texts(traits{fails: true}, fixed(textFunc(func(a []arg, i int, dst []byte) ([]byte, error) {
		out, ok := text.AppendSHA2(dst, a[0].bytes(i), clampInt(a[1].int(i)))
		if !ok {
			return dst, fmt.Errorf("hash length %d is not 224, 256, 384 or 512", a[1].int(i))
		}
		return out, nil
	})), "SHA2")
	always(text.AppendBase64, "TO_BASE64")
	r.texts(traits{fails: true}, fixed(textFunc(func(a []arg, i int, dst []byte) ([]byte, error) {
		raw, err := text.AppendUnbase64(nil, a[0].bytes(i))
		if err != nil {
			return dst, err
		}
		return text.AppendValid(dst, raw), nil
	})), "FROM_BASE64")
	always(text.AppendURLEncode, "URL_ENCODE")
	some(text.AppendURLDecode, "URL_DECODE")
	some(text.AppendUnhex, "UNHEX")
	r.ints(traits{}, fixed(intFunc(func(a []arg, i int) (int64, error) {
		v, ok := text.ParseIPv4(a[0].bytes(i))
		if !ok {
			return 0, errNull
		}
		return v, nil
	})), "INET_ATON")
	r.texts(traits{}, fixed(textFunc(func(a []arg, i int, dst []byte) ([]byte, error) {
		out, ok := text.AppendIPv4(dst, a[0].int(i))
		if !ok {
			return dst, errNull
		}
		return out, nil
	})), "INET_NTOA")
	r.texts(traits{}, fixed(textFunc(parseURL)), "PARSE_URL")
	r.texts(traits{fails: true}, makeCharset((*text.Charset).AppendEncode), "ENCODE")
	r.texts(traits{fails: true}, makeCharset((*text.Charset).AppendDecode), "DECODE")
}

func sha2(bits int) func(dst, x []byte) []byte {
	return func(dst, x []byte) []byte {
		out, _ := text.AppendSHA2(dst, x, bits)
		return out
	}
}

func parseURL(a []arg, i int, dst []byte) ([]byte, error) {
	part, ok := text.ParseURLPart(a[1].bytes(i))
	if !ok {
		return dst, errNull
	}
	var value []byte
	if len(a) > 2 {
		if string(a[1].bytes(i)) != "QUERY" {
			return dst, errNull
		}
		value, ok = text.ExtractURLQuery(a[0].bytes(i), a[2].bytes(i))
	} else {
		value, ok = text.ExtractURL(a[0].bytes(i), part)
	}
	if !ok {
		return dst, errNull
	}
	return append(dst, value...), nil
}

// makeCharset is ENCODE and DECODE; the character set is the second argument.
func makeCharset(fn func(c *text.Charset, dst, x []byte) []byte) maker[textFunc] {
	return func(_ *compiler, _ *expr.Expr, _ []*node) (textFunc, error) {
		sets := &patterns[text.Charset]{compile: text.LoadCharset}
		return func(a []arg, i int, dst []byte) ([]byte, error) {
			c, err := sets.get(a[1].bytes(i))
			if err != nil {
				return dst, err
			}
			return fn(c, dst, a[0].bytes(i)), nil
		}, nil
	}
}
