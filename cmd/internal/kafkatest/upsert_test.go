package kafkatest

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/twmb/franz-go/pkg/kgo"
)

const upsertScript = `
CREATE TABLE users (id BIGINT, city STRING, score INT, PRIMARY KEY (id) NOT ENFORCED) WITH (
  'connector' = 'upsert-kafka', 'topic' = '<users>', 'properties.bootstrap.servers' = '<brokers>', 'key.format' = 'json', 'value.format' = 'json');
CREATE TABLE orders (k_oid STRING, uid BIGINT, amount INT, PRIMARY KEY (k_oid) NOT ENFORCED) WITH (
  'connector' = 'upsert-kafka', 'topic' = '<orders>', 'properties.bootstrap.servers' = '<brokers>', 'key.format' = 'raw', 'value.format' = 'csv',
  'key.fields-prefix' = 'k_', 'value.fields-include' = 'EXCEPT_KEY');
CREATE TABLE totals (city STRING, n BIGINT, total BIGINT, PRIMARY KEY (city) NOT ENFORCED) WITH (
  'connector' = 'upsert-kafka', 'topic' = '<totals>', 'properties.bootstrap.servers' = '<brokers>', 'key.format' = 'raw', 'value.format' = 'csv',
  'value.fields-include' = 'EXCEPT_KEY');
CREATE TABLE best (id BIGINT, city STRING, score INT, PRIMARY KEY (id) NOT ENFORCED) WITH (
  'connector' = 'upsert-kafka', 'topic' = '<best>', 'properties.bootstrap.servers' = '<brokers>', 'key.format' = 'csv', 'value.format' = 'csv',
  'value.fields-include' = 'EXCEPT_KEY');
CREATE TABLE copied (id BIGINT, city STRING, score INT, PRIMARY KEY (id) NOT ENFORCED) WITH (
  'connector' = 'upsert-kafka', 'topic' = '<copied>', 'properties.bootstrap.servers' = '<brokers>', 'key.format' = 'csv', 'value.format' = 'csv',
  'value.fields-include' = 'EXCEPT_KEY');
EXECUTE STATEMENT SET BEGIN
INSERT INTO totals SELECT u.city, COUNT(*), SUM(CAST(o.amount AS BIGINT)) FROM orders o JOIN users u ON o.uid = u.id GROUP BY u.city;
INSERT INTO best SELECT id, city, score FROM users WHERE score > 50;
INSERT INTO copied SELECT id, city, score FROM users;
END`

// model is what the topics must say.
type model struct {
	users  map[int][2]int    // city, score
	orders map[string][2]int // user, amount
}

// change makes random changes and returns their records.
func (m *model) change(rng *rand.Rand, users, orders string, n int) []*kgo.Record {
	var out []*kgo.Record
	for range n {
		if rng.IntN(3) == 0 {
			id := rng.IntN(60)
			key := fmt.Sprintf(`{"id":%d}`, id)
			if rng.IntN(4) == 0 {
				delete(m.users, id)
				out = append(out, record(users, key, "-"))
				continue
			}
			u := [2]int{rng.IntN(7), rng.IntN(100)}
			m.users[id] = u
			out = append(out, record(users, key, fmt.Sprintf(`{"id":%d,"city":"c%d","score":%d}`, id, u[0], u[1])))
			continue
		}
		oid := "o" + strconv.Itoa(rng.IntN(200))
		if rng.IntN(4) == 0 {
			delete(m.orders, oid)
			out = append(out, record(orders, oid, "-"))
			continue
		}
		o := [2]int{rng.IntN(60), rng.IntN(1000)}
		m.orders[oid] = o
		out = append(out, record(orders, oid, fmt.Sprintf("%d,%d", o[0], o[1])))
	}
	return out
}

// wanted is the rows of the three tables.
func (m *model) wanted() (totals, best, copied map[string]string) {
	totals, best, copied = map[string]string{}, map[string]string{}, map[string]string{}
	sums := map[int][2]int{}
	for _, o := range m.orders {
		if u, ok := m.users[o[0]]; ok {
			s := sums[u[0]]
			sums[u[0]] = [2]int{s[0] + 1, s[1] + o[1]}
		}
	}
	for city, s := range sums {
		totals["c"+strconv.Itoa(city)] = fmt.Sprintf("%d,%d", s[0], s[1])
	}
	for id, u := range m.users {
		row := fmt.Sprintf("c%d,%d", u[0], u[1])
		copied[strconv.Itoa(id)] = row
		if u[1] > 50 {
			best[strconv.Itoa(id)] = row
		}
	}
	return totals, best, copied
}

// TestUpsertTables joins, aggregates, filters and copies tables that topics hold by key, while they change, and the program crashes or is rescaled.
func TestUpsertTables(t *testing.T) {
	b := brokers(t)
	users, orders := b.topic("users", 4, "cleanup.policy=compact"), b.topic("orders", 3, "cleanup.policy=compact")
	totals, best, copied := b.topic("totals", 2), b.topic("best", 2), b.topic("copied", 2)
	script := b.fill(upsertScript, users, orders, totals, best, copied)
	views := []*view{b.view(totals), b.view(best), b.view(copied)}
	dir := "file://" + t.TempDir()
	rng := rand.New(rand.NewPCG(7, uint64(time.Now().UnixNano())))
	m := &model{users: map[int][2]int{}, orders: map[string][2]int{}}
	settings := func(p int) []string {
		return []string{
			"parallelism.default=" + strconv.Itoa(p), "execution.checkpointing.interval=50ms", "execution.checkpointing.dir=" + dir,
			"execution.checkpointing.savepoint-dir=" + dir, "restart-strategy.type=none", "pipeline.name=upserts",
		}
	}
	b.write(m.change(rng, users, orders, 200)...)
	from, restored := "", 0
	for i := range 6 {
		e := start(t, settings(1+i%3)...)
		e.from = from
		e.must(script)
		e.running()
		for range 3 {
			b.write(m.change(rng, users, orders, 150)...)
			time.Sleep(time.Duration(rng.IntN(120)) * time.Millisecond)
		}
		e.check()
		if i%2 == 1 {
			path, err := e.env.Cluster.Stop(t.Context(), e.id, dir, false)
			if err != nil {
				t.Fatal(err)
			}
			e.crash()
			from = path
		} else {
			e.crash()
			from = e.newest()
		}
		if from != "" {
			restored++
		}
		b.write(m.change(rng, users, orders, 50)...)
	}
	e := start(t, settings(2)...)
	defer e.crash()
	e.from = from
	e.must(script)
	b.write(m.change(rng, users, orders, 100)...)
	settled(t, e, m, views)
	if restored < 3 {
		t.Errorf("only %d of 5 jobs were restored", restored)
	}
}

// settled waits until the views say what the model says.
func settled(t *testing.T, e *engine, m *model, views []*view) {
	t.Helper()
	wantTotals, wantBest, wantCopied := m.wanted()
	wants := []map[string]string{wantTotals, wantBest, wantCopied}
	for begun := time.Now(); ; {
		same := true
		for i, v := range views {
			v.poll(t, 100*time.Millisecond)
			same = same && cmp.Equal(wants[i], v.rows)
		}
		if same {
			return
		}
		e.check()
		if time.Since(begun) > 20*time.Second {
			for i, v := range views {
				if d := cmp.Diff(wants[i], v.rows); d != "" {
					t.Errorf("table %d of %d records (-want +got)\n%s", i, v.count, d)
				}
			}
			return
		}
	}
}
