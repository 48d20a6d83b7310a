package changelog

import (
	"slices"
	"strings"

	"millrace/planner/expr"
	"millrace/planner/logical"
	"millrace/planner/plan"
	"millrace/sql/sqlerr"
	"millrace/sql/types"
)

// Kinds is what changes, next to +I, a node emits.
type Kinds struct{ Update, Delete bool }

// Updating tells whether anything but +I occurs.
func (k Kinds) Updating() bool { return k.Update || k.Delete }

// Sink is how the changes of a query meet a sink.
type Sink struct {
	Mode plan.Mode
	// Materialize: a SinkMaterialize stands before the sink.
	Materialize bool
	// Delete: a -U that no row of the same key follows deletes, since the sink takes no -U: what replaces the row has another key, or was
	// filtered out.
	Delete bool
	RowKey []int
}

// Config is what inference depends on.
type Config struct {
	Batch bool
	// RequireOnConflict, UpsertMaterialize: table.exec.sink.require-on-conflict and .upsert-materialize ("AUTO", "FORCE", "NONE").
	RequireOnConflict bool
	UpsertMaterialize string
	// Describe names a node in messages.
	Describe func(logical.Node) string
}

// Info is the result: the kinds of every node, and the nodes that emit -U, since a consumer needs it.
type Info struct {
	Kinds  map[logical.Node]Kinds
	Before map[logical.Node]bool
	Sinks  map[*logical.Sink]Sink
}

// Mode of the output of n.
func (i *Info) Mode(n logical.Node) plan.Mode { return mode(i.Kinds[n], i.Before[n]) }

func mode(k Kinds, before bool) plan.Mode {
	switch {
	case !k.Updating():
		return plan.InsertOnly
	case k.Delete && before:
		return plan.Retract
	case k.Delete:
		return plan.Upsert
	case before:
		return plan.NoDelete
	default:
		return plan.UpsertOnly
	}
}

// Infer runs both passes for all sinks of a job.
func Infer(sinks []*logical.Sink, cfg Config) (*Info, error) {
	in := &inference{cfg: cfg, Info: &Info{Kinds: map[logical.Node]Kinds{}, Before: map[logical.Node]bool{}, Sinks: map[*logical.Sink]Sink{}}}
	for _, s := range sinks {
		if _, err := in.up(s.Input); err != nil {
			return nil, err
		}
		before, err := in.sink(s)
		if err != nil {
			return nil, err
		}
		in.down(s.Input, before)
	}
	done := map[logical.Node]emits{}
	for _, s := range sinks {
		p := in.Sinks[s]
		if e := in.settle(s.Input, done); e.alone && p.Mode.IsUpdating() && !p.Mode.HasUpdateBefore() && !p.Materialize {
			p.Delete = true
			in.Sinks[s] = p
		}
	}
	return in.Info, nil
}

type inference struct {
	cfg Config
	*Info
}

// up computes the kinds of n from its inputs.
func (in *inference) up(n logical.Node) (Kinds, error) {
	if k, ok := in.Kinds[n]; ok {
		return k, nil
	}
	var k Kinds
	for _, c := range n.Inputs() {
		ck, err := in.up(c)
		if err != nil {
			return k, err
		}
		k.Update = k.Update || ck.Update
		k.Delete = k.Delete || ck.Delete
	}
	if in.cfg.Batch {
		in.Kinds[n] = Kinds{}
		return Kinds{}, nil
	}
	updating := k.Updating()
	switch t := n.(type) {
	case *logical.Scan:
		m := t.Table.Caps.SourceMode
		k = Kinds{Update: m.IsUpdating(), Delete: m.HasDelete()}
	case *logical.Aggregate:
		k = Kinds{Update: true, Delete: updating}
		if len(t.Aggs) == 0 {
			k = Kinds{Delete: updating}
		}
	case *logical.WindowAggregate, *logical.WindowTVF:
		if w, ok := n.(*logical.WindowAggregate); ok {
			k = Kinds{Update: w.Emit != nil}
		}
	case *logical.Rank:
		if in.windowed(t) {
			if updating {
				return k, in.refuse(t.Place, "Window TopN", t.Input)
			}
			k = Kinds{}
		} else {
			k = Kinds{Update: true, Delete: true}
		}
	case *logical.Over:
		if logical.OverTime(t) != plan.OverByValue {
			if updating {
				return k, in.refuse(t.Calls[0].Place, "OverAggregate", t.Input)
			}
			break
		}
		if i := slices.IndexFunc(t.Calls, func(c logical.OverCall) bool { return c.Func == "LAG" }); i >= 0 && updating {
			return k, in.refuse(t.Calls[i].Place, "LAG", t.Input)
		}
		k = Kinds{Update: true, Delete: updating}
	case *logical.Deduplicate:
		k = Kinds{Update: updating || t.KeepLast, Delete: updating}
	case *logical.Limit:
		if updating {
			k = Kinds{Update: true, Delete: true}
		}
	case *logical.Sort:
		if updating {
			return k, in.refuse(t.Place, "Sort", t.Input)
		}
	case *logical.SetOp:
		k = Kinds{Delete: updating || t.Except}
	case *logical.Join:
		if t.AsOf != nil {
			k = in.Kinds[t.Left]
			break
		}
		if logical.IntervalOf(t) != nil {
			if updating {
				return k, in.refuse(t.Place, "IntervalJoin", t.Left, t.Right)
			}
			break
		}
		if l, _ := logical.WindowsOf(t); l != nil && !l.Window.ProcTime && !updating {
			break
		}
		if t.Kind != plan.Inner && t.Kind != plan.Semi {
			k = Kinds{Update: true, Delete: true}
		}
		if t.Kind == plan.Semi && in.Kinds[t.Right].Updating() || t.Kind == plan.Anti {
			k.Delete = true
		}
	}
	in.Kinds[n] = k
	return k, nil
}

