package logictest

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"millrace/operators/vector"
)

// randomQueries are over the tables l and r (a INT, id INT, v INT, s STRING); their net answer does not depend on the order of rows.
func randomQueries() []string {
	return []string{
		"SELECT a, COUNT(*) AS n, COUNT(v) AS c, SUM(v) AS s, MIN(v) AS lo, MAX(s) AS hi, AVG(v) AS m FROM l GROUP BY a",
		"SELECT s, COUNT(DISTINCT v) AS d, SUM(DISTINCT v) AS t, COUNT(DISTINCT a) FILTER (WHERE v > 3) AS f FROM l GROUP BY s",
		"SELECT a, s, COUNT(*) AS n, GROUPING(a) AS g FROM l GROUP BY CUBE (a, s)",
		"SELECT n, COUNT(*) AS m FROM (SELECT a, COUNT(*) AS n FROM l GROUP BY a) GROUP BY n",
		"SELECT a, SUM(v) AS t FROM l GROUP BY a HAVING SUM(v) > 20 OR COUNT(*) < 3",
		"SELECT DISTINCT a, s FROM l",
		"SELECT l.id, r.id AS rid, l.s FROM l JOIN r ON l.a = r.a AND l.v < r.v",
		"SELECT l.id, r.id AS rid, r.s FROM l LEFT JOIN r ON l.a = r.a AND l.s = r.s",
		"SELECT l.id, r.id AS rid FROM l RIGHT JOIN r ON l.v = r.v AND l.a <> r.a",
		"SELECT l.id, r.id AS rid, l.v, r.s FROM l FULL JOIN r ON l.a = r.a AND l.v = r.v",
		"SELECT x.a, x.t, y.u FROM (SELECT a, SUM(v) AS t FROM l GROUP BY a) AS x FULL JOIN (SELECT a, MAX(v) AS u FROM r GROUP BY a) AS y ON x.a = y.a",
		"SELECT id FROM l WHERE a IN (SELECT a FROM r WHERE v > 2)",
		"SELECT id FROM l WHERE a NOT IN (SELECT a FROM r WHERE v > 6 AND a IS NOT NULL)",
		"SELECT id FROM l WHERE a NOT IN (SELECT a FROM r WHERE v > 8)",
		"SELECT id FROM l WHERE NOT EXISTS (SELECT 1 FROM r WHERE r.a = l.a AND r.v > l.v)",
		"SELECT id, (SELECT MAX(v) FROM r WHERE r.a = l.a) AS m FROM l",
		"SELECT id, v FROM l WHERE v > (SELECT AVG(v) FROM r)",
		"SELECT a, v FROM l UNION SELECT a, v FROM r",
		"SELECT a, v FROM l INTERSECT ALL SELECT a, v FROM r",
		"SELECT a, v FROM l EXCEPT ALL SELECT a, v FROM r",
		"SELECT a, s FROM l EXCEPT SELECT a, s FROM r",
		"SELECT a, s FROM l INTERSECT SELECT a, s FROM r",
		"SELECT a, id, v, n FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY a ORDER BY v DESC, id) AS n FROM l) WHERE n <= 3",
		"SELECT a, id, v FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY s ORDER BY v, id DESC) AS n FROM l) WHERE n <= 2",
		"SELECT id, v FROM l ORDER BY v DESC, id LIMIT 7",
		"SELECT id, v FROM l ORDER BY v, id LIMIT 5 OFFSET 3",
		"SELECT a, t, n FROM (SELECT a, t, ROW_NUMBER() OVER (ORDER BY t DESC, a) AS n FROM (SELECT a, SUM(v) AS t FROM l GROUP BY a)) WHERE n <= 3",
		"SELECT l.id, r.id AS rid FROM l JOIN r ON l.a IS NOT DISTINCT FROM r.a AND l.s IS NOT DISTINCT FROM r.s",
		"SELECT x.id, y.id AS yid, z.id AS zid FROM l AS x LEFT JOIN r AS y ON x.a = y.a AND x.v = y.v LEFT JOIN l AS z ON y.s = z.s AND y.v = z.v",
		"SELECT x.a, COUNT(y.id) AS n, MAX(y.v) AS m FROM l AS x LEFT JOIN r AS y ON x.a = y.a AND x.s = y.s GROUP BY x.a",
		"SELECT s, COUNT(*) AS n FROM (SELECT a, v, s FROM l WHERE v > 3 UNION ALL SELECT a, v, s FROM r WHERE v <= 3) GROUP BY s",
		"SELECT a, id, v FROM (SELECT x.a, x.id, y.v, ROW_NUMBER() OVER (PARTITION BY x.a ORDER BY y.v DESC, x.id, y.id) AS n FROM l AS x JOIN r AS y ON x.s = y.s) WHERE n <= 2",
		"SELECT COUNT(*) AS n FROM (SELECT a FROM l INTERSECT SELECT a FROM r)",
		"SELECT a, COUNT(*) AS n FROM (SELECT a, id FROM l WHERE id IN (SELECT id FROM r WHERE v > 4)) GROUP BY a",
		"SELECT id FROM l WHERE EXISTS (SELECT 1 FROM r WHERE r.a = l.a AND r.s = l.s) AND a NOT IN (SELECT v FROM r WHERE v IS NOT NULL AND v > 7)",
		"SELECT a, CASE WHEN COUNT(*) > 3 THEN 'many' ELSE MAX(s) END AS c, SUM(v) FILTER (WHERE s <> 'a') AS f FROM l GROUP BY a",
		"SELECT t, COUNT(*) AS n FROM (SELECT MAX(v) AS t FROM l GROUP BY s UNION SELECT MIN(v) FROM r GROUP BY a) GROUP BY t",
		"SELECT k.a, k.n FROM (SELECT a, n FROM (SELECT a, COUNT(*) AS n FROM l GROUP BY a) WHERE n > 2) AS k WHERE k.n < (SELECT COUNT(*) FROM r)",
		"SELECT v, a FROM (SELECT v, a, s FROM l EXCEPT ALL SELECT v, a, s FROM r) ORDER BY v DESC, a, s LIMIT 6",
		"SELECT ROUND(STDDEV_POP(CAST(n AS DOUBLE)), 5) AS d, ROUND(VAR_SAMP(CAST(n AS DOUBLE)), 5) AS p FROM (SELECT COUNT(*) AS n FROM l GROUP BY a, s)",
		"SELECT SUM(t) AS t, COUNT(*) AS n FROM (SELECT l.a, SUM(r.v) AS t FROM l JOIN r ON l.a = r.a GROUP BY l.a)",
	}
}

