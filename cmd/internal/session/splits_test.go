package session_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/twmb/franz-go/pkg/kfake"

	"millrace/cmd/internal/session"
	"millrace/cmd/internal/wire"
)

// TestExplainShowsSplits: EXPLAIN tells what sources would read, in bounded time also where nobody answers.
func TestExplainShowsSplits(t *testing.T) {
	k, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(2, "bids"))
	if err != nil {
		t.Fatal(err)
	}
	defer k.Close()
	dir := t.TempDir()
	for _, name := range []string{"a.json", "b.json"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("{\"a\":1}\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	env, stop := wire.Standalone(wire.Config{Settings: map[string]string{"parallelism.default": "2"}})
	defer stop()
	s := session.New(env, nil)
	defer s.Close()
	kafka := "'connector'='kafka', 'topic'='bids', 'format'='json', 'scan.startup.mode'='earliest-offset', 'properties.bootstrap.servers'="
	for _, text := range []string{
		"CREATE TABLE f (a INT, b STRING, `file.name` STRING METADATA VIRTUAL) WITH ('connector'='filesystem', 'format'='json', 'path'='" + dir + "')",
		"CREATE TABLE nowhere (a INT) WITH ('connector'='filesystem', 'format'='json', 'path'='" + dir + "/nowhere')",
		"CREATE TABLE k (a INT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts) WITH (" + kafka + "'" + k.ListenAddrs()[0] + "')",
		"CREATE TABLE away (a INT) WITH (" + kafka + "'127.0.0.1:1')",
		"CREATE TABLE g (a INT) WITH ('connector'='datagen', 'number-of-rows'='10', 'scan.parallelism'='1')",
	} {
		if got := execute(t.Context(), s, text); got != "OK\n" && got != "" && !strings.Contains(got, "OK") {
			t.Fatal(text, got)
		}
	}
	begun := time.Now()
	text := execute(t.Context(), s, "EXPLAIN SELECT a, `file.name` AS n FROM f UNION ALL SELECT a, 'x' FROM k UNION ALL SELECT a, 'x' FROM nowhere UNION ALL "+
		"SELECT a, 'x' FROM away UNION ALL SELECT a, 'x' FROM g")
	if d := time.Since(begun); d > 8*time.Second {
		t.Errorf("it took %s", d)
	}
	_, got, _ := strings.Cut(text, "== Sources ==\n")
	got = strings.ReplaceAll(got, dir, "DIR")
	got = regexp.MustCompile(`within 2s[^\n]*\)`).ReplaceAllString(got, "within 2s …)") // with the last error, if there was time for one
	want := `default_catalog.default_database.f (filesystem)
  columns: 1 of 2, and metadata file.name
  splits: 2, 16 B
    DIR/a.json (8 bytes)
    DIR/b.json (8 bytes)
default_catalog.default_database.k (kafka)
  columns: 2 of 2
  watermark of each split: ts
  splits: 2
    bids-0 from offset 0 on
    bids-1 from offset 0 on
default_catalog.default_database.nowhere (filesystem)
  columns: 1 of 1
  splits: unknown (path "DIR/nowhere": not found)
default_catalog.default_database.away (kafka)
  columns: 1 of 1
  splits: unknown (no answer within 2s …)
default_catalog.default_database.g (datagen)
  columns: 1 of 1
  splits: 1
    0/1
`
	if d := cmp.Diff(want, strings.TrimRight(got, "\n")+"\n"); d != "" {
		t.Errorf("(-want +got)\n%s\n%s", d, text)
	}
}
