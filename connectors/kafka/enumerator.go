package kafka

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"time"

	"millrace/connectors"
	"millrace/connectors/kafka/client"
	"millrace/connectors/kafka/wire"
)

// noStop is the end of a partition that is read for ever.
const noStop int64 = -1

// position is the state of a split.
type position struct {
	Topic  string `json:"topic"`
	Index  int32  `json:"partition"`
	Offset int64  `json:"offset"` // of the next record
	Epoch  int32  `json:"epoch"`  // of the leader that wrote the record before; -1: unknown
	Skip   int    `json:"skip,omitempty"`
	Stop   int64  `json:"stop"` // offset where reading ends
}

func (p *position) partition() client.Partition {
	return client.Partition{Topic: p.Topic, Index: p.Index}
}

func (p *position) split() (connectors.Split, error) {
	b, err := json.Marshal(p)
	return connectors.Split{ID: p.partition().String(), State: b}, err
}

// enumerator finds partitions.
type enumerator struct {
	cfg   *config
	table string
	c     *client.Client
	log   *slog.Logger
	seen  map[client.Partition]bool
	state enumeratorState
}

// enumeratorState is what a checkpoint keeps of an enumerator.
type enumeratorState struct {
	Begun bool               `json:"begun"` // partitions found from now on are new
	Done  bool               `json:"done"`
	Seen  map[string][]int32 `json:"seen"` // topic: partitions
}

func newEnumerator(cfg *config, table string, c *client.Client, log *slog.Logger, state []byte) (*enumerator, error) {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	e := &enumerator{cfg: cfg, table: table, c: c, log: log, seen: map[client.Partition]bool{}, state: enumeratorState{Seen: map[string][]int32{}}}
	if state == nil {
		return e, nil
	}
	if err := json.Unmarshal(state, &e.state); err != nil {
		return nil, fmt.Errorf("state of the partitions: %w", err)
	}
	if e.state.Seen == nil {
		e.state.Seen = map[string][]int32{}
	}
	for t, ps := range e.state.Seen {
		for _, i := range ps {
			e.seen[client.Partition{Topic: t, Index: i}] = true
		}
	}
	return e, nil
}

// Discover returns a split for each partition that is new.
func (e *enumerator) Discover(ctx context.Context) (splits []connectors.Split, done bool, err error) {
	if e.state.Done {
		return nil, true, nil
	}
	splits, err = e.discover(ctx)
	switch {
	case err == nil:
	case e.state.Begun && client.Retryable(err):
		e.log.Warn("looking for new partitions did not work, it is tried again", "table", e.table, "error", err)
		return nil, false, nil
	default:
		return nil, false, err
	}
	e.state.Begun = true
	e.state.Done = e.cfg.discover <= 0 || e.cfg.stop.mode != modeUnbounded
	return splits, e.state.Done, nil
}

func (e *enumerator) discover(ctx context.Context) ([]connectors.Split, error) {
	found, err := e.partitions(ctx)
	if err != nil {
		return nil, err
	}
	var fresh []client.Partition
	for _, p := range found {
		if !e.seen[p] {
			fresh = append(fresh, p)
		}
	}
	if len(fresh) == 0 {
		return nil, nil
	}
	slices.SortFunc(fresh, func(a, b client.Partition) int {
		return cmp.Or(cmp.Compare(a.Topic, b.Topic), cmp.Compare(a.Index, b.Index))
	})
	start := e.cfg.start
	if e.state.Begun {
		start = place{mode: modeEarliest} // nothing of a new partition was there before
	}
	begins, err := e.resolve(ctx, fresh, start, "scan.startup.mode")
	if err != nil {
		return nil, err
	}
	var ends map[client.Partition]client.Offset
	if e.cfg.stop.mode != modeUnbounded {
		if ends, err = e.resolve(ctx, fresh, e.cfg.stop, "scan.bounded.mode"); err != nil {
			return nil, err
		}
	}
	var splits []connectors.Split
	for _, p := range fresh {
		e.seen[p] = true
		e.state.Seen[p.Topic] = append(e.state.Seen[p.Topic], p.Index)
		b := begins[p]
		at := position{Topic: p.Topic, Index: p.Index, Offset: b.Offset, Epoch: b.Epoch, Stop: noStop}
		if ends != nil {
			end, ok := ends[p]
			if !ok || end.Offset <= b.Offset {
				continue
			}
			at.Stop = end.Offset
		}
		s, err := at.split()
		if err != nil {
			return nil, err
		}
		splits = append(splits, s)
	}
	return splits, nil
}