// randomChanges makes n changes of rows (a, id, v, s), and the rows that are left. Keys are few, so that rows meet.
func randomChanges(r *rand.Rand, n int, insertOnly bool) (feed, left string) {
	live := map[int]string{}
	var ids []int // keys of live
	var out strings.Builder
	text := func(id int) string {
		or := func(s string) string {
			if r.IntN(8) == 0 {
				return "NULL"
			}
			return s
		}
		return fmt.Sprintf("%s,%d,%s,%s", or(strconv.Itoa(r.IntN(6))), id, or(strconv.Itoa(r.IntN(10))), or(string(rune('a'+r.IntN(4)))))
	}
	for i := range n {
		switch k := r.IntN(10); {
		case insertOnly || len(ids) < 4 || k < 5:
			live[i] = text(i)
			ids = append(ids, i)
			fmt.Fprintf(&out, "%s %s\n", vector.Insert, live[i])
		case k < 7:
			id := ids[r.IntN(len(ids))]
			fmt.Fprintf(&out, "%s %s\n", vector.UpdateBefore, live[id])
			live[id] = text(id)
			fmt.Fprintf(&out, "%s %s\n", vector.UpdateAfter, live[id])
		default:
			at := r.IntN(len(ids))
			id := ids[at]
			ids = slices.Delete(ids, at, at+1)
			fmt.Fprintf(&out, "%s %s\n", vector.Delete, live[id])
			delete(live, id)
		}
	}
	var rest strings.Builder
	for _, id := range slices.Sorted(maps.Keys(live)) {
		rest.WriteString(live[id] + "\n")
	}
	return out.String(), rest.String()
}

