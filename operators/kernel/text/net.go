package text

import (
	"bytes"
	"strconv"
)

// ParseIPv4 reads dotted text as INET_ATON does: one to four decimal parts of a
// byte each, of which the last is the lowest byte: 10.1 is 10.0.0.1. Leading
// zeros are decimal.
func ParseIPv4(s []byte) (v int64, ok bool) {
	part := [4]int64{}
	n, digits := 0, 0
	for i := 0; i <= len(s); i++ {
		if i == len(s) || s[i] == '.' {
			if digits == 0 || n == 4 {
				return 0, false
			}
			n++
			digits = 0
			if i == len(s) {
				break
			}
			continue
		}
		if s[i] < '0' || s[i] > '9' || n == 4 {
			return 0, false
		}
		if part[n] = part[n]*10 + int64(s[i]-'0'); part[n] > 1<<32-1 {
			return 0, false
		}
		digits++
	}
	for i, p := range part[:n] {
		if p > 255 {
			return 0, false
		}
		if i == n-1 {
			return v | p, true
		}
		v |= p << (24 - 8*i)
	}
	return 0, false
}

// AppendIPv4 appends a number as dotted text; ok is false outside 0 to 2^32-1.
func AppendIPv4(dst []byte, v int64) (out []byte, ok bool) {
	if v < 0 || v > 1<<32-1 {
		return dst, false
	}
	for shift := 24; shift >= 0; shift -= 8 {
		dst = strconv.AppendInt(dst, v>>shift&255, 10)
		if shift > 0 {
			dst = append(dst, '.')
		}
	}
	return dst, true
}

// URLPart names a part of a URL.
type URLPart uint8

// The parts that PARSE_URL knows.
const (
	URLHost URLPart = iota
	URLPath
	URLQuery
	URLRef
	URLProtocol
	URLAuthority
	URLFile
	URLUserInfo
)

// ParseURLPart finds a part by its name, in upper case.
func ParseURLPart(name []byte) (p URLPart, ok bool) {
	for i, n := range [...]string{"HOST", "PATH", "QUERY", "REF", "PROTOCOL", "AUTHORITY", "FILE", "USERINFO"} {
		if string(name) == n {
			return URLPart(i), true
		}
	}
	return 0, false
}

// url is a URL in its parts; nil is a part that is not there.
type url struct {
	protocol, authority, userInfo, host, path, query, ref, file []byte
}

// ExtractURL returns a part of a URL as java.net.URL reads it; ok is false if
// the part is missing or the text is no URL of a protocol that Java knows.
func ExtractURL(s []byte, part URLPart) (value []byte, ok bool) {
	u, ok := parseURL(s)
	if !ok {
		return nil, false
	}
	//exhaustive:enforce
	switch part {
	case URLHost:
		value = u.host
	case URLPath:
		value = u.path
	case URLQuery:
		value = u.query
	case URLRef:
		value = u.ref
	case URLProtocol:
		return bytes.ToLower(u.protocol), true
	case URLAuthority:
		value = u.authority
	case URLFile:
		value = u.file
	case URLUserInfo:
		value = u.userInfo
	}
	return value, value != nil
}

// ExtractURLQuery returns the value of the first query parameter with the name,
// undecoded.
func ExtractURLQuery(s, name []byte) (value []byte, ok bool) {
	q, ok := ExtractURL(s, URLQuery)
	for ok {
		pair := q
		i := bytes.IndexByte(q, '&')
		if i >= 0 {
			pair = q[:i]
		}
		if len(pair) > len(name) && bytes.HasPrefix(pair, name) && pair[len(name)] == '=' {
			return pair[len(name)+1:], true
		}
		if i < 0 {
			break
		}
		q = q[i+1:]
	}
	return nil, false
}

// isProtocol compares without case; name is lower case.
func isProtocol(p []byte, name string) bool {
	if len(p) != len(name) {
		return false
	}
	for i, c := range p {
		if c|0x20 != name[i] {
			return false
		}
	}
	return true
}

func parseURL(s []byte) (u url, ok bool) {
	for len(s) > 0 && s[0] <= ' ' {
		s = s[1:]
	}
	for len(s) > 0 && s[len(s)-1] <= ' ' {
		s = s[:len(s)-1]
	}
	colon := bytes.IndexByte(s, ':')
	if colon < 1 {
		return u, false
	}
	u.protocol = s[:colon]
	if !isProtocol(u.protocol, "http") && !isProtocol(u.protocol, "https") && !isProtocol(u.protocol, "ftp") &&
		!isProtocol(u.protocol, "file") && !isProtocol(u.protocol, "mailto") {
		return u, false
	}
	s = s[colon+1:]
	if i := bytes.IndexByte(s, '#'); i >= 0 {
		s, u.ref = s[:i], s[i+1:]
	}
	u.file = s
	if i := bytes.IndexByte(s, '?'); i >= 0 {
		s, u.query = s[:i], s[i+1:]
	}
	u.host = s[:0]
	if bytes.HasPrefix(s, []byte("//")) && !isProtocol(u.protocol, "mailto") {
		s = s[2:]
		u.file = u.file[2:]
		end := bytes.IndexByte(s, '/')
		if end < 0 {
			end = len(s)
		}
		u.authority = s[:end]
		s, u.file = s[end:], u.file[end:]
		if !u.splitAuthority() {
			return u, false
		}
	}
	u.path = s
	return u, true
}

// splitAuthority finds user, host and port; a port must be a number.
func (u *url) splitAuthority() bool {
	host := u.authority
	if i := bytes.IndexByte(host, '@'); i >= 0 {
		if bytes.LastIndexByte(host, '@') == i {
			u.userInfo, host = host[:i], host[i+1:]
		}
	}
	var port []byte
	if len(host) > 0 && host[0] == '[' {
		end := bytes.IndexByte(host, ']')
		if end < 0 {
			return false
		}
		port, host = host[end+1:], host[:end+1]
		if len(port) > 0 && port[0] != ':' {
			return false
		}
	} else if i := bytes.IndexByte(host, ':'); i >= 0 {
		port, host = host[i:], host[:i]
	}
	u.host = host
	if len(port) > 1 {
		v := 0
		for _, c := range port[1:] {
			if c < '0' || c > '9' || v > 1e8 {
				return false
			}
			v = v*10 + int(c-'0')
		}
	}
	return true
}
