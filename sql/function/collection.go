package function

import "millrace/sql/types"

// collectionFunctions are the functions of the chapters: collection, value construction.
//
//nolint:funlen // a table
func collectionFunctions() []Function {
	return []Function{
		{
			Name: "CARDINALITY", Category: "collection", sig: takes(gives(types.IntType()), collection), Usage: "CARDINALITY(array or map)",
			Doc: "Number of elements or entries, INT; null for null.",
		},
		{
			Name: "ITEM", Class: Operator, Category: "collection", Usage: "array[i] | map[key]",
			Doc: "Element of an array, counted from 1, or value of a map; null where there is none.",
		},
		{
			Name: "ELEMENT", Category: "collection", sig: takes(element, array), Usage: "ELEMENT(arr)",
			Doc: "The sole element; null if empty; throws if more than one.",
		},
		{
			Name: "ARRAY_APPEND", Category: "collection", sig: withElement(extended), Usage: "ARRAY_APPEND(arr, e)",
			Doc: "Array with e at the end (null element allowed); null if arr is null.",
		},
		{
			Name: "ARRAY_PREPEND", Category: "collection", sig: withElement(extended), Usage: "ARRAY_PREPEND(arr, e)",
			Doc: "Array with e at the front; null if arr is null.",
		},
		{
			Name: "ARRAY_CONTAINS", Category: "collection", sig: withElement(func(a, _ types.Type) types.Type { return types.BooleanType().WithNullable(!a.NotNull) }), Usage: "ARRAY_CONTAINS(arr, e)",
			Doc: "BOOLEAN; can search for a null element; null only if arr is null. e is implicitly cast to the element type.",
		},
		{
			Name: "ARRAY_DISTINCT", Category: "collection", sig: takes(same(0), array), Usage: "ARRAY_DISTINCT(arr)",
			Doc: "Duplicates removed, first occurrences kept in order; null for null.",
		},
		{
			Name: "ARRAY_POSITION", Category: "collection", sig: withElement(func(a, e types.Type) types.Type { return types.IntType().WithNullable(!a.NotNull || !e.NotNull) }), Usage: "ARRAY_POSITION(arr, e)",
			Doc: "1-based index INT, 0 if absent; null if either is null.",
		},
		{
			Name: "ARRAY_REMOVE", Category: "collection", sig: withElement(func(a, _ types.Type) types.Type { return a }), Usage: "ARRAY_REMOVE(arr, e)",
			Doc: "All elements equal to e removed, order kept; can remove nulls; null if arr is null.",
		},
		{
			Name: "ARRAY_REVERSE", Category: "collection", sig: takes(same(0), array), Usage: "ARRAY_REVERSE(arr)",
			Doc: "Reversed array; null for null.",
		},
		{
			Name: "ARRAY_SLICE", Category: "collection", sig: nulls(types.IntType(), takesFrom(2, same(0), array, toSmall, toSmall)), Usage: "ARRAY_SLICE(arr, start [, end])",
			Doc: "Inclusive 1-based slice; 0 means start; negative counts from the end; end default is the length; crossed or out of range gives empty array; null if any argument is null.",
		},
		{
			Name: "ARRAY_SORT", Category: "collection", sig: ofElements(sortable, takesFrom(1, same(0), array, boolean, boolean)), Usage: "ARRAY_SORT(arr [, asc [, nulls_first]])",
			Doc: "Sorted copy. Default ascending with nulls first; asc=FALSE puts nulls last unless nulls_first given. Null if any argument is null.",
		},
		{
			Name: "ARRAY_UNION", Category: "collection", sig: sameCollections(types.Array, 2, 2), Usage: "ARRAY_UNION(a, b)",
			Doc: "Distinct union; null if either is null.",
		},
		{
			Name: "ARRAY_CONCAT", Category: "collection", sig: sameCollections(types.Array, 1, 0), Usage: "ARRAY_CONCAT(a [, b]*)",
			Doc: "Concatenation in order; null if any is null.",
		},
		{
			Name: "ARRAY_EXCEPT", Category: "collection", sig: sameCollections(types.Array, 2, 2), Usage: "ARRAY_EXCEPT(a, b)",
			Doc: "Distinct elements of a not in b, order of a; null if either is null.",
		},
		{
			Name: "ARRAY_INTERSECT", Category: "collection", sig: sameCollections(types.Array, 2, 2), Usage: "ARRAY_INTERSECT(a, b)",
			Doc: "Distinct common elements, order of a; null if either is null.",
		},
		{
			Name: "ARRAY_MAX", Category: "collection", sig: ofElements(sortable, takes(element, array)), Usage: "ARRAY_MAX(arr)",
			Doc: "Largest non-null element; null for null array.",
		},
		{
			Name: "ARRAY_MIN", Category: "collection", sig: ofElements(sortable, takes(element, array)), Usage: "ARRAY_MIN(arr)",
			Doc: "Smallest non-null element; null for null array.",
		},
		{
			Name: "ARRAY_JOIN", Category: "collection", sig: nulls(types.StringType(), ofElements(types.Type.IsText, takesFrom(2, gives(types.StringType()), array, text, text))), Usage: "ARRAY_JOIN(arr, delim [, nullText])",
			Doc: "Join ARRAY<STRING>; null elements skipped unless nullText given; null if any argument is null.",
		},
		{
			Name: "MAP_KEYS", Category: "collection", sig: takes(mapKeys, mapping), Usage: "MAP_KEYS(m)",
			Doc: "ARRAY of keys, no order promised.",
		},
		{
			Name: "MAP_VALUES", Category: "collection", sig: takes(mapValues, mapping), Usage: "MAP_VALUES(m)",
			Doc: "ARRAY of values, no order promised.",
		},
		{
			Name: "MAP_ENTRIES", Category: "collection", sig: takes(mapEntries, mapping), Usage: "MAP_ENTRIES(m)",
			Doc: "ARRAY<ROW<key,value>>, no order promised.",
		},
		{
			Name: "MAP_UNION", Category: "collection", sig: sameCollections(types.Map, 1, 0), Usage: "MAP_UNION(m1 [, m2]*)",
			Doc: "Merge; later maps win on equal keys; null if any map is null.",
		},
		{
			Name: "MAP_FROM_ARRAYS", Category: "collection", sig: takes(mapOfArrays, array, array), Usage: "MAP_FROM_ARRAYS(keys, values)",
			Doc: "Map from two arrays of equal length; unequal lengths throw.",
		},
		{
			Name: "SPLIT", Category: "collection", sig: nulls(types.StringType(), takes(gives(types.ArrayType(types.StringType())), text, text)), Usage: "SPLIT(s, delim)",
			Doc: "ARRAY<STRING>; literal delimiter; leading, trailing and repeated delimiters produce empty strings; empty text gives an EMPTY array; an empty delimiter splits into UTF-16 units (a pair beyond U+FFFF becomes ? ?); null if either is null.",
		},
		{
			Name: "ROW", Class: Operator, Category: "value construction", Usage: "ROW(a [, b]*) or (a, b [, c]*)",
			Doc: "Row value; the implicit form needs two or more fields. Field names are generated unless cast.",
		},
		{
			Name: "ARRAY", Class: Operator, Category: "value construction", Usage: "ARRAY[a [, b]*]",
			Doc: "Array of the common type. Empty ARRAY[] needs a cast.",
		},
		{
			Name: "MAP", Class: Operator, Category: "value construction", Usage: "MAP[k1, v1 [, k2, v2]*]",
			Doc: "Map from pairs; common key and value types.",
		},
		{
			Name: "MULTISET", Class: Operator, Category: "value construction", Usage: "MULTISET[..]",
			Doc: "Multiset constructor (parsed via Calcite); COLLECT is the normal way.",
		},
		{
			Name: "DESCRIPTOR", Class: Operator, Category: "value construction", Usage: "DESCRIPTOR(c1 [, c2]*)",
			Doc: "Unvalidated list of column names used as table function argument.",
		},
		{
			Name: "OBJECT_OF", Category: "value construction", sig: objectOf, Usage: "OBJECT_OF('class', ['k', v]*)",
			Doc: "Structured value of the named class from literal keys; the class name only tells types apart; falls back to Row if it cannot be resolved.",
		},
		{
			Name: "OBJECT_UPDATE", Category: "value construction", sig: objectUpdate, Usage: "OBJECT_UPDATE(obj, 'k', v [, 'k', v]*)",
			Doc: "Copy of a structured object with fields replaced; unknown key is an error; odd argument count required; same type.",
		},
	}
}
