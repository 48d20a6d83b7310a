package physical

import (
	"fmt"
	"hash/fnv"
	"slices"
	"strconv"
	"strings"

	"millrace/planner/changelog"
	"millrace/planner/expr"
	"millrace/planner/logical"
	"millrace/planner/plan"
	"millrace/sql/sqlerr"
	"millrace/sql/types"
)

// Config is what building depends on.
type Config struct {
	Batch bool
	// Parallelism of operators that say nothing else; 0: the job's.
	Parallelism int
	// TTLMillis is table.exec.state.ttl.
	TTLMillis int64
	// WatermarkIntervalMillis is pipeline.auto-watermark-interval.
	WatermarkIntervalMillis int64
	// Bounded tells whether a scan ends; sources are asked through Caps.
}

// Build makes the graph of a job with these sinks.
func Build(sinks []*logical.Sink, info *changelog.Info, cfg Config) (*plan.Graph, error) {
	b := &builder{
		cfg: cfg, info: info, g: &plan.Graph{Version: plan.Version, Batch: cfg.Batch}, done: map[logical.Node]int{}, uids: map[string]int{},
		lineage: map[int]string{}, versions: map[*logical.Scan]bool{},
	}
	for _, s := range sinks {
		logical.Walk(s, b.findVersions)
	}
	for _, s := range sinks {
		if err := b.sink(s); err != nil {
			return nil, err
		}
	}
	return b.g, b.g.Check()
}

type builder struct {
	cfg     Config
	info    *changelog.Info
	g       *plan.Graph
	done    map[logical.Node]int
	uids    map[string]int
	lineage map[int]string
	// versions are the scans of whose changes none may be left out: those of a join FOR SYSTEM_TIME AS OF.
	versions map[*logical.Scan]bool
}

// findVersions notes the scans below the right side of a join with versions.
func (b *builder) findVersions(n logical.Node) {
	if j, ok := n.(*logical.Join); ok && j.AsOf != nil {
		logical.Walk(j.Right, func(n logical.Node) {
			if s, ok := n.(*logical.Scan); ok {
				b.versions[s] = true
			}
		})
	}
}

// add appends a node. stateKeys names what identifies its state, beside kind and inputs.
func (b *builder) add(spec plan.Spec, inputs []plan.Edge, schema types.Schema, mode plan.Mode, parallelism int, stateKeys string) int {
	n := &plan.Node{ID: len(b.g.Nodes), Spec: spec, Inputs: inputs, Schema: clean(schema), Mode: mode, Parallelism: parallelism}
	var in []types.Schema
	var lines []string
	for _, e := range inputs {
		in = append(in, b.g.Nodes[e.From].Schema)
		lines = append(lines, b.lineage[e.From])
	}
	n.Name = Describe(spec, in, n.Schema)
	line := strings.Join(lines, "|")
	if stateKeys != "" || len(inputs) != 1 {
		line = spec.Kind() + "(" + stateKeys + ";" + line + ")"
	}
	b.lineage[n.ID] = line
	h := fnv.New64a()
	h.Write([]byte(spec.Kind() + "\x00" + line))
	uid := fmt.Sprintf("%s-%012x", spec.Kind(), h.Sum64()&0xffffffffffff)
	b.uids[uid]++
	if k := b.uids[uid]; k > 1 {
		uid += fmt.Sprintf("-%d", k)
	}
	n.UID = uid
	b.g.Nodes = append(b.g.Nodes, n)
	return n.ID
}

// clean drops the time attributes: execution does not need them.
func clean(s types.Schema) types.Schema {
	out := append(types.Schema(nil), s...)
	for i := range out {
		out[i].Type = out[i].Type.WithAttribute(types.NoTime)
		out[i].Comment = ""
	}
	return out
}

func (b *builder) node(id int) *plan.Node { return b.g.Nodes[id] }

// forward ships rows without moving them.
func forward(id int) plan.Edge { return plan.Edge{From: id, Ship: plan.Forward} }

