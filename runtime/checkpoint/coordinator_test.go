package checkpoint_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"

	"millrace/runtime/checkpoint"
	"millrace/runtime/job"
)

// TestCoordinator runs transcripts: each command is an event, its output the actions.
//
//	new [interval=] [min-pause=] [timeout=] [tolerable=] [retain=] [next=] [disabled]
//	start now= tasks=(v0/0,v1/0)   tick now=   request now= token= [stop] [drain]   ack now= id= task=   decline now= id= reason=
//	ended now= task=   stored now= id= [failure=]   committed now= id=   finish now=   stop now=
func TestCoordinator(t *testing.T) {
	datadriven.Walk(t, "testdata/coordinator", func(t *testing.T, path string) {
		var c *checkpoint.Coordinator
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			num := func(key string, def int64) int64 {
				if !d.HasArg(key) {
					return def
				}
				var s string
				d.ScanArgs(t, key, &s)
				n, err := strconv.ParseInt(s, 10, 64)
				if err != nil {
					t.Fatal(err)
				}
				return n
			}
			text := func(key string) string {
				var s string
				if d.HasArg(key) {
					d.ScanArgs(t, key, &s)
				}
				return s
			}
			if d.Cmd == "new" {
				c = checkpoint.New(checkpoint.Config{
					Enabled: !d.HasArg("disabled"), Interval: num("interval", 100), MinPause: num("min-pause", 0), Timeout: num("timeout", 1000),
					Tolerable: int(num("tolerable", 0)), Retain: int(num("retain", 1)),
				}, num("next", 1), nil)
				return ""
			}
			var e checkpoint.Event
			now, id := num("now", 0), num("id", 0)
			switch d.Cmd {
			case "start":
				var tasks []job.TaskID
				for _, a := range d.CmdArgs {
					if a.Key == "tasks" {
						for _, v := range a.Vals {
							tasks = append(tasks, taskOf(t, v))
						}
					}
				}
				e = checkpoint.Started{Now: now, Tasks: tasks}
			case "tick":
				e = checkpoint.Tick{Now: now}
			case "request":
				e = checkpoint.Request{Now: now, Token: int(num("token", 1)), Stop: d.HasArg("stop"), Drain: d.HasArg("drain")}
			case "ack":
				e = checkpoint.Acked{Now: now, Checkpoint: id, Task: taskOf(t, text("task"))}
			case "decline":
				e = checkpoint.Declined{Now: now, Checkpoint: id, Reason: text("reason")}
			case "ended":
				e = checkpoint.Ended{Now: now, Task: taskOf(t, text("task"))}
			case "stored":
				e = checkpoint.Stored{Now: now, Checkpoint: id, Failure: text("failure")}
			case "committed":
				e = checkpoint.Committed{Now: now, Checkpoint: id}
			case "finish":
				e = checkpoint.Finish{Now: now}
			case "stop":
				e = checkpoint.Stopped{Now: now, Reason: "the attempt is being stopped"}
			default:
				t.Fatalf("unknown command %q", d.Cmd)
			}
			var b strings.Builder
			for _, a := range c.Step(e) {
				fmt.Fprintln(&b, a)
			}
			return b.String()
		})
	})
}

func taskOf(t *testing.T, s string) (id job.TaskID) {
	t.Helper()
	if _, err := fmt.Sscanf(s, "v%d/%d", &id.Vertex, &id.Subtask); err != nil {
		t.Fatalf("task %q: %v", s, err)
	}
	return id
}
