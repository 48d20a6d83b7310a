package civil

import "testing"

// The vectors are recorded in expressions/temporal/parse.
func TestEpoch(t *testing.T) {
	text := func(ts Timestamp, ok bool) string {
		if !ok {
			return "NULL"
		}
		return string(AppendTimestampISO(nil, Timestamp{Millis: ts.Millis}))
	}
	for _, tt := range []struct {
		v    int64
		p    int
		want string
	}{
		{0, 3, "1970-01-01T00:00:00"},
		{1709210096, 0, "2024-02-29T12:34:56"},
		{1709210096789, 3, "2024-02-29T12:34:56.789"},
		{-1, 3, "1969-12-31T23:59:59.999"},
		{-62135596800000, 3, "0001-01-01T00:00:00"},
		{253402300799999, 3, "9999-12-31T23:59:59.999"},
		{253402300800000, 3, "NULL"},
		{100, 5, "1970-01-01T00:00:00.001"},
	} {
		if got := text(FromEpoch(tt.v, tt.p)); got != tt.want {
			t.Errorf("FromEpoch(%d, %d) = %s, want %s", tt.v, tt.p, got, tt.want)
		}
	}
	for _, tt := range []struct {
		v    float64
		p    int
		want string
	}{
		{1709210096.789, 0, "2024-02-29T12:34:56.788"},
		{1709210096.789, 3, "1970-01-20T18:46:50.096"},
		{1709210096789.5, 0, "NULL"},
		{1709210096789.5, 3, "2024-02-29T12:34:56.789"},
		{-1.5, 0, "1969-12-31T23:59:58.5"},
		{-1.5, 3, "1969-12-31T23:59:59.998"},
		{-62135596800, 0, "1677-09-21T00:12:43.145"},
		{253402300799, 0, "2262-04-11T23:47:16.854"},
		{-62135596800, 3, "1968-01-12T20:06:43.2"},
	} {
		if got := text(FromEpochDouble(tt.v, tt.p)); got != tt.want {
			t.Errorf("FromEpochDouble(%v, %d) = %s, want %s", tt.v, tt.p, got, tt.want)
		}
	}
}
