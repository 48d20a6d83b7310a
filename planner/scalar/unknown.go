package scalar

import (
	"fmt"

	"millrace/sql/ast"
	"millrace/sql/sqlerr"
	"millrace/sql/types"
)

// UnknownFunctionError is the cause of the error about a function that does not exist: it knows what the function was called with.
type UnknownFunctionError struct {
	Name      string
	Arguments []types.Type
}

// Error is the call by types.
func (e *UnknownFunctionError) Error() string {
	return fmt.Sprintf("unknown function %s%v", e.Name, e.Arguments)
}

// unknown adds the types of the arguments to the error of lookup, if they have types.
func (b *binder) unknown(err error, n *ast.Call) error {
	e, ok := err.(*sqlerr.Error) //nolint:errorlint // as lookup returns it
	if !ok {
		return err
	}
	u := &UnknownFunctionError{Name: n.Name.String()}
	for _, a := range n.Args {
		if _, star := a.(*ast.Star); star {
			return err
		}
		x, bindErr := b.bind(a)
		if bindErr != nil {
			return err
		}
		u.Arguments = append(u.Arguments, x.Type)
	}
	c := *e
	c.Err = u
	return &c
}
