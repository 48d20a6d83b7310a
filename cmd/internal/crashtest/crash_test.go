package crashtest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// binary is the program under test, built once.
var binary string // set by TestMain

func TestMain(m *testing.M) { os.Exit(build(m)) }

func build(m *testing.M) int {
	if binary = os.Getenv("MILLRACE_CRASH_PROGRAM"); binary != "" {
		return m.Run()
	}
	dir, err := os.MkdirTemp("", "crashtest")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = os.RemoveAll(dir) }()
	binary = filepath.Join(dir, "millrace")
	if out, err := exec.Command("go", "build", "-o", binary, "millrace/cmd/millrace").CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "build: %v\n%s", err, out)
		return 1
	}
	return m.Run()
}

// number reads a number from the environment.
func number(t *testing.T, key string, def int) int {
	t.Helper()
	v := os.Getenv(key)
	if v == "" {
		return def
	}
	n, err := strconv.Atoi(v)
	if err != nil {
		t.Fatalf("%s: %v", key, err)
	}
	return n
}

// job is a script and where it writes.
type job struct {
	t   *testing.T
	dir string
	sql string // with ${OUT} for the folder of the results and ${SPEED} for whether the source goes as fast as it can
}

// in returns the job with a folder of its own.
func newJob(t *testing.T, sql string) *job {
	t.Helper()
	return &job{t, t.TempDir(), sql}
}

func (j *job) path(name string) string { return filepath.Join(j.dir, name) }

// command prepares a run. out is the folder of the results; fast runs as fast as the machine can.
func (j *job) command(ctx context.Context, out string, fast bool, args ...string) (*exec.Cmd, *bytes.Buffer) {
	j.t.Helper()
	text := strings.NewReplacer("~", "`", "${OUT}", "file://"+j.path(out), "${SPEED}", strconv.FormatBool(fast)).Replace(j.sql)
	file := j.path(out + ".sql")
	if err := os.WriteFile(file, []byte(text), 0o666); err != nil {
		j.t.Fatal(err)
	}
	c := exec.CommandContext(ctx, binary, append([]string{"run", file}, args...)...)
	log := &bytes.Buffer{}
	c.Stdout, c.Stderr = log, log
	return c, log
}

// checkpoints are the arguments of a run with a checkpoint each 100 ms.
func (j *job) checkpoints(more ...string) []string {
	return append([]string{
		"-D", "execution.checkpointing.interval=100ms", "-D", "execution.checkpointing.dir=file://" + j.path("checkpoints"),
		"-D", "table.local-time-zone=UTC",
	}, more...)
}

// reference runs the job undisturbed and returns its rows.
func (j *job) reference() []string {
	j.t.Helper()
	c, log := j.command(j.t.Context(), "reference", true, "-D", "table.local-time-zone=UTC")
	if err := c.Run(); err != nil {
		j.t.Fatalf("undisturbed run: %v\n%s", err, log)
	}
	rows := j.rows("reference")
	if len(rows) == 0 {
		j.t.Fatalf("the undisturbed run wrote nothing\n%s", log)
	}
	return rows
}

// rows returns all visible rows below a folder, sorted: the folder of the file, then the line.
func (j *job) rows(out string) []string {
	j.t.Helper()
	root := j.path(out)
	var rows []string
	err := filepath.WalkDir(root, func(p string, d fs.DirEntry, err error) error {
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return nil
		case err != nil:
			return err
		case p != root && strings.HasPrefix(d.Name(), "."), p != root && strings.HasPrefix(d.Name(), "_"):
			if d.IsDir() {
				return fs.SkipDir
			}
			return nil
		case d.IsDir():
			return nil
		}
		b, err := os.ReadFile(p)
		if err != nil {
			return err
		}
		folder, err := filepath.Rel(root, filepath.Dir(p))
		if err != nil {
			return err
		}
		if len(b) > 0 && b[len(b)-1] != '\n' {
			j.t.Errorf("%s ends within a row", p)
		}
		for line := range strings.Lines(string(b)) {
			rows = append(rows, folder+" "+strings.TrimSuffix(line, "\n"))
		}
		return nil
	})
	if err != nil {
		j.t.Fatal(err)
	}
	slices.Sort(rows)
	return rows
}

