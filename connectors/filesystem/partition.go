package filesystem

import (
	"fmt"
	"path/filepath"
	"strconv"
	"strings"

	"millrace/connectors/format/column"
	"millrace/connectors/format/scalar"
	"millrace/operators/kernel/decimal"
	"millrace/operators/vector"
	"millrace/sql/types"
)

// escaped are the printable characters that do not stand in directory names as they are.
const escaped = "\"#%'*/:=?\\{[]^\x7f"

// escapeName makes a directory name of a column name or value.
func escapeName(s string) string {
	var b strings.Builder
	for i := range len(s) {
		if c := s[i]; c < ' ' || strings.IndexByte(escaped, c) >= 0 {
			fmt.Fprintf(&b, "%%%02X", c)
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}

// unescapeName is the inverse of escapeName.
func unescapeName(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) {
			if n, err := strconv.ParseUint(s[i+1:i+3], 16, 8); err == nil {
				b.WriteByte(byte(n))
				i += 2
				continue
			}
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// partitionValues reads the values of the partition columns from the directories between root and a file.
func partitionValues(root, path string) map[string]string {
	rel, err := filepath.Rel(root, filepath.Dir(path))
	if err != nil {
		return nil
	}
	out := map[string]string{}
	for part := range strings.SplitSeq(filepath.ToSlash(rel), "/") {
		if k, v, ok := strings.Cut(part, "="); ok {
			out[unescapeName(k)] = unescapeName(v)
		}
	}
	return out
}

// readPartition appends the value of a partition column.
func readPartition(c *column.Column, text string) bool {
	t := []byte(text)
	switch c.Type.Kind {
	case types.Date:
		if d, ok := scalar.ParseDate(t); ok {
			c.AppendI32(d)
			return true
		}
		// Flink writes the number of days.
		d, ok := scalar.ParseInt(t, 32)
		if ok {
			c.AppendI32(int32(d))
		}
		return ok
	case types.Time:
		if ms, ok := scalar.ParseTime(t, c.Type.Precision, true); ok {
			c.AppendI32(ms)
			return true
		}
		ms, ok := scalar.ParseInt(t, 32)
		if ok {
			c.AppendI32(int32(ms))
		}
		return ok
	case types.Timestamp, types.TimestampLTZ:
		if ts, ok := scalar.ParseTimestamp(t, scalar.ISO, false); ok {
			scalar.PutTimestamp(c, ts)
			return true
		}
		ts, ok := scalar.ParseTimestamp(t, scalar.SQL, false)
		if ok {
			scalar.PutTimestamp(c, ts)
		}
		return ok
	}
	return scalar.Read(c, t)
}

// partitionText is the value of a partition column in a directory name; NULL and empty text are the default partition.
func partitionText(dst []byte, v *vector.Vector, i int, defaultName string) []byte {
	if v.IsNull(i) {
		return append(dst, defaultName...)
	}
	from := len(dst)
	switch v.Type.Kind {
	case types.Char, types.VarChar, types.Binary, types.VarBinary:
		dst = append(dst, v.Bytes(i)...)
	case types.Date:
		dst = strconv.AppendInt(dst, int64(vector.Values[int32](v)[i]), 10)
	case types.Time:
		dst = strconv.AppendInt(dst, int64(vector.Values[int32](v)[i]), 10)
	case types.Decimal:
		dst = decimal.AppendFixed(dst, scalar.DecimalAt(v, i), v.Type.Scale)
	case types.Timestamp, types.TimestampLTZ:
		dst = scalar.AppendLocalDateTime(dst, scalar.TimestampAt(v, i))
	default:
		dst = scalar.AppendJava(dst, v, i)
	}
	if len(dst) == from {
		dst = append(dst, defaultName...)
	}
	return dst
}