// partitions lists what there is to read.
func (e *enumerator) partitions(ctx context.Context) ([]client.Partition, error) {
	var found []wire.TopicInfo
	missing := 0
	err := e.c.Retry(ctx, "topics", func(ctx context.Context) error {
		m, err := e.c.Metadata(ctx, e.cfg.topics)
		if err != nil {
			return err
		}
		found = m.Found
		for _, t := range found {
			if t.Code == wire.None || e.cfg.pattern != nil && !e.cfg.pattern.MatchString(t.Name) {
				continue
			}
			if t.Code == wire.UnknownTopicOrPartition {
				// It may just have been made; but most often the name is wrong.
				if missing++; missing > 4 {
					return fmt.Errorf("topic '%s' at %s: %w", t.Name, strings.Join(e.cfg.client.Brokers, ","), connectors.ErrNotFound)
				}
			}
			return client.TopicError(t.Name, t.Code)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	var out []client.Partition
	for _, t := range found {
		if e.cfg.pattern != nil && (t.Internal || t.Code != wire.None || !e.cfg.pattern.MatchString(t.Name)) {
			continue
		}
		for _, p := range t.Partitions {
			out = append(out, client.Partition{Topic: t.Name, Index: p.Index})
		}
	}
	if len(out) == 0 && e.cfg.pattern != nil {
		e.log.Warn("no topic matches the pattern", "table", e.table, "pattern", e.cfg.pattern.String())
	}
	return out, nil
}

// resolve finds the offsets that a place means. For ends, partitions without are left out.
func (e *enumerator) resolve(ctx context.Context, ps []client.Partition, at place, option string) (map[client.Partition]client.Offset, error) {
	starts := option == "scan.startup.mode"
	switch at.mode {
	case modeEarliest:
		return e.list(ctx, ps, wire.Earliest)
	case modeLatest:
		return e.list(ctx, ps, wire.Latest)
	case modeTimestamp:
		return e.at(ctx, ps, at.millis)
	case modeSpecific:
		out := map[client.Partition]client.Offset{}
		var rest []client.Partition
		for _, p := range ps {
			if o, ok := at.offsets[p.Index]; ok {
				out[p] = client.Offset{Offset: o, Epoch: -1}
			} else {
				rest = append(rest, p)
			}
		}
		if !starts || len(rest) == 0 {
			return out, nil
		}
		// Partitions that are not named begin where the group stands, else at the earliest record.
		more, err := e.group(ctx, rest, "earliest")
		maps.Copy(out, more)
		return out, err
	}
	reset := e.cfg.client.OffsetReset
	if !starts {
		reset = "skip"
	}
	return e.group(ctx, ps, reset)
}

func (e *enumerator) list(ctx context.Context, ps []client.Partition, time int64) (map[client.Partition]client.Offset, error) {
	times := make(map[client.Partition]int64, len(ps))
	for _, p := range ps {
		times[p] = time
	}
	out, err := e.c.ListOffsets(ctx, times, e.cfg.client.Committed)
	for p, o := range out {
		// The epoch is of the record at the offset, not of that before it.
		out[p] = client.Offset{Offset: o.Offset, Epoch: -1}
	}
	return out, err
}

// at finds the first records of a time; where none is so young, the end.
func (e *enumerator) at(ctx context.Context, ps []client.Partition, millis int64) (map[client.Partition]client.Offset, error) {
	out, err := e.list(ctx, ps, millis)
	if err != nil {
		return nil, err
	}
	var rest []client.Partition
	for _, p := range ps {
		if o, ok := out[p]; !ok || o.Offset < 0 {
			rest = append(rest, p)
		}
	}
	if len(rest) == 0 {
		return out, nil
	}
	ends, err := e.list(ctx, rest, wire.Latest)
	maps.Copy(out, ends)
	return out, err
}

// group finds the offsets that the group has committed.
func (e *enumerator) group(ctx context.Context, ps []client.Partition, reset string) (map[client.Partition]client.Offset, error) {
	out := map[client.Partition]client.Offset{}
	group := e.cfg.client.Group
	var err error
	if group != "" {
		if out, err = e.c.GroupOffsets(ctx, group, ps, true); err != nil {
			return nil, err
		}
	}
	var rest []client.Partition
	for _, p := range ps {
		if _, ok := out[p]; !ok {
			rest = append(rest, p)
		}
	}
	if len(rest) == 0 || reset == "skip" {
		return out, nil
	}
	var more map[client.Partition]client.Offset
	switch reset {
	case "earliest":
		more, err = e.list(ctx, rest, wire.Earliest)
	case "latest":
		more, err = e.list(ctx, rest, wire.Latest)
	default:
		has := fmt.Sprintf("group '%s' has no offset for partition %s", group, rest[0])
		if group == "" {
			has = "no 'properties.group.id' is given"
		}
		return nil, errors.New("'scan.startup.mode' is 'group-offsets', but " + has +
			": set 'properties.auto.offset.reset' to 'earliest' or 'latest', or another 'scan.startup.mode'")
	}
	maps.Copy(out, more)
	return out, err
}

// Interval is the time between looks for new partitions.
func (e *enumerator) Interval() time.Duration { return max(e.cfg.discover, time.Millisecond) }

// Snapshot returns which partitions are known.
func (e *enumerator) Snapshot() ([]byte, error) { return json.Marshal(&e.state) }

// Close ends the client.
func (e *enumerator) Close() error {
	e.c.Close()
	return nil
}