// TestRandom compares the net answer over random changes, under every configuration, with the answer in batch mode over the rows that are left.
// MILLRACE_LOGIC_SEED begins elsewhere, MILLRACE_LOGIC_ROUNDS and MILLRACE_LOGIC_ROWS (rows of a table) make it longer.
func TestRandom(t *testing.T) {
	first, rounds := seeds()
	for seed := first; seed < first+rounds; seed++ {
		for _, cfg := range configs() {
			t.Run(fmt.Sprintf("seed=%d/%s", seed, cfg.name), func(t *testing.T) {
				t.Parallel()
				randomRun(t, cfg, uint64(seed))
			})
		}
	}
}

func randomRun(t *testing.T, cfg config, seed uint64) {
	random := rand.New(rand.NewPCG(seed, 7))
	for _, insertOnly := range []bool{false, true} {
		r, plain := newRun(t, cfg), newRun(t, configs()[0])
		for _, table := range []string{"l", "r"} {
			options := "'connector' = 'feed'"
			define := "CREATE TABLE " + table + " (a INT, id INT, v INT, s STRING) WITH ("
			if _, err := plain.session.Execute(t.Context(), define+options+")", nil); err != nil {
				t.Fatal(err)
			}
			if !insertOnly {
				options += ", 'changelog' = 'I,UB,UA,D'"
			}
			if _, err := r.session.Execute(t.Context(), define+options+")", nil); err != nil {
				t.Fatal(err)
			}
			feed, left := randomChanges(random, number("MILLRACE_LOGIC_ROWS", 60), insertOnly)
			_, _ = r.feeds.set(table, feed), plain.feeds.set(table, left)
		}
		for _, q := range randomQueries() {
			r.source = q
			want, err := answer(plain, q, map[string]string{"execution.runtime-mode": "batch"})
			if err != nil {
				t.Errorf("%s\nbatch: %v", q, err)
				continue
			}
			got, err := answer(r, q, nil)
			if err != nil {
				t.Errorf("%s\ninsert-only %t: %v", q, insertOnly, err)
				continue
			}
			if got != want {
				t.Errorf("%s\ninsert-only %t, got\n%s\nwant\n%s", q, insertOnly, got, want)
			}
		}
	}
}

// randomWindows are over the table w (k INT, id INT, v INT, ts), whose rows come out of order, some of them late.
func randomWindows() []string {
	tvf := func(f string, args ...string) string {
		return "TABLE(" + f + "(TABLE w, DESCRIPTOR(ts), INTERVAL '" + strings.Join(args, "' SECOND, INTERVAL '") + "' SECOND))"
	}
	return []string{
		"SELECT k, window_start, COUNT(*) AS n, SUM(v) AS s, MIN(v) AS lo, MAX(id) AS hi FROM " + tvf("TUMBLE", "5") + " GROUP BY k, window_start, window_end",
		"SELECT window_start, window_end, COUNT(DISTINCT k) AS c, AVG(v) AS a FROM " + tvf("TUMBLE", "7", "2") + " GROUP BY window_start, window_end",
		"SELECT k, window_start, window_end, COUNT(*) AS n, MAX(v) AS hi FROM " + tvf("HOP", "2", "6") + " GROUP BY k, window_start, window_end",
		"SELECT window_start, window_end, SUM(DISTINCT v) AS s, COUNT(*) FILTER (WHERE v > 4) AS f FROM " + tvf("HOP", "3", "9", "1") + " GROUP BY window_start, window_end",
		"SELECT k, window_start, window_end, COUNT(*) AS n, LAST_VALUE(id) AS l FROM " + tvf("CUMULATE", "2", "8") + " GROUP BY k, window_start, window_end",
		"SELECT k, window_start, window_end, COUNT(*) AS n, SUM(v) AS s FROM TABLE(SESSION(TABLE w PARTITION BY k, DESCRIPTOR(ts), INTERVAL '3' SECOND)) GROUP BY k, window_start, window_end",
		"SELECT window_start, window_end, COUNT(*) AS n FROM TABLE(SESSION(TABLE w, DESCRIPTOR(ts), INTERVAL '1' SECOND)) GROUP BY window_start, window_end",
		"SELECT k, id, window_start, window_end FROM TABLE(SESSION(TABLE w PARTITION BY k, DESCRIPTOR(ts), INTERVAL '2' SECOND))",
		"SELECT k, TUMBLE_START(ts, INTERVAL '4' SECOND) AS s, COUNT(*) AS n, SUM(v) AS v FROM w GROUP BY k, TUMBLE(ts, INTERVAL '4' SECOND)",
		"SELECT HOP_END(ts, INTERVAL '2' SECOND, INTERVAL '6' SECOND) AS e, COUNT(*) AS n FROM w GROUP BY HOP(ts, INTERVAL '2' SECOND, INTERVAL '6' SECOND)",
		"SELECT k, SESSION_START(ts, INTERVAL '2' SECOND) AS s, MAX(v) AS m FROM w GROUP BY k, SESSION(ts, INTERVAL '2' SECOND)",
		"SELECT window_end, id, v, n FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY window_start, window_end ORDER BY v DESC, id) AS n FROM " + tvf("TUMBLE", "5") + ") WHERE n <= 3",
		"SELECT k, id FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY window_start, window_end, k ORDER BY ts DESC) AS n FROM " + tvf("TUMBLE", "5") + ") WHERE n = 1",
		"SELECT window_start, MAX(s) AS m, COUNT(*) AS n FROM (SELECT k, window_start, window_end, SUM(v) AS s FROM " + tvf("TUMBLE", "4") +
			" GROUP BY k, window_start, window_end) GROUP BY window_start, window_end",
		"SELECT k, TUMBLE_END(rt, INTERVAL '10' SECOND) AS e, SUM(n) AS n FROM (SELECT k, window_time AS rt, COUNT(*) AS n FROM " + tvf("TUMBLE", "5") +
			" GROUP BY k, window_start, window_end, window_time) GROUP BY k, TUMBLE(rt, INTERVAL '10' SECOND)",
		"SELECT k, id FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY k ORDER BY ts) AS n FROM w) WHERE n = 1",
		"SELECT k, id FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY k ORDER BY ts DESC) AS n FROM w) WHERE n = 1",
	}
}

