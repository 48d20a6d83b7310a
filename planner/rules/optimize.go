package rules

import (
	"millrace/planner/expr"
	"millrace/planner/logical"
)

// Config is what the rules depend on.
type Config struct {
	Batch bool
	// Fold computes constant expressions; nil: they stay.
	Fold func(*expr.Expr) (*expr.Expr, error)
	// EarlyFire tells that table.exec.emit.early-fire or late-fire is enabled.
	EarlyFire bool
}

// Optimize rewrites the query of a sink.
func Optimize(s *logical.Sink, cfg Config) (*logical.Sink, error) {
	return s, nil
}
