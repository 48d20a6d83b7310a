// Package unnest joins each row with the elements of one of its collections: the operator of plan.Unnest.
//
// The output is the columns of the input, then the element: one column, or key and value of a MAP, or the fields of a ROW; then, with
// ordinality, the number of the element in its collection, from 1 on. An element of a MULTISET comes as often as it counts. NULL elements come
// like others, but a NULL in an ARRAY of ROWs does not come (its number is left out). A row whose collection is NULL, or gives nothing, does not
// come either; with Outer it comes once, with NULLs. A condition chooses
// elements before that.
package unnest
