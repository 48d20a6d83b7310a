package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kfake"
)

// TestRunTellsFigures: the end of run has a line for each source and sink, with what brokers and files add.
func TestRunTellsFigures(t *testing.T) {
	k, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(1, "in", "out"))
	if err != nil {
		t.Fatal(err)
	}
	defer k.Close()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "a.json"), []byte("{\"a\":1}\n{\"a\":x}\n{\"a\":3}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	at := "'properties.bootstrap.servers'='" + k.ListenAddrs()[0] + "', 'connector'='kafka', 'format'='json'"
	got := runText(t, fmt.Sprintf(`
CREATE TABLE f (a INT) WITH ('connector'='filesystem', 'path'='%s', 'format'='json', 'malformed'='skip');
CREATE TABLE i (a INT) WITH (%s, 'topic'='in', 'scan.startup.mode'='earliest-offset', 'scan.bounded.mode'='latest-offset', 'properties.transaction.timeout.ms'='600000');
CREATE TABLE o (a INT) WITH (%s, 'topic'='out', 'properties.transaction.timeout.ms'='600000');
CREATE TABLE d (a INT) WITH ('connector'='filesystem', 'path'='%s/out', 'format'='json');
SET 'execution.checkpointing.interval' = '100 ms';
INSERT INTO i SELECT a FROM f;
EXECUTE STATEMENT SET BEGIN INSERT INTO o SELECT a FROM i; INSERT INTO d SELECT a FROM i; END;
`, dir, at, at, dir), "run")
	for _, want := range []string{
		"FINISHED: 2 records in, 2 out", "1 malformed records",
		"  source f: 2 records, 24 bytes, 1 malformed\n",
		"  sink i: 2 records, ", ", 1 transactions committed\n",
		"  source i: 2 records, ",
		"  sink d: 2 records, 16 bytes, 1 files published\n",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
}
