package datagen

import (
	"bytes"
	"math"
	"math/big"
	"strconv"

	"millrace/connectors/format/column"
	"millrace/connectors/format/scalar"
	"millrace/operators/kernel/civil"
	"millrace/operators/kernel/decimal"
	"millrace/sql/types"
)

const golden = 0x9E3779B97F4A7C15

func mix(x uint64) uint64 {
	x ^= x >> 30
	x *= 0xBF58476D1CE4E5B9
	x ^= x >> 27
	x *= 0x94D049BB133111EB
	return x ^ x>>31
}

// random is a stream of draws, that of one value.
type random uint64

func (r *random) next() uint64 {
	*r += golden
	return mix(uint64(*r))
}

// below returns a number of [0, n).
func (r *random) below(n uint64) uint64 {
	if n == 0 {
		return 0
	}
	return r.next() % n
}

// between returns a number of [lo, hi].
func (r *random) between(lo, hi int64) int64 {
	n := uint64(hi) - uint64(lo) + 1
	if n == 0 { // all integers
		return int64(r.next())
	}
	return lo + int64(r.below(n))
}

// float returns a number of [0, 1).
func (r *random) float() float64 { return float64(r.next()>>11) / (1 << 53) }

// maker makes values of one batch.
type maker struct {
	now   int64 // ms
	local int64 // ms of the clock on the wall
}

// add appends the value of row number row, whose draws are r.
func (m *maker) add(c *column.Column, f *field, row int64, r *random) {
	if f.nullRate > 0 && r.float() < f.nullRate {
		c.AppendNull()
		return
	}
	switch {
	case f.sequence:
		m.number(c, f, f.start+row)
	case f.t.IsInteger() || f.t.IsInterval():
		lo, hi := integerBounds(f)
		m.number(c, f, r.between(lo, hi))
	case f.t.Kind == types.Float:
		lo, hi := floatBounds(f, math.SmallestNonzeroFloat32, math.MaxFloat32)
		c.AppendF32(float32(lo + (hi-lo)*r.float()))
	case f.t.Kind == types.Double:
		lo, hi := floatBounds(f, math.SmallestNonzeroFloat64, math.MaxFloat64)
		c.AppendF64(lo + (hi-lo)*r.float())
	case f.t.Kind == types.Decimal:
		randomDecimal(c, f, r)
	case f.t.Kind == types.Boolean:
		c.AppendBool(r.next()>>63 != 0)
	case f.t.IsText():
		hexText(c, f, r)
	case f.t.IsBinary():
		randomBytes(c, f, r)
	case f.t.IsTemporal():
		m.time(c, f, r)
	default:
		m.nested(c, f, row, r)
	}
}

// integerBounds returns the least and greatest integer of a type, or what the options say.
func integerBounds(f *field) (lo, hi int64) {
	switch f.t.Kind {
	case types.TinyInt:
		lo, hi = math.MinInt8, math.MaxInt8
	case types.SmallInt:
		lo, hi = math.MinInt16, math.MaxInt16
	case types.Int:
		lo, hi = math.MinInt32, math.MaxInt32
	case types.BigInt:
		lo, hi = math.MinInt64, math.MaxInt64
	case types.IntervalYearMonth:
		lo, hi = 0, 120000
	default:
		lo, hi = 0, math.MaxInt32
	}
	if f.minInt != nil {
		lo = max(lo, *f.minInt)
	}
	if f.maxInt != nil {
		hi = min(hi, *f.maxInt)
	}
	return lo, max(lo, hi)
}

func floatBounds(f *field, lo, hi float64) (float64, float64) {
	if f.min != nil {
		lo = *f.min
	}
	if f.max != nil {
		hi = *f.max
	}
	return lo, hi
}

// number appends an integer to a column of numbers or text.
func (m *maker) number(c *column.Column, f *field, n int64) {
	switch f.t.Kind {
	case types.TinyInt:
		c.AppendI8(int8(n))
	case types.SmallInt:
		c.AppendI16(int16(n))
	case types.Int, types.IntervalYearMonth:
		c.AppendI32(int32(n))
	case types.BigInt, types.IntervalDayTime:
		c.AppendI64(n)
	case types.Float:
		c.AppendF32(float32(n))
	case types.Double:
		c.AppendF64(float64(n))
	case types.Decimal:
		scalar.ReadDecimal(c, strconv.AppendInt(nil, n, 10))
	default:
		c.AppendBytes(strconv.AppendInt(nil, n, 10))
	}
}