// TestRandomWindows compares the answers over random late and early rows under every configuration with that of local.
func TestRandomWindows(t *testing.T) {
	begin := func(t *testing.T, cfg config, feed string) *run {
		r := newRun(t, cfg)
		const define = "CREATE TABLE w (k INT, id INT, v INT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '3' SECOND) WITH ('connector' = 'feed', 'ordered' = 'true')"
		if _, err := r.session.Execute(t.Context(), define, nil); err != nil {
			t.Fatal(err)
		}
		_ = r.feeds.set("w", feed)
		return r
	}
	first, rounds := seeds()
	for seed := first; seed < first+rounds; seed++ {
		random := rand.New(rand.NewPCG(uint64(seed), 9))
		var feed strings.Builder
		for i := range 60 {
			at := max(0, i*400-random.IntN(2)*random.IntN(7000))
			fmt.Fprintf(&feed, "%d,%d,%d,00:00:%02d.%03d\n", random.IntN(4), i, random.IntN(10), at/1000, at%1000)
		}
		local := begin(t, configs()[0], feed.String())
		want := map[string]string{}
		for _, q := range randomWindows() {
			var err error
			if want[q], err = answer(local, q, nil); err != nil {
				t.Fatalf("%s\n%v", q, err)
			}
		}
		for _, cfg := range configs()[1:] {
			t.Run(fmt.Sprintf("seed=%d/%s", seed, cfg.name), func(t *testing.T) {
				t.Parallel()
				r := begin(t, cfg, feed.String())
				for _, q := range randomWindows() {
					r.source = q
					switch got, err := answer(r, q, nil); {
					case err != nil:
						t.Errorf("%s\n%v", q, err)
					case got != want[q] || got == "":
						t.Errorf("%s\ngot\n%s\nwant\n%s", q, got, want[q])
					}
				}
			})
		}
	}
}

// seeds is the first seed and how many.
func seeds() (first, rounds int) {
	return number("MILLRACE_LOGIC_SEED", 1), number("MILLRACE_LOGIC_ROUNDS", 1)
}

// number reads a number from the environment.
func number(key string, def int) int {
	n, err := strconv.Atoi(os.Getenv(key))
	if err != nil {
		return def
	}
	return n
}

func answer(r *run, q string, config map[string]string) (string, error) {
	_, changes, err := r.rows(q, config)
	if err != nil {
		return "", err
	}
	net, err := fold(changes)
	return strings.Join(net, "\n"), err
}
