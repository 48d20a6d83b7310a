package eval

// The comparison loops: eight results make one byte of the bitmap. n is len(a).

type ordered interface {
	~int8 | ~int16 | ~int32 | ~int64 | ~float32 | ~float64
}

func ltCC[T ordered](dst []byte, a, b []T) {
	n := len(a)
	b = b[:n]
	i := 0
	for ; i+8 <= n; i += 8 {
		x, y := (*[8]T)(a[i:]), (*[8]T)(b[i:])
		dst[i>>3] = b2u(x[0] < y[0]) |
			b2u(x[1] < y[1])<<1 |
			b2u(x[2] < y[2])<<2 |
			b2u(x[3] < y[3])<<3 |
			b2u(x[4] < y[4])<<4 |
			b2u(x[5] < y[5])<<5 |
			b2u(x[6] < y[6])<<6 |
			b2u(x[7] < y[7])<<7
	}
	if i < n {
		var m byte
		for j := i; j < n; j++ {
			m |= b2u(a[j] < b[j]) << (j & 7)
		}
		dst[i>>3] = m
	}
}

func leCC[T ordered](dst []byte, a, b []T) {
	n := len(a)
	b = b[:n]
	i := 0
	for ; i+8 <= n; i += 8 {
		x, y := (*[8]T)(a[i:]), (*[8]T)(b[i:])
		dst[i>>3] = b2u(x[0] <= y[0]) |
			b2u(x[1] <= y[1])<<1 |
			b2u(x[2] <= y[2])<<2 |
			b2u(x[3] <= y[3])<<3 |
			b2u(x[4] <= y[4])<<4 |
			b2u(x[5] <= y[5])<<5 |
			b2u(x[6] <= y[6])<<6 |
			b2u(x[7] <= y[7])<<7
	}
	if i < n {
		var m byte
		for j := i; j < n; j++ {
			m |= b2u(a[j] <= b[j]) << (j & 7)
		}
		dst[i>>3] = m
	}
}

func eqCC[T ordered](dst []byte, a, b []T) {
	n := len(a)
	b = b[:n]
	i := 0
	for ; i+8 <= n; i += 8 {
		x, y := (*[8]T)(a[i:]), (*[8]T)(b[i:])
		dst[i>>3] = b2u(x[0] == y[0]) |
			b2u(x[1] == y[1])<<1 |
			b2u(x[2] == y[2])<<2 |
			b2u(x[3] == y[3])<<3 |
			b2u(x[4] == y[4])<<4 |
			b2u(x[5] == y[5])<<5 |
			b2u(x[6] == y[6])<<6 |
			b2u(x[7] == y[7])<<7
	}
	if i < n {
		var m byte
		for j := i; j < n; j++ {
			m |= b2u(a[j] == b[j]) << (j & 7)
		}
		dst[i>>3] = m
	}
}

func ltCK[T ordered](dst []byte, a []T, y T) {
	n := len(a)
	i := 0
	for ; i+8 <= n; i += 8 {
		x := (*[8]T)(a[i:])
		dst[i>>3] = b2u(x[0] < y) |
			b2u(x[1] < y)<<1 |
			b2u(x[2] < y)<<2 |
			b2u(x[3] < y)<<3 |
			b2u(x[4] < y)<<4 |
			b2u(x[5] < y)<<5 |
			b2u(x[6] < y)<<6 |
			b2u(x[7] < y)<<7
	}
	if i < n {
		var m byte
		for j := i; j < n; j++ {
			m |= b2u(a[j] < y) << (j & 7)
		}
		dst[i>>3] = m
	}
}

func leCK[T ordered](dst []byte, a []T, y T) {
	n := len(a)
	i := 0
	for ; i+8 <= n; i += 8 {
		x := (*[8]T)(a[i:])
		dst[i>>3] = b2u(x[0] <= y) |
			b2u(x[1] <= y)<<1 |
			b2u(x[2] <= y)<<2 |
			b2u(x[3] <= y)<<3 |
			b2u(x[4] <= y)<<4 |
			b2u(x[5] <= y)<<5 |
			b2u(x[6] <= y)<<6 |
			b2u(x[7] <= y)<<7
	}
	if i < n {
		var m byte
		for j := i; j < n; j++ {
			m |= b2u(a[j] <= y) << (j & 7)
		}
		dst[i>>3] = m
	}
}

func gtCK[T ordered](dst []byte, a []T, y T) {
	n := len(a)
	i := 0
	for ; i+8 <= n; i += 8 {
		x := (*[8]T)(a[i:])
		dst[i>>3] = b2u(x[0] > y) |
			b2u(x[1] > y)<<1 |
			b2u(x[2] > y)<<2 |
			b2u(x[3] > y)<<3 |
			b2u(x[4] > y)<<4 |
			b2u(x[5] > y)<<5 |
			b2u(x[6] > y)<<6 |
			b2u(x[7] > y)<<7
	}
	if i < n {
		var m byte
		for j := i; j < n; j++ {
			m |= b2u(a[j] > y) << (j & 7)
		}
		dst[i>>3] = m
	}
}

func geCK[T ordered](dst []byte, a []T, y T) {
	n := len(a)
	i := 0
	for ; i+8 <= n; i += 8 {
		x := (*[8]T)(a[i:])
		dst[i>>3] = b2u(x[0] >= y) |
			b2u(x[1] >= y)<<1 |
			b2u(x[2] >= y)<<2 |
			b2u(x[3] >= y)<<3 |
			b2u(x[4] >= y)<<4 |
			b2u(x[5] >= y)<<5 |
			b2u(x[6] >= y)<<6 |
			b2u(x[7] >= y)<<7
	}
	if i < n {
		var m byte
		for j := i; j < n; j++ {
			m |= b2u(a[j] >= y) << (j & 7)
		}
		dst[i>>3] = m
	}
}

func eqCK[T ordered](dst []byte, a []T, y T) {
	n := len(a)
	i := 0
	for ; i+8 <= n; i += 8 {
		x := (*[8]T)(a[i:])
		dst[i>>3] = b2u(x[0] == y) |
			b2u(x[1] == y)<<1 |
			b2u(x[2] == y)<<2 |
			b2u(x[3] == y)<<3 |
			b2u(x[4] == y)<<4 |
			b2u(x[5] == y)<<5 |
			b2u(x[6] == y)<<6 |
			b2u(x[7] == y)<<7
	}
	if i < n {
		var m byte
		for j := i; j < n; j++ {
			m |= b2u(a[j] == y) << (j & 7)
		}
		dst[i>>3] = m
	}
}