// keyed ships rows by key, or all to one task where there is no key; it returns the parallelism of the consumer.
func (b *builder) keyed(id int, keys []int) (plan.Edge, int) {
	if len(keys) == 0 {
		return b.single(id), 1
	}
	return plan.Edge{From: id, Ship: plan.Hash, Keys: keys}, b.cfg.Parallelism
}

// single ships all rows to one task.
func (b *builder) single(id int) plan.Edge {
	if b.node(id).Parallelism == 1 {
		return forward(id)
	}
	return plan.Edge{From: id, Ship: plan.Global}
}

// names of columns, as part of what identifies state.
func columnNames(s types.Schema, cols []int) string {
	out := make([]string, len(cols))
	for i, c := range cols {
		out[i] = s[c].Name
	}
	return strings.Join(out, ",")
}

func (b *builder) ttl(own int64) int64 {
	if b.cfg.Batch {
		return 0
	}
	if own >= 0 {
		return own
	}
	return b.cfg.TTLMillis
}

// build returns the id of the operator for n.
func (b *builder) build(n logical.Node) (int, error) {
	if id, ok := b.done[n]; ok {
		return id, nil
	}
	ids := make([]int, len(n.Inputs()))
	for i, c := range n.Inputs() {
		var err error
		if ids[i], err = b.build(c); err != nil {
			return 0, err
		}
	}
	id, err := b.operator(n, ids)
	if err != nil {
		return 0, err
	}
	b.done[n] = id
	return id, nil
}

func (b *builder) operator(n logical.Node, in []int) (int, error) {
	s := n.Schema()
	mode := b.info.Mode(n)
	switch t := n.(type) {
	case *logical.Scan:
		return b.scan(t), nil
	case *logical.Values:
		return b.add(&plan.Values{Rows: t.Rows, Batch: b.cfg.Batch}, nil, s, mode, 1, ""), nil
	case *logical.Calc:
		return b.add(&plan.Calc{Filter: t.Filter, Exprs: t.Exprs, Batch: b.cfg.Batch}, []plan.Edge{forward(in[0])}, s, mode, b.node(in[0]).Parallelism, ""), nil
	case *logical.Watermark:
		w := &plan.Watermark{Column: t.Column, Expr: t.Expr, IntervalMillis: b.cfg.WatermarkIntervalMillis, IdleMillis: t.IdleMillis, Batch: b.cfg.Batch}
		return b.add(w, []plan.Edge{forward(in[0])}, s, mode, b.node(in[0]).Parallelism, s[t.Column].Name), nil
	case *logical.Union:
		return b.union(in, s, mode), nil
	case *logical.Expand:
		return b.add(&plan.Expand{Projections: t.Projections, Batch: b.cfg.Batch}, []plan.Edge{forward(in[0])}, s, mode, b.node(in[0]).Parallelism, ""), nil
	case *logical.Unnest:
		u := &plan.Unnest{Collection: t.Collection, Ordinality: t.Ordinality, Outer: t.Outer, Condition: t.Condition, Pass: t.Pass, Batch: b.cfg.Batch}
		return b.add(u, []plan.Edge{forward(in[0])}, s, mode, b.node(in[0]).Parallelism, ""), nil
	case *logical.Aggregate:
		return b.aggregate(t, in[0], s, mode), nil
	case *logical.WindowTVF:
		return b.windowTVF(t, in[0], s, mode), nil
	case *logical.WindowAggregate:
		return b.windowAggregate(t, in[0], s, mode)
	case *logical.Rank:
		return b.rank(t, in[0], s, mode), nil
	case *logical.Deduplicate:
		return b.deduplicate(t, in[0], s, mode), nil
	case *logical.Join:
		return b.join(t, in, s, mode), nil
	case *logical.SetOp:
		return b.setOp(t, in, s, mode), nil
	case *logical.Sort:
		return b.sort(t, in[0], s, mode)
	case *logical.Limit:
		l := &plan.Limit{Offset: t.Offset, Count: t.Count, InputUpdating: b.info.Kinds[t.Input].Updating()}
		return b.add(l, []plan.Edge{b.single(in[0])}, s, mode, 1, "limit"), nil
	case *logical.Over:
		return b.over(t, in[0], s, mode)
	default:
		return 0, fmt.Errorf("plan: no operator for %T", n)
	}
}