// compare tells how two sorted lists of rows differ.
func compare(t *testing.T, got, want []string) {
	t.Helper()
	var missing, extra []string
	i, k := 0, 0
	for i < len(got) || k < len(want) {
		switch {
		case k == len(want) || i < len(got) && got[i] < want[k]:
			extra = append(extra, got[i])
			i++
		case i == len(got) || want[k] < got[i]:
			missing = append(missing, want[k])
			k++
		default:
			i, k = i+1, k+1
		}
	}
	if len(missing)+len(extra) > 0 {
		t.Errorf("%d rows, want %d: %d are missing, %d are too many\nmissing %s\nextra %s", len(got), len(want), len(missing), len(extra),
			strings.Join(missing[:min(5, len(missing))], "\n"), strings.Join(extra[:min(5, len(extra))], "\n"))
	}
}

// nexmark is the source of the jobs: 20,000 events, 8,000 in a second. ~ stands for a back-tick.
const nexmark = `CREATE TABLE events (
  event_type INT,
  person ROW<id BIGINT, name STRING, emailAddress STRING, creditCard STRING, city STRING, state STRING, ~dateTime~ TIMESTAMP(3), extra STRING>,
  auction ROW<id BIGINT, itemName STRING, description STRING, initialBid BIGINT, reserve BIGINT, ~dateTime~ TIMESTAMP(3), expires TIMESTAMP(3),
    seller BIGINT, category BIGINT, extra STRING>,
  bid ROW<auction BIGINT, bidder BIGINT, price BIGINT, channel STRING, url STRING, ~dateTime~ TIMESTAMP(3), extra STRING>,
  ts AS CASE WHEN event_type = 0 THEN person.~dateTime~ WHEN event_type = 1 THEN auction.~dateTime~ ELSE bid.~dateTime~ END,
  WATERMARK FOR ts AS ts - INTERVAL '1' SECOND
) WITH ('connector' = 'nexmark', 'events.num' = '20000', 'first-event.rate' = '8000', 'max-emit-speed' = '${SPEED}');
CREATE VIEW bids AS SELECT bid.auction AS auction, bid.bidder AS bidder, bid.price AS price, bid.channel AS channel, ts FROM events WHERE event_type = 2;
`

// plain writes the rows of the source.
const plain = nexmark + `
CREATE TABLE out_bids (auction BIGINT, bidder BIGINT, price BIGINT, ts TIMESTAMP(3))
  WITH ('connector' = 'filesystem', 'path' = '${OUT}', 'format' = 'json', 'sink.rolling-policy.file-size' = '64kb');
INSERT INTO out_bids SELECT auction, bidder, price, ts FROM bids;
`

// partitioned writes windows, a join and deduplicated rows into partitions, as one job.
const partitioned = nexmark + `
CREATE TABLE out_windows (auction BIGINT, n BIGINT, total BIGINT, ends TIMESTAMP(3), part STRING) PARTITIONED BY (part)
  WITH ('connector' = 'filesystem', 'path' = '${OUT}/windows', 'format' = 'json');
CREATE TABLE out_first (bidder BIGINT, price BIGINT, part BIGINT) PARTITIONED BY (part)
  WITH ('connector' = 'filesystem', 'path' = '${OUT}/first', 'format' = 'json');
CREATE TABLE out_sold (auction BIGINT, price BIGINT, category BIGINT)
  WITH ('connector' = 'filesystem', 'path' = '${OUT}/sold', 'format' = 'json');
EXECUTE STATEMENT SET BEGIN
INSERT INTO out_windows SELECT auction, COUNT(*), SUM(price), window_end, DATE_FORMAT(window_end, 'mm-ss')
  FROM TABLE(TUMBLE(TABLE bids, DESCRIPTOR(ts), INTERVAL '0.2' SECOND)) GROUP BY auction, window_start, window_end;
INSERT INTO out_first SELECT bidder, price, MOD(bidder, 4)
  FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY bidder ORDER BY ts) AS rn FROM bids) WHERE rn = 1;
INSERT INTO out_sold SELECT b.auction, b.price, a.category
  FROM (SELECT * FROM bids WHERE MOD(price, 5) = 0) AS b JOIN (SELECT auction.id AS id, auction.category AS category FROM events WHERE event_type = 1) AS a ON a.id = b.auction;
END;
`

