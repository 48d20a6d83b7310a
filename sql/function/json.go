package function

import "millrace/sql/types"

// jsonFunctions are the functions of the chapters: json, variant, bitmap.
func jsonFunctions() []Function {
	return []Function{
		{
			Name: "JSON_EXISTS", Class: Operator, Category: "json", Usage: "JSON_EXISTS(json, path [{TRUE|FALSE|UNKNOWN|ERROR} ON ERROR])",
			Doc: "Does the SQL/JSON path find something. Default FALSE ON ERROR. Path may start with lax or strict; without it it is STRICT.",
		},
		{
			Name: "JSON_VALUE", Class: Operator, Category: "json", Usage: "JSON_VALUE(json, path [RETURNING t] [{NULL|ERROR|DEFAULT e} ON EMPTY] [{NULL|ERROR|DEFAULT e} ON ERROR])",
			Doc: "Scalar at the path. RETURNING STRING/VARCHAR (default), BOOLEAN, INTEGER, DOUBLE. Non-scalar is an error. Defaults NULL ON EMPTY and NULL ON ERROR.",
		},
		{
			Name: "JSON_QUERY", Class: Operator, Category: "json", Usage: "JSON_QUERY(json, path [RETURNING STRING|ARRAY<STRING>] [{WITHOUT|WITH [CONDITIONAL|UNCONDITIONAL]} [ARRAY] WRAPPER] [{NULL|EMPTY ARRAY|EMPTY OBJECT|ERROR} ON EMPTY] [.. ON ERROR])",
			Doc: "Object or array text at the path. A bare scalar without wrapper gives null. Defaults: no wrapper, NULL on both.",
		},
		{
			Name: "JSON_OBJECT", Class: Operator, Category: "json", Usage: "JSON_OBJECT([[KEY] k VALUE v]* [{NULL|ABSENT} ON NULL])",
			Doc: "Build object text. Keys non-null literals. Default NULL ON NULL. Nested JSON_OBJECT/JSON_ARRAY/JSON are inserted raw. STRING NOT NULL.",
		},
		{
			Name: "JSON_ARRAY", Class: Operator, Category: "json", Usage: "JSON_ARRAY([v]* [{NULL|ABSENT} ON NULL])",
			Doc: "Build array text. Default is ABSENT ON NULL (opposite of JSON_OBJECT).",
		},
		{
			Name: "JSON_STRING", Category: "json", sig: takes(gives(types.StringType()), jsonable), Usage: "JSON_STRING(v)",
			Doc: "Serialise any value (also VARIANT) to JSON text; null for null.",
		},
		{
			Name: "JSON", Category: "json", sig: takes(gives(types.StringType()), text), Usage: "JSON(v)",
			Doc: "Only inside JSON_OBJECT or JSON_ARRAY: insert preformatted JSON text unescaped; null or empty text becomes JSON null (in JSON_ARRAY it is left out).",
		},
		{
			Name: "PARSE_JSON", Category: "variant", sig: nulls(types.StringType(), takesFrom(1, follows(0, types.VariantType()), text, boolean)), Usage: "PARSE_JSON(s [, allow_duplicate_keys])",
			Doc: "JSON text to VARIANT; invalid text throws. Duplicate keys throw unless the flag is TRUE (then last wins). Null for null.",
		},
		{
			Name: "TRY_PARSE_JSON", Category: "variant", sig: nulls(types.StringType(), takesFrom(1, maybe(types.VariantType()), text, boolean)), Usage: "TRY_PARSE_JSON(s [, allow_duplicate_keys])",
			Doc: "Like PARSE_JSON but invalid text gives null; always nullable.",
		},
		{
			Name: "BITMAP_AND", Category: "bitmap", sig: nulls(types.BitmapType(), takes(gives(types.BitmapType()), bitmap, bitmap)), Usage: "BITMAP_AND(a, b)",
			Doc: "Intersection, BITMAP; null if either is null.",
		},
		{
			Name: "BITMAP_ANDNOT", Category: "bitmap", sig: nulls(types.BitmapType(), takes(gives(types.BitmapType()), bitmap, bitmap)), Usage: "BITMAP_ANDNOT(a, b)",
			Doc: "Difference, BITMAP; null if either is null.",
		},
		{
			Name: "BITMAP_BUILD", Category: "bitmap", sig: nulls(types.ArrayType(types.IntType()), takes(gives(types.BitmapType()), toIntArray)), Usage: "BITMAP_BUILD(ARRAY<INT>)",
			Doc: "BITMAP of 32-bit integers; null for null. Null elements are ignored; ARRAY<BIGINT> is an error, ARRAY<TINYINT> is fine.",
		},
		{
			Name: "BITMAP_CARDINALITY", Category: "bitmap", sig: nulls(types.BitmapType(), takes(gives(types.BigIntType()), bitmap)), Usage: "BITMAP_CARDINALITY(b)",
			Doc: "Number of members, BIGINT; null for null.",
		},
		{
			Name: "BITMAP_FROM_BYTES", Category: "bitmap", sig: nulls(types.BytesType(), takes(gives(types.BitmapType()), binary)), Usage: "BITMAP_FROM_BYTES(bytes)",
			Doc: "Read the portable 32-bit Roaring serialisation; null for null.",
		},
		{
			Name: "BITMAP_OR", Category: "bitmap", sig: nulls(types.BitmapType(), takes(gives(types.BitmapType()), bitmap, bitmap)), Usage: "BITMAP_OR(a, b)",
			Doc: "Union, BITMAP; null if either is null.",
		},
		{
			Name: "BITMAP_TO_ARRAY", Category: "bitmap", sig: nulls(types.BitmapType(), takes(gives(types.ArrayType(types.IntType())), bitmap)), Usage: "BITMAP_TO_ARRAY(b)",
			Doc: "ARRAY<INT> ordered as unsigned integers; null for null.",
		},
		{
			Name: "BITMAP_TO_BYTES", Category: "bitmap", sig: nulls(types.BitmapType(), takes(gives(types.BytesType()), bitmap)), Usage: "BITMAP_TO_BYTES(b)",
			Doc: "Portable 32-bit Roaring bytes; null for null.",
		},
		{
			Name: "BITMAP_TO_STRING", Category: "bitmap", sig: nulls(types.BitmapType(), takes(gives(types.StringType()), bitmap)), Usage: "BITMAP_TO_STRING(b)",
			Doc: "Text {1,2,3} in unsigned order (negatives shown as unsigned); long text may be cut with ... (not yet at 79,000 characters); null for null.",
		},
		{
			Name: "BITMAP_XOR", Category: "bitmap", sig: nulls(types.BitmapType(), takes(gives(types.BitmapType()), bitmap, bitmap)), Usage: "BITMAP_XOR(a, b)",
			Doc: "Symmetric difference, BITMAP; null if either is null.",
		},
	}
}
