package crashtest

import (
	"bufio"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"millrace/connectors/kafka/kafkatest"
	"millrace/connectors/objstore"
	"millrace/connectors/objstore/resolve"
	"millrace/connectors/objstore/s3/s3test"
)

// TestTour runs docs/tour/kafka.sql, faster and with other names.
func TestTour(t *testing.T) {
	t.Parallel()
	k, server := kafkatest.Start(t), s3test.Start(t, "data")
	text, err := os.ReadFile(filepath.Join("..", "..", "..", "docs", "tour", "kafka.sql"))
	if err != nil {
		t.Fatal(err)
	}
	bids, totals := k.Topic(t, "tour-bids", 3), k.Topic(t, "tour-totals", 3)
	file := filepath.Join(t.TempDir(), "kafka.sql")
	script := strings.NewReplacer("localhost:9092", k.Servers(), "'topic' = 'bids'", "'topic' = '"+bids+"'", "'topic' = 'totals'", "'topic' = '"+totals+"'",
		"'max-emit-speed' = 'false'", "'max-emit-speed' = 'true'").Replace(string(text))
	if err := os.WriteFile(file, []byte(script), 0o666); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), flowLimit)
	defer cancel()
	c := exec.CommandContext(ctx, binary, "run", file)
	c.Env = append(os.Environ(), "AWS_ENDPOINT_URL="+server.Endpoint, "AWS_ACCESS_KEY_ID="+s3test.AccessKey, "AWS_SECRET_ACCESS_KEY="+s3test.SecretKey, "AWS_REGION=us-east-1")
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if n := len(k.Committed(t, bids)); n != 184000 { // 46 of 50 events
		t.Errorf("%d bids in the topic, want 184000", n)
	}
	type row struct {
		Auction   int64  `json:"auction"`
		WindowEnd string `json:"window_end"`
		Bids      int64  `json:"bids"`
		Highest   int64  `json:"highest"`
	}
	read := func(b []byte) (r row) {
		if err := json.Unmarshal(b, &r); err != nil {
			t.Fatal(err)
		}
		return r
	}
	sum := int64(0)
	seen := map[row]int{}
	for _, r := range k.Committed(t, totals) {
		x := read(r.Value)
		seen[x]++
		sum += x.Bids
	}
	if sum != 184000 {
		t.Errorf("the windows in the topic have %d bids, want 184000", sum)
	}
	store, _, err := resolve.New(server.Options()).Open("s3://data")
	if err != nil {
		t.Fatal(err)
	}
	folders := map[string]bool{}
	err = store.List(ctx, "totals/", func(i objstore.Info) error {
		parts := strings.Split(i.Key, "/")
		folders[parts[1]] = true
		r, err := store.Get(ctx, i.Key, 0, -1)
		if err != nil {
			return err
		}
		defer r.Close()
		lines := bufio.NewScanner(r)
		for lines.Scan() {
			seen[read(lines.Bytes())]--
		}
		return lines.Err()
	})
	if err != nil {
		t.Fatal(err)
	}
	var wrong []row
	for r, n := range seen {
		if n != 0 {
			wrong = append(wrong, r)
		}
	}
	if len(wrong) > 0 || len(folders) == 0 {
		t.Errorf("%d of %d rows are not in both topic and bucket, folders %v: %v", len(wrong), len(seen), folders, wrong[:min(5, len(wrong))])
	}
}