func (b *builder) scan(t *logical.Scan) int {
	tb := t.Table
	mode := b.info.Mode(t)
	src := &plan.Source{
		Table: tb.Name, Connector: tb.Connector, Options: tb.Options, Physical: tb.Physical, Projected: t.Columns, Partition: tb.Partition,
		Filter: t.Filter, Limit: t.Limit, Bounded: tb.Caps.Bounded, Malformed: malformed(tb.Options), Watermark: t.Watermark, DeadLetter: tb.DeadLetter,
	}
	if b.cfg.Batch {
		mode = plan.InsertOnly
	}
	delivered := mode
	if mode.IsUpdating() {
		delivered = tb.Caps.SourceMode
	}
	p := b.cfg.Parallelism
	if n, err := strconv.Atoi(tb.Options["scan.parallelism"]); err == nil && n > 0 {
		p = n
	}
	if tb.Caps.KeyOnlyDeletes {
		src.Key = tb.Key
	}
	id := b.add(src, nil, t.Schema(), delivered, p, tb.Name)
	if mode.HasUpdateBefore() && !delivered.HasUpdateBefore() || tb.Caps.KeyOnlyDeletes && mode.IsUpdating() {
		if keys := logical.UniqueKeys(t); len(keys) > 0 {
			e, par := b.keyed(id, keys[0])
			norm := &plan.ChangelogNormalize{Keys: keys[0], TTLMillis: b.ttl(-1), EachChange: b.versions[t]}
			id = b.add(norm, []plan.Edge{e}, t.Schema(), mode, par, columnNames(t.Schema(), keys[0]))
		}
	} else if mode.IsUpdating() && !mode.HasUpdateBefore() && delivered.HasUpdateBefore() {
		id = b.add(&plan.DropUpdateBefore{}, []plan.Edge{forward(id)}, t.Schema(), mode, b.node(id).Parallelism, "")
	}
	return id
}

// malformed is the fate of records that cannot be read.
func malformed(opts map[string]string) string {
	if v := opts["malformed"]; v != "" {
		return strings.ToUpper(strings.ReplaceAll(v, "-", "_"))
	}
	return "FAIL"
}

func (b *builder) union(in []int, s types.Schema, mode plan.Mode) int {
	p := b.node(in[0]).Parallelism
	for _, i := range in {
		if b.node(i).Parallelism != p {
			p = b.cfg.Parallelism
		}
	}
	var edges []plan.Edge
	for _, i := range in {
		e := forward(i)
		if b.node(i).Parallelism != p {
			e = b.spread(i, s)
		}
		edges = append(edges, e)
	}
	return b.add(&plan.Union{}, edges, s, mode, p, "")
}

// spread ships rows to another number of tasks; changes of one row stay in order.
func (b *builder) spread(id int, s types.Schema) plan.Edge {
	if !b.node(id).Mode.IsUpdating() {
		return plan.Edge{From: id, Ship: plan.Rebalance}
	}
	keys := make([]int, len(s))
	for i := range keys {
		keys[i] = i
	}
	return plan.Edge{From: id, Ship: plan.Hash, Keys: keys}
}

func planAggs(as []logical.Agg) []plan.Agg {
	out := make([]plan.Agg, len(as))
	for i, a := range as {
		out[i] = a.Agg
	}
	return out
}

