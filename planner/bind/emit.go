package bind

import (
	"strings"

	"millrace/planner/plan"
)

// emit reads table.exec.emit.*: when the windows of GROUP BY emit beside at their end; nil: never.
func (b *Binder) emit(w plan.Window, pos int) (*plan.Emit, error) {
	if b.cfg.Batch {
		return nil, nil
	}
	const prefix = "table.exec.emit."
	on := func(key string) bool { return strings.EqualFold(b.cfg.Setting(prefix+key, ""), "true") }
	late := on("late-fire.enabled")
	e := plan.Emit{Early: on("early-fire.enabled"), Lateness: b.duration(prefix + "allow-lateness")}
	if e.Early {
		e.Delay = b.duration(prefix + "early-fire.delay")
	}
	if late {
		e.Late = b.duration(prefix + "late-fire.delay")
	}
	switch {
	case !e.Early && !late && e.Lateness == 0:
		return nil, nil
	case late && e.Lateness <= 0 && !w.ProcTime:
		return nil, invalid(pos, "table.exec.emit.late-fire needs table.exec.emit.allow-lateness")
	case late && e.Lateness < e.Late:
		return nil, invalid(pos, "table.exec.emit.allow-lateness must not be smaller than table.exec.emit.late-fire.delay")
	case w.ProcTime && !e.Early:
		return nil, nil
	case w.ProcTime:
		return nil, unsupported(pos, "table.exec.emit.early-fire over processing time")
	case w.Kind == plan.Session:
		return nil, unsupported(pos, "table.exec.emit over SESSION windows")
	}
	return &e, nil
}
