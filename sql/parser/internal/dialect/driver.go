package dialect

import (
	"fmt"
	"io"
	"strconv"

	tidb "github.com/pingcap/tidb/pkg/parser/ast"
	"github.com/pingcap/tidb/pkg/parser/format"
)

// valueExpr is the value node that TiDB's parser builds. The rewriter emits no
// literals but the small integers after LIMIT and OFFSET.
type valueExpr struct {
	tidb.TexprNode
	value  any
	offset int
}

var (
	_ tidb.ValueExpr       = (*valueExpr)(nil)
	_ tidb.ParamMarkerExpr = (*paramMarker)(nil)
)

func (v *valueExpr) SetValue(val any)          { v.value = val }
func (v *valueExpr) GetValue() any             { return v.value }
func (v *valueExpr) GetDatumString() string    { return v.GetString() }
func (v *valueExpr) GetString() string         { return fmt.Sprint(v.value) }
func (v *valueExpr) GetProjectionOffset() int  { return v.offset }
func (v *valueExpr) SetProjectionOffset(n int) { v.offset = n }
func (v *valueExpr) Format(w io.Writer)        { _, _ = io.WriteString(w, v.GetString()) }
func (v *valueExpr) Restore(c *format.RestoreCtx) error {
	c.WritePlain(v.GetString())
	return nil
}

// Accept implements the node interface of TiDB.
func (v *valueExpr) Accept(vis tidb.Visitor) (tidb.Node, bool) {
	n, _ := vis.Enter(v)
	return vis.Leave(n)
}

// int returns the value as a small integer.
func (v *valueExpr) int() (int, bool) {
	switch n := v.value.(type) {
	case int64:
		return int(n), true
	case uint64:
		return int(n), n < 1<<31
	}
	return 0, false
}

// paramMarker exists because the parser asks for a constructor; none is built.
type paramMarker struct{ valueExpr }

func (*paramMarker) SetOrder(int) {}

// installDriver sets TiDB's constructor hooks, which are package variables
// there. It runs when this package is initialised and never again.
func installDriver() bool {
	tidb.NewValueExpr = func(value any, _, _ string) tidb.ValueExpr { return &valueExpr{value: value} }
	tidb.NewParamMarkerExpr = func(int) tidb.ParamMarkerExpr { return &paramMarker{} }
	tidb.NewDecimal = func(s string) (any, error) { return s, nil }
	tidb.NewHexLiteral = func(s string) (any, error) { return nil, fmt.Errorf("hex literal %s", strconv.Quote(s)) }
	tidb.NewBitLiteral = func(s string) (any, error) { return nil, fmt.Errorf("bit literal %s", strconv.Quote(s)) }
	return true
}

// driverInstalled makes the hooks part of package initialisation.
//
//nolint:gochecknoglobals // TiDB's parser has its hooks in package variables, which must be set before any use
var driverInstalled = installDriver()