func (b *builder) aggregate(t *logical.Aggregate, in int, s types.Schema, mode plan.Mode) int {
	g := &plan.GroupAggregate{
		Keys: t.Keys, Aggs: planAggs(t.Aggs), InputUpdating: b.info.Kinds[t.Input].Updating(), UpdateBefore: b.info.Before[t],
		Final: b.cfg.Batch, TTLMillis: b.ttl(t.TTL),
	}
	e, p := b.keyed(in, t.Keys)
	return b.add(g, []plan.Edge{e}, s, mode, p, "by "+columnNames(b.node(in).Schema, t.Keys))
}

func (b *builder) windowTVF(t *logical.WindowTVF, in int, s types.Schema, mode plan.Mode) int {
	w := &plan.WindowTVF{Window: t.Window, Keys: t.Keys}
	if t.Window.Kind != plan.Session {
		return b.add(w, []plan.Edge{forward(in)}, s, mode, b.node(in).Parallelism, "")
	}
	e, p := b.keyed(in, t.Keys)
	return b.add(w, []plan.Edge{e}, s, mode, p, "session "+columnNames(b.node(in).Schema, t.Keys))
}

func (b *builder) windowAggregate(t *logical.WindowAggregate, in int, s types.Schema, mode plan.Mode) (int, error) {
	w := &plan.WindowAggregate{
		Window: t.Window, Keys: t.Keys, Aggs: planAggs(t.Aggs), Columns: t.Columns, Attached: t.Attached, StartColumn: t.Start,
		EndColumn: t.End, InputUpdating: b.info.Kinds[t.Input].Updating(), Legacy: t.Legacy, Emit: t.Emit,
		UpdateBefore: t.Emit != nil && b.info.Before[t],
	}
	e, p := b.keyed(in, t.Keys)
	return b.add(w, []plan.Edge{e}, s, mode, p, windowName(t.Window)+" by "+columnNames(b.node(in).Schema, t.Keys)), nil
}

func windowName(w plan.Window) string {
	return fmt.Sprintf("%s %d %d %d", w.Kind, w.Size, w.Slide, w.Offset)
}

func (b *builder) rank(t *logical.Rank, in int, s types.Schema, mode plan.Mode) int {
	r := &plan.Rank{
		Keys: t.Keys, Order: t.Order, From: t.From, To: t.To, ToColumn: t.ToColumn, WithNumber: t.Number, TTLMillis: b.ttl(-1),
		InputUpdating: b.info.Kinds[t.Input].Updating(), UpdateBefore: b.info.Before[t], Final: b.cfg.Batch,
	}
	if keys := logical.UniqueKeys(t.Input); len(keys) > 0 && r.InputUpdating {
		r.RowKey = keys[0]
	}
	if w := logical.WindowOf(t.Input); w != nil && slices.Contains(t.Keys, w.Start) && slices.Contains(t.Keys, w.End) && !b.cfg.Batch {
		r.Window, r.WindowEndColumn, r.WindowZone, r.TTLMillis = true, w.End, w.Window.Zone, 0
	}
	e, p := b.keyed(in, t.Keys)
	return b.add(r, []plan.Edge{e}, s, mode, p, "by "+columnNames(b.node(in).Schema, t.Keys))
}

func (b *builder) deduplicate(t *logical.Deduplicate, in int, s types.Schema, mode plan.Mode) int {
	d := &plan.Deduplicate{
		Keys: t.Keys, TimeColumn: t.TimeColumn, KeepLast: t.KeepLast, UpdateBefore: b.info.Before[t],
		InputUpdating: b.info.Kinds[t.Input].Updating(), Final: b.cfg.Batch, TTLMillis: b.ttl(-1),
	}
	e, p := b.keyed(in, t.Keys)
	return b.add(d, []plan.Edge{e}, s, mode, p, "by "+columnNames(b.node(in).Schema, t.Keys))
}