// randomDecimal appends a number of at most the column's precision.
func randomDecimal(c *column.Column, f *field, r *random) {
	limit := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(f.t.Precision)), nil)
	limit.Sub(limit, big.NewInt(1))
	lo, hi := new(big.Int).Neg(limit), limit
	unit := math.Pow10(f.t.Scale)
	if f.min != nil {
		x, _ := big.NewFloat(math.Round(*f.min * unit)).Int(nil)
		if x.Cmp(lo) > 0 {
			lo = x
		}
	}
	if f.max != nil {
		x, _ := big.NewFloat(math.Round(*f.max * unit)).Int(nil)
		if x.Cmp(hi) < 0 {
			hi = x
		}
	}
	span := new(big.Int).Sub(hi, lo)
	span.Add(span, big.NewInt(1))
	x := new(big.Int).SetUint64(r.next())
	x.Lsh(x, 64).Add(x, new(big.Int).SetUint64(r.next()))
	if span.Sign() > 0 {
		x.Mod(x, span)
	} else {
		x.SetInt64(0)
	}
	v, _ := decimal.FromBig(x.Add(x, lo))
	if f.t.Precision <= decimal.MaxCompact {
		c.AppendI64(int64(v.Lo))
	} else {
		c.AppendI128(v)
	}
}

func (f *field) size(r *random) int {
	if f.varLen && f.length > 0 {
		return 1 + int(r.below(uint64(f.length)))
	}
	return f.length
}

func hexText(c *column.Column, f *field, r *random) {
	n := f.size(r)
	c.Room()
	c.Reserve(n + 16)
	from := len(c.Data)
	for len(c.Data) < from+n {
		x := r.next()
		for range 16 {
			c.Data = append(c.Data, "0123456789abcdef"[x&15])
			x >>= 4
		}
	}
	c.Data = c.Data[:from+n]
	c.EndBytes()
}

func randomBytes(c *column.Column, f *field, r *random) {
	n := f.size(r)
	c.Room()
	c.Reserve(n + 8)
	from := len(c.Data)
	for len(c.Data) < from+n {
		x := r.next()
		for range 8 {
			c.Data = append(c.Data, byte(x))
			x >>= 8
		}
	}
	c.Data = c.Data[:from+n]
	c.EndBytes()
}

// time appends the current date or time, or a timestamp of at most maxPast ago.
func (m *maker) time(c *column.Column, f *field, r *random) {
	days, ms := civil.SplitDay(m.local)
	switch f.t.Kind {
	case types.Date:
		c.AppendI32(days)
	case types.Time:
		c.AppendI32(civil.TruncateTime(ms, f.t.Precision))
	default:
		at := m.local
		if f.t.Kind == types.TimestampLTZ {
			at = m.now
		}
		if f.maxPast > 0 {
			at -= int64(r.below(uint64(f.maxPast)))
		}
		scalar.PutTimestamp(c, civil.Timestamp{Millis: at})
	}
}

func (m *maker) nested(c *column.Column, f *field, row int64, r *random) {
	switch f.t.Kind {
	case types.Row:
		for i, p := range f.parts {
			m.add(c.Children[i], p, row, r)
		}
		c.EndRow()
		return
	case types.Array:
		for range f.length {
			m.add(c.Children[0], f.parts[0], row, r)
		}
	default:
		keys := c.Children[0]
		base := keys.N
		for range f.length {
			m.add(keys, f.parts[0], row, r)
			if repeated(keys, base) {
				keys.Rollback(keys.N - 1)
				continue
			}
			if f.t.Kind == types.Map {
				m.add(c.Children[1], f.parts[1], row, r)
			} else {
				c.Children[1].AppendI32(1)
			}
		}
	}
	c.EndList()
}

// repeated tells whether the last value of a column equals one since base. Of nested keys it tells nothing.
func repeated(c *column.Column, base int) bool {
	last := c.N - 1
	for i := base; i < last; i++ {
		same := false
		switch c.Store {
		case types.StoreBool:
			same = c.Bits[i>>3]>>(i&7)&1 == c.Bits[last>>3]>>(last&7)&1
		case types.StoreI8:
			same = c.I8[i] == c.I8[last]
		case types.StoreI16:
			same = c.I16[i] == c.I16[last]
		case types.StoreI32:
			same = c.I32[i] == c.I32[last]
		case types.StoreI64:
			same = c.I64[i] == c.I64[last]
		case types.StoreF32:
			same = c.F32[i] == c.F32[last]
		case types.StoreF64:
			same = c.F64[i] == c.F64[last]
		case types.StoreI128:
			same = c.I128[i] == c.I128[last]
		case types.StoreBytes:
			same = bytes.Equal(c.Data[c.Off[i]:c.Off[i+1]], c.Data[c.Off[last]:c.Off[last+1]])
		}
		if same {
			return true
		}
	}
	return false
}