func (in *inference) windowed(t *logical.Rank) bool {
	b := logical.WindowOf(t.Input)
	return b != nil && b.Start >= 0 && b.End >= 0 && slices.Contains(t.Keys, b.Start) && slices.Contains(t.Keys, b.End)
}

// refuse reports that an operator does not take the changes of its input.
func (in *inference) refuse(place *sqlerr.Place, what string, inputs ...logical.Node) error {
	from := inputs[0]
	if len(inputs) > 1 && !in.Kinds[from].Updating() {
		from = inputs[1]
	}
	k := in.Kinds[from]
	changes := "update"
	if k.Update && k.Delete {
		changes = "update and delete"
	} else if k.Delete {
		changes = "delete"
	}
	return sqlerr.NewAt(place, sqlerr.Validation, "%s doesn't support consuming %s changes which is produced by node %s", what, changes,
		in.cfg.Describe(in.origin(from)))
}

// origin is the node nearest to the sink at which the changes begin.
func (in *inference) origin(n logical.Node) logical.Node {
	for {
		switch n.(type) {
		case *logical.Calc, *logical.Watermark, *logical.WindowTVF, *logical.Unnest, *logical.Expand, *logical.Union:
		default:
			return n
		}
		next := logical.Node(nil)
		for _, c := range n.Inputs() {
			if in.Kinds[c].Updating() {
				next = c
				break
			}
		}
		if next == nil {
			return n
		}
		n = next
	}
}

// down records whether consumers of n need -U.
func (in *inference) down(n logical.Node, before bool) {
	if !in.Kinds[n].Update {
		before = false
	}
	if done, ok := in.Before[n]; ok && (done || !before) {
		return
	}
	in.Before[n] = before
	switch t := n.(type) {
	case *logical.Calc:
		in.down(t.Input, before || in.separates(t))
	case *logical.Join:
		in.down(t.Left, true)
		in.down(t.Right, t.AsOf == nil) // the version that replaces another one says all
	case *logical.Watermark, *logical.WindowTVF, *logical.Unnest, *logical.Expand, *logical.Union:
		for _, c := range n.Inputs() {
			in.down(c, before)
		}
	default:
		for _, c := range n.Inputs() {
			in.down(c, true)
		}
	}
}

// separates tells whether a filter may let an update pass and hold back the row before it, or the other way round: unless it reads only the key.
func (in *inference) separates(t *logical.Calc) bool {
	if t.Filter == nil || !in.Kinds[t.Input].Update {
		return false
	}
	for _, k := range logical.UpsertKeys(t.Input, in.updating) {
		only := true
		for c := range expr.Columns(t.Filter) {
			only = only && slices.Contains(k, c)
		}
		if only {
			return false
		}
	}
	return true
}

func (in *inference) updating(n logical.Node) bool { return in.Kinds[n].Updating() }

// emits is what the output of a node has: -U, and perhaps some without the +U that belongs to it.
type emits struct{ before, alone bool }

// settle finds, bottom up, which nodes emit -U: those that pass rows on do so where their inputs do, even if nobody above asks for it.
func (in *inference) settle(n logical.Node, done map[logical.Node]emits) emits {
	if e, ok := done[n]; ok {
		return e
	}
	var e emits
	for _, c := range n.Inputs() {
		x := in.settle(c, done)
		e.before, e.alone = e.before || x.before, e.alone || x.alone
	}
	j, _ := n.(*logical.Join)
	switch t := n.(type) {
	case *logical.Calc:
		e.alone = e.alone || in.separates(t)
	case *logical.Watermark, *logical.WindowTVF, *logical.Unnest, *logical.Expand, *logical.Union:
	default:
		e = emits{before: in.Before[n]}
		if j != nil && j.AsOf != nil { // the versions of -U and +U differ
			e = done[j.Left]
			e.alone = e.before
		}
	}
	in.Before[n] = e.before
	done[n] = e
	return e
}