func (b *builder) join(t *logical.Join, in []int, s types.Schema, mode plan.Mode) int {
	if t.AsOf != nil {
		return b.temporal(t, in, s, mode)
	}
	if i := logical.IntervalOf(t); i != nil && !b.cfg.Batch {
		j := &plan.IntervalJoin{
			Join: t.Kind, LeftKeys: t.LeftKeys, RightKeys: t.RightKeys, NullSafe: t.NullSafe, Residual: t.Condition,
			LeftTime: i.Left, RightTime: i.Right, Lower: i.Lower, Upper: i.Upper, ProcTime: i.ProcTime,
		}
		if i.ProcTime {
			j.Residual = i.WithoutBounds(t)
		}
		le, p := b.keyed(in[0], t.LeftKeys)
		re, _ := b.keyed(in[1], t.RightKeys)
		return b.add(j, []plan.Edge{le, re}, s, mode, p, "interval "+columnNames(b.node(in[0]).Schema, t.LeftKeys)+"="+
			columnNames(b.node(in[1]).Schema, t.RightKeys))
	}
	updating := b.info.Kinds[t.Left].Updating() || b.info.Kinds[t.Right].Updating()
	if l, r := logical.WindowsOf(t); l != nil && !b.cfg.Batch && !l.Window.ProcTime && !updating {
		j := &plan.WindowJoin{
			Join: t.Kind, LeftKeys: t.LeftKeys, RightKeys: t.RightKeys, NullSafe: t.NullSafe, Residual: t.Condition,
			NullAware: t.NullAware, LeftEnd: l.End, RightEnd: r.End, Zone: l.Window.Zone,
		}
		le, p := b.keyed(in[0], t.LeftKeys)
		re, _ := b.keyed(in[1], t.RightKeys)
		if t.NullAware {
			le, re, p = b.single(in[0]), b.single(in[1]), 1
		}
		return b.add(j, []plan.Edge{le, re}, s, mode, p, "window "+columnNames(b.node(in[0]).Schema, t.LeftKeys)+"="+
			columnNames(b.node(in[1]).Schema, t.RightKeys))
	}
	j := &plan.Join{
		Join: t.Kind, LeftKeys: t.LeftKeys, RightKeys: t.RightKeys, NullSafe: t.NullSafe, Residual: t.Condition, NullAware: t.NullAware,
		LeftUpdating: b.info.Kinds[t.Left].Updating(), RightUpdating: b.info.Kinds[t.Right].Updating(), UpdateBefore: b.info.Before[t],
		Final: b.cfg.Batch, LeftTTL: b.ttl(t.LeftTTL), RightTTL: b.ttl(t.RightTTL),
	}
	j.LeftUnique, j.RightUnique = firstKey(t.Left), firstKey(t.Right)
	if !slices.Contains(j.NullSafe, true) {
		j.NullSafe = nil
	}
	le, p := b.keyed(in[0], t.LeftKeys)
	re, _ := b.keyed(in[1], t.RightKeys)
	if t.NullAware {
		// A NULL on the right concerns every row of the left.
		le, re, p = b.single(in[0]), b.single(in[1]), 1
	}
	return b.add(j, []plan.Edge{le, re}, s, mode, p, string(t.Kind)+" on "+columnNames(b.node(in[0]).Schema, t.LeftKeys)+"="+
		columnNames(b.node(in[1]).Schema, t.RightKeys))
}

func (b *builder) temporal(t *logical.Join, in []int, s types.Schema, mode plan.Mode) int {
	j := &plan.TemporalJoin{
		Join: t.Kind, LeftKeys: t.LeftKeys, RightKeys: t.RightKeys, NullSafe: t.NullSafe, Residual: t.Condition, LeftTime: t.AsOf.Left,
		RightTime: t.AsOf.Right, Alive: t.AsOf.Alive,
	}
	if !slices.Contains(j.NullSafe, true) {
		j.NullSafe = nil
	}
	le, p := b.keyed(in[0], t.LeftKeys)
	re, _ := b.keyed(in[1], t.RightKeys)
	return b.add(j, []plan.Edge{le, re}, s, mode, p, "temporal "+columnNames(b.node(in[0]).Schema, t.LeftKeys)+"="+
		columnNames(b.node(in[1]).Schema, t.RightKeys))
}

