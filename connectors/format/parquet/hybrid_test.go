package parquet

import (
	"testing"

	"millrace/operators/kernel/civil"
)

// TestHybrid: days of Java's calendar, as its java.sql.Timestamp counts them.
func TestHybrid(t *testing.T) {
	for _, c := range []struct {
		y, m, d int
		shift   int64 // days
	}{{1, 1, 1, -2}, {200, 2, 28, -1}, {300, 3, 1, 1}, {1000, 6, 1, 6}, {1500, 2, 28, 9}, {1582, 10, 4, 10}, {1582, 10, 15, 0}, {1969, 12, 31, 0}, {9999, 12, 31, 0}} {
		ms := civil.JoinDay(civil.Days(c.y, c.m, c.d), 1234)
		got := toHybrid(ms)
		if got != ms+c.shift*civil.MillisPerDay {
			t.Errorf("%d-%d-%d: shifted by %d days, want %d", c.y, c.m, c.d, (got-ms)/civil.MillisPerDay, c.shift)
		}
		if back := fromHybrid(got); back != ms {
			t.Errorf("%d-%d-%d: %d ms back", c.y, c.m, c.d, back-ms)
		}
	}
	for day := civil.Days(1, 1, 1); day < civil.Days(1582, 10, 5); day += 13 {
		y, m, d := civil.YMD(day)
		if m == 2 && d == 29 {
			continue
		}
		ms := civil.JoinDay(day, 0)
		if back := fromHybrid(toHybrid(ms)); back != ms {
			t.Fatalf("%d-%d-%d: %d ms back", y, m, d, back-ms)
		}
	}
}
