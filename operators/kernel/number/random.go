package number

// Random is java.util.Random: the same seed gives the same sequence. It belongs
// to one goroutine; the zero value is not seeded, use NewRandom.
type Random struct{ state int64 }

const (
	randomFactor = 0x5DEECE66D
	randomMask   = 1<<48 - 1
)

// NewRandom returns the generator that Java's new Random(seed) makes.
func NewRandom(seed int64) *Random {
	return &Random{state: (seed ^ randomFactor) & randomMask}
}

func (r *Random) next(bits uint) int32 {
	r.state = (r.state*randomFactor + 0xB) & randomMask
	return int32(r.state >> (48 - bits))
}

// Double returns the next value of RAND: at least 0, below 1.
func (r *Random) Double() float64 {
	hi := int64(r.next(26)) << 27
	return float64(hi+int64(r.next(27))) / (1 << 53)
}

// Int returns the next value of RAND_INTEGER: at least 0, below bound. ok is
// false if the bound is not positive, which is an error in SQL.
func (r *Random) Int(bound int32) (v int32, ok bool) {
	if bound <= 0 {
		return 0, false
	}
	v = r.next(31)
	if bound&(bound-1) == 0 {
		return int32(int64(bound) * int64(v) >> 31), true
	}
	for u := v; ; u = r.next(31) {
		v = u % bound
		if u-v+(bound-1) >= 0 {
			return v, true
		}
	}
}