func firstKey(n logical.Node) []int {
	if keys := logical.UniqueKeys(n); len(keys) > 0 && len(keys[0]) > 0 {
		return keys[0]
	}
	return nil
}

func (b *builder) setOp(t *logical.SetOp, in []int, s types.Schema, mode plan.Mode) int {
	keys := make([]int, len(s))
	for i := range keys {
		keys[i] = i
	}
	le, p := b.keyed(in[0], keys)
	re, _ := b.keyed(in[1], keys)
	return b.add(&plan.SetOp{Except: t.Except, All: t.All, Final: b.cfg.Batch}, []plan.Edge{le, re}, s, mode, p, columnNames(s, keys))
}

func (b *builder) sort(t *logical.Sort, in int, s types.Schema, mode plan.Mode) (int, error) {
	sp := &plan.Sort{Order: t.Order}
	if !b.cfg.Batch {
		first := t.Order[0]
		if s[first.Column].Type.Attribute == types.NoTime || first.Descending {
			return 0, sqlerr.NewAt(t.Place, sqlerr.Unsupported, "sort on a non-time-attribute field is not supported in streaming mode").WithHint(
				"the first key must be an ascending event-time column; or add a LIMIT; or SET 'execution.runtime-mode' = 'batch'")
		}
		sp.Temporal = true
	}
	return b.add(sp, []plan.Edge{b.single(in)}, s, mode, 1, "sort"), nil
}

// sink builds the query of a sink and what stands before it.
func (b *builder) sink(s *logical.Sink) error {
	id, err := b.build(s.Input)
	if err != nil {
		return err
	}
	p := b.info.Sinks[s]
	spec := s.Spec
	schema := b.node(id).Schema
	mode := b.node(id).Mode
	if p.Materialize {
		m := &plan.SinkMaterialize{Keys: spec.Key, RowKey: p.RowKey, Conflict: s.Conflict, TTLMillis: b.ttl(-1)}
		e, par := b.keyed(id, spec.Key)
		id = b.add(m, []plan.Edge{e}, schema, plan.Upsert, par, columnNames(schema, spec.Key))
		mode = plan.Upsert
	} else if mode.HasUpdateBefore() && p.Mode.IsUpdating() && !p.Mode.HasUpdateBefore() {
		mode = plan.Upsert
		drop := &plan.DropUpdateBefore{}
		if p.Delete {
			drop.Keys = spec.Key
		}
		id = b.add(drop, []plan.Edge{forward(id)}, schema, mode, b.node(id).Parallelism, "")
	}
	par := b.node(id).Parallelism
	e := forward(id)
	switch keys := partitionColumns(s, mode); {
	case spec.Connector == "collect":
		e, par = b.single(id), 1
	case len(keys) > 0:
		if s.Parallelism > 0 {
			par = s.Parallelism
		}
		e = plan.Edge{From: id, Ship: plan.Hash, Keys: keys}
	case s.Parallelism > 0 && s.Parallelism != par:
		par = s.Parallelism
		switch {
		case len(spec.Key) > 0 && mode.IsUpdating():
			e = plan.Edge{From: id, Ship: plan.Hash, Keys: spec.Key}
		default:
			e = b.spread(id, schema)
		}
	}
	b.add(&spec, []plan.Edge{e}, schema, mode, par, spec.Table)
	return nil
}

// partitionColumns is where the partition columns of a sink are that wants the rows of a partition together.
func partitionColumns(s *logical.Sink, mode plan.Mode) (keys []int) {
	if s.Table == nil || !s.Table.Caps.ShuffleByPartition || mode.IsUpdating() {
		return nil
	}
	for _, p := range s.Spec.Partition {
		if i := s.Spec.Schema.Index(p); i >= 0 {
			keys = append(keys, i)
		}
	}
	return keys
}

// exprNames prints an expression with the names of the input.
func exprText(e *expr.Expr, in types.Schema) string { return expr.Text(e, in.Names()) }