// limit is how long one process may take.
const limit = 60 * time.Second

// perRound is how often a job is killed before it may end.
const perRound = 6

func TestKilled(t *testing.T) {
	for name, sql := range map[string]string{"plain": plain, "partitioned": partitioned} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			seed := uint64(number(t, "MILLRACE_CRASH_SEED", int(time.Now().UnixNano()%1e9)))
			t.Logf("MILLRACE_CRASH_SEED=%d", seed)
			want := newJob(t, sql).reference()
			random := rand.New(rand.NewPCG(seed, 1))
			for left := number(t, "MILLRACE_CRASH_KILLS", perRound); left > 0; left -= perRound {
				j := newJob(t, sql)
				j.kill(min(left, perRound), random)
				compare(t, j.rows("out"), want)
			}
		})
	}
}

// kill runs the job, kills it that often, each time at another parallelism, and then lets it end. The last third of the runs goes as fast as it
// can: those are killed while the job ends. Running a job that has ended once more changes nothing.
func (j *job) kill(kills int, random *rand.Rand) {
	j.t.Helper()
	resumed, killed := 0, 0
	for n := range kills + 2 {
		fast := n >= kills*2/3
		ctx, cancel := context.WithTimeout(j.t.Context(), limit)
		c, log := j.command(ctx, "out", fast, j.checkpoints("--resume", "-p", strconv.Itoa(1+random.IntN(3)))...)
		before := j.newest()
		if err := c.Start(); err != nil {
			j.t.Fatal(err)
		}
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			_ = c.Wait() // the state says more
		}()
		switch {
		case n >= kills:
		case fast:
			pause(time.Duration(5+random.IntN(60))*time.Millisecond, ended)
			_ = c.Process.Kill()
		default:
			// Most die after a checkpoint of their own, one in four at any time.
			for wait := random.IntN(4) > 0; wait && j.newest() == before && pause(5*time.Millisecond, ended); {
			}
			pause(time.Duration(random.IntN(300))*time.Millisecond, ended)
			_ = c.Process.Kill()
		}
		<-ended
		cancel()
		switch {
		case !c.ProcessState.Exited() && n < kills:
			killed++
		case !c.ProcessState.Success():
			j.t.Fatalf("run %d: %v\n%s", n, c.ProcessState, log)
		}
		if strings.Contains(log.String(), "resuming from") {
			resumed++
		}
	}
	j.t.Logf("%d runs, %d killed, %d resumed from a checkpoint", kills+2, killed, resumed)
	if killed == 0 || resumed == 0 {
		j.t.Error("no run was killed or none was resumed")
	}
}

// pause waits, or returns false when the process has ended.
func pause(d time.Duration, ended <-chan struct{}) bool {
	select {
	case <-ended:
		return false
	case <-time.After(d):
		return true
	}
}

// newest is the path of the last completed checkpoint, "" if there is none.
func (j *job) newest() string {
	found, err := filepath.Glob(filepath.Join(j.path("checkpoints"), "*", "chk-*", "_metadata"))
	if err != nil {
		j.t.Fatal(err)
	}
	best, at := "", time.Time{}
	for _, p := range found {
		if i, err := os.Stat(p); err == nil && (best == "" || i.ModTime().After(at)) {
			best, at = p, i.ModTime()
		}
	}
	return best
}