// sink picks the mode of a sink and tells whether it needs -U.
func (in *inference) sink(s *logical.Sink) (bool, error) {
	k := in.Kinds[s.Input]
	modes := s.Table.Caps.SinkModes
	if len(modes) == 0 {
		modes = []plan.Mode{plan.InsertOnly}
	}
	if s.Conflict != "" {
		if err := in.checkConflict(s, k, modes); err != nil {
			return false, err
		}
	}
	if !k.Updating() {
		in.Sinks[s] = Sink{Mode: plan.InsertOnly}
		return false, nil
	}
	for _, m := range modes {
		if k.Update && !m.IsUpdating() || k.Delete && !m.HasDelete() {
			continue
		}
		p := Sink{Mode: m}
		before := m.HasUpdateBefore()
		if !before && len(s.Spec.Key) > 0 {
			if err := in.upsertKey(s, &p); err != nil {
				return false, err
			}
		}
		in.Sinks[s] = p
		return before || p.Materialize || p.Delete, nil
	}
	accepts := map[bool]string{true: "update", false: "delete"}
	what := accepts[!slices.ContainsFunc(modes, plan.Mode.IsUpdating)]
	if what == "update" && k.Delete && k.Update {
		what = "update and delete"
	} else if !k.Update {
		what = "delete"
	}
	return false, sqlerr.NewAt(s.Place, sqlerr.Validation, "table sink '%s' doesn't support consuming %s changes which is produced by node %s", s.Table.Name,
		what, in.cfg.Describe(in.origin(s.Input))).WithHint("connector '%s' takes: %s", s.Table.Connector, modeList(modes))
}

func modeList(modes []plan.Mode) string {
	var out strings.Builder
	for i, m := range modes {
		if i > 0 {
			out.WriteString(" or ")
		}
		out.WriteString(string(m))
	}
	return out.String()
}

func (in *inference) checkConflict(s *logical.Sink, k Kinds, modes []plan.Mode) error {
	switch {
	case modes[0].HasUpdateBefore():
		return sqlerr.NewAt(s.Place, sqlerr.Validation, "ON CONFLICT clause is only allowed for upsert sinks; the sink '%s' is not an upsert sink because it "+
			"requires UPDATE_BEFORE (retract mode)", s.Table.Name)
	case !k.Updating() || !modes[0].IsUpdating():
		return sqlerr.NewAt(s.Place, sqlerr.Validation, "ON CONFLICT clause is only allowed for upsert sinks; the sink '%s' is not an upsert sink because it "+
			"only accepts INSERT (append-only) changes", s.Table.Name)
	case len(s.Spec.Key) == 0:
		return sqlerr.NewAt(s.Place, sqlerr.Validation, "ON CONFLICT clause is only allowed for sinks with a primary key; '%s' has none", s.Table.Name)
	}
	return nil
}

// upsertKey compares the key of the query with that of the sink. If the sink's key is more than the query's, the old row of an update may have
// another key than the new one.
func (in *inference) upsertKey(s *logical.Sink, p *Sink) error {
	keys := logical.UpsertKeys(s.Input, in.updating)
	want := slices.Clone(s.Spec.Key)
	slices.Sort(want)
	p.Delete = !slices.ContainsFunc(keys, func(k []int) bool { return slices.Equal(k, want) })
	if len(keys) > 0 {
		p.RowKey = keys[0]
	}
	switch in.cfg.UpsertMaterialize {
	case "FORCE":
		p.Materialize, p.Delete = true, false
		return nil
	case "NONE":
		return nil
	}
	if logical.ContainsKey(keys, want) {
		return nil
	}
	if s.Conflict == "" && in.cfg.RequireOnConflict {
		names := func(k []int) string { return strings.Join(s.Spec.Schema.Project(k).Names(), ", ") }
		upsert := "none"
		if len(keys) > 0 {
			upsert = "[" + names(keys[0]) + "]"
		}
		return sqlerr.NewAt(s.Place, sqlerr.Validation, "the query has an upsert key that differs from the primary key of the sink table '%s': primary key: [%s], "+
			"upsert key: %s; rows of different upsert keys may meet in one primary key", s.Table.Name, names(s.Spec.Key), upsert).WithHint(
			"say what to do with them: ON CONFLICT DO ERROR, DO NOTHING or DO DEDUPLICATE")
	}
	p.Materialize, p.Delete = true, false
	return nil
}

// HasTime tells whether the schema has an event-time column; for messages.
func HasTime(s types.Schema) bool {
	return slices.ContainsFunc(s, func(f types.Field) bool { return f.Type.Attribute == types.RowTime })
}
