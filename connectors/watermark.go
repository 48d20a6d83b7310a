package connectors

import "millrace/planner/plan"

// WatermarkConnector is a source whose Capabilities say Watermark: it tells which watermarks it makes, from the rows of each split alone, when
// they stand in Source.Watermark. A connector without it makes none.
type WatermarkConnector interface {
	// AcceptWatermark tells whether the source makes w, whose positions are in columns.
	AcceptWatermark(t Table, columns []plan.SourceColumn, w *plan.Watermark) bool
}

// AcceptWatermark asks the table's connector.
func (r *Registry) AcceptWatermark(t Table, columns []plan.SourceColumn, w *plan.Watermark) bool {
	c, ok := r.byName[t.Options[OptionConnector]].(WatermarkConnector)
	return ok && c.AcceptWatermark(t, columns, w)
}
